package io.wiregate.dataplane.noise;

import io.wiregate.dataplane.wire.InitiationMessage;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// An initiation whose sender's public key has been decrypted, so that the peer can be looked up.
/// Nothing about that peer is proven yet: that is up to [Handshake#consumeInitiation].
///
/// Owner: one handshake thread, which closes it.
public final class ReceivedInitiation implements AutoCloseable {
  private final SymmetricState symmetric;
  private final PublicKey ephemeral;
  private final PublicKey staticKey;
  private final int sender;
  private final byte[] encryptedTimestamp;

  private ReceivedInitiation(
      SymmetricState symmetric, PublicKey ephemeral, PublicKey staticKey, byte[] message) {
    this.symmetric = symmetric;
    this.ephemeral = ephemeral;
    this.staticKey = staticKey;
    this.sender = InitiationMessage.sender(message);
    this.encryptedTimestamp =
        Arrays.copyOfRange(message, InitiationMessage.ENCRYPTED_TIMESTAMP, InitiationMessage.MAC1);
  }

  /// Opens the first part of an initiation for us, whose `mac1` has been checked.
  ///
  /// @param message borrowed until return
  /// @return null where it is no initiation, or not for us: `HANDSHAKE_NOT_AUTHENTIC`
  public static @Nullable ReceivedInitiation open(
      byte[] message, StaticIdentity identity, HandshakeCrypto crypto) {
    if (!InitiationMessage.is(message)) {
      return null;
    }
    byte[] ephemeral =
        Arrays.copyOfRange(
            message, InitiationMessage.EPHEMERAL, InitiationMessage.ENCRYPTED_STATIC);
    byte[] staticKey = new byte[PublicKey.SIZE];
    SymmetricState symmetric = SymmetricState.towards(identity.publicKeyBytes());

    // e
    symmetric.mixEphemeral(ephemeral, 0);

    // es
    boolean genuine = symmetric.mixDh(identity.privateKey(), ephemeral, crypto);

    // s
    genuine =
        genuine
            && symmetric.decryptAndHash(
                message, InitiationMessage.ENCRYPTED_STATIC, staticKey, crypto);

    if (!genuine) {
      symmetric.wipe();
      return null;
    }
    return new ReceivedInitiation(
        symmetric, PublicKey.of(ephemeral), PublicKey.of(staticKey), message);
  }

  /// Who claims to have sent it.
  public PublicKey staticKey() {
    return staticKey;
  }

  /// The index that its sender chose.
  public int sender() {
    return sender;
  }

  PublicKey ephemeral() {
    return ephemeral;
  }

  byte[] encryptedTimestamp() {
    return encryptedTimestamp;
  }

  /// A copy, which the caller wipes.
  SymmetricState symmetric() {
    return symmetric.copy();
  }

  /// Wipes the shared secrets.
  @Override
  public void close() {
    symmetric.wipe();
  }
}
