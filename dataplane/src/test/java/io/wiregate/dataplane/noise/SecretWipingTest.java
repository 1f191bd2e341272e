package io.wiregate.dataplane.noise;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.testing.JdkAead;
import io.wiregate.dataplane.wire.InitiationMessage;
import io.wiregate.dataplane.wire.ResponseMessage;
import io.wiregate.os.crypto.X25519;
import io.wiregate.os.testing.conformance.Proves;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// What a handshake computes on the way to its keys is overwritten: looked at in the very arrays
/// that Diffie-Hellman was given.
final class SecretWipingTest {
  private static final long NOW = Party.NOW;

  /// Remembers every array that secrets are in.
  private static final class Watching implements X25519 {
    private final List<byte[]> privates = new ArrayList<>();
    private final List<byte[]> shared = new ArrayList<>();

    @Override
    public String name() {
      return "watching";
    }

    @Override
    public void publicKey(byte[] privateKey, byte[] publicKey) {
      privates.add(privateKey);
      Party.X25519.publicKey(privateKey, publicKey);
    }

    @Override
    public boolean agree(byte[] privateKey, byte[] publicKey, byte[] secret) {
      shared.add(secret);
      return Party.X25519.agree(privateKey, publicKey, secret);
    }

    /// Secrets that are still there.
    private long left() {
      return privates.stream().filter(SecretWipingTest::isSet).count()
          + shared.stream().filter(SecretWipingTest::isSet).count();
    }
  }

  private final PresharedKey psk = PresharedKey.generate(Party.RANDOM);
  private final StaticIdentity ours =
      new StaticIdentity(PrivateKey.generate(Party.RANDOM, Party.X25519));
  private final StaticIdentity theirs =
      new StaticIdentity(PrivateKey.generate(Party.RANDOM, Party.X25519));
  private final Watching ofOurs = new Watching();
  private final Watching ofTheirs = new Watching();
  private final HandshakeCrypto ourCrypto =
      new HandshakeCrypto(new JdkAead(), ofOurs, Party.RANDOM);
  private final HandshakeCrypto theirCrypto =
      new HandshakeCrypto(new JdkAead(), ofTheirs, Party.RANDOM);
  private final Handshake initiator =
      new Handshake(new RemoteStatic(ours, theirs.publicKey(), psk, ofOurs));
  private final Handshake responder =
      new Handshake(new RemoteStatic(theirs, ours.publicKey(), psk, ofTheirs));

  private static boolean isSet(byte[] secret) {
    int any = 0;
    for (byte b : secret) {
      any |= b;
    }
    return any != 0;
  }

  private byte[] initiate() {
    byte[] message = new byte[InitiationMessage.SIZE];
    assertThat(initiator.createInitiation(1, Party.second(1), NOW, message, ourCrypto)).isTrue();
    return message;
  }

  private byte[] respond(byte[] initiation) {
    byte[] message = new byte[ResponseMessage.SIZE];
    try (ReceivedInitiation received = ReceivedInitiation.open(initiation, theirs, theirCrypto)) {
      assertThat(responder.consumeInitiation(Objects.requireNonNull(received), NOW, theirCrypto))
          .isEqualTo(Outcome.HANDSHAKE_ANSWERED);
    }
    assertThat(responder.createResponse(2, NOW, message, theirCrypto)).isTrue();
    return message;
  }

  /// What stays is the result of both static keys, which is computed once.
  @Test
  @Proves({"handshake.wiped", "handshake.precomputed"})
  void secrets_ofAHandshakeThatSucceeds_areOverwritten() {
    byte[] response = respond(initiate());
    // es, ss and then the ephemeral key is kept for the response.
    assertThat(ofOurs.left()).isEqualTo(2);
    assertThat(ofTheirs.left()).isEqualTo(1);

    assertThat(initiator.consumeResponse(response, ourCrypto))
        .isEqualTo(Outcome.HANDSHAKE_COMPLETED);
    Objects.requireNonNull(initiator.deriveSession()).close();
    Objects.requireNonNull(responder.deriveSession()).close();

    assertThat(ofOurs.left()).isEqualTo(1);
    assertThat(ofTheirs.left()).isEqualTo(1);
    initiator.destroy();
    responder.destroy();
    assertThat(ofOurs.left()).isZero();
    assertThat(ofTheirs.left()).isZero();
    assertThat(ofOurs.shared).hasSize(4); // ss, es, ee, se: none was computed out of sight
  }

  @Test
  @Proves("handshake.wiped")
  void secrets_ofAHandshakeThatFails_areOverwritten() {
    byte[] response = respond(initiate());
    response[ResponseMessage.ENCRYPTED_NOTHING] ^= 1;
    assertThat(initiator.consumeResponse(response, ourCrypto))
        .isEqualTo(Outcome.HANDSHAKE_NOT_AUTHENTIC);
    assertThat(ofOurs.left()).isEqualTo(2); // it goes on waiting for the true one

    initiator.clear();
    responder.clear();

    assertThat(ofOurs.left()).isEqualTo(1);
    assertThat(ofTheirs.left()).isEqualTo(1);
  }

  @Test
  @Proves("handshake.wiped")
  void initiation_ofNobody_leavesNoSecret() {
    byte[] initiation = initiate();
    initiation[InitiationMessage.ENCRYPTED_STATIC] ^= 1;
    assertThat(ReceivedInitiation.open(initiation, theirs, theirCrypto)).isNull();

    assertThat(ofTheirs.shared).hasSize(2);
    assertThat(ofTheirs.left()).isEqualTo(1); // that of both static keys
  }

  @Test
  @Proves("handshake.wiped")
  void presharedKey_replacedOrPeerRemoved_isOverwrittenInTheHandshake() {
    RemoteStatic first = initiator.remote();
    byte[] copy = first.presharedKey();
    assertThat(copy).isEqualTo(psk.toBytes());

    RemoteStatic second = new RemoteStatic(ours, theirs.publicKey(), PresharedKey.none(), ofOurs);
    initiator.setRemote(second);
    assertThat(isSet(copy)).isFalse();
    assertThat(isSet(first.staticStatic())).isFalse();
    assertThat(isSet(second.staticStatic())).isTrue();

    initiator.destroy();
    assertThat(isSet(second.staticStatic())).isFalse();
  }
}
