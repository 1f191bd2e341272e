package io.wiregate.dataplane.noise;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// `SymmetricState` of the Noise framework (revision 34, 5.2): the chaining key `ck`, the hash `h`
/// of the transcript so far, and the key `k` of the next encryption, which is always the only one
/// under that key.
///
/// Owner: one [Handshake] or [ReceivedInitiation], which wipes it.
final class SymmetricState {
  private static final byte[] INITIAL_CHAINING_KEY = new byte[Blake2s.HASH_SIZE];
  private static final byte[] INITIAL_HASH = new byte[Blake2s.HASH_SIZE];

  static {
    byte[] construction =
        "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s".getBytes(StandardCharsets.US_ASCII);
    byte[] identifier = "WireGuard v1 zx2c4 Jason@zx2c4.com".getBytes(StandardCharsets.US_ASCII);
    Blake2s.hash(INITIAL_CHAINING_KEY, construction, new byte[0]);
    Blake2s.hash(INITIAL_HASH, INITIAL_CHAINING_KEY, identifier);
  }

  private final byte[] chainingKey;
  private final byte[] hash;
  private final byte[] key;

  private SymmetricState(byte[] chainingKey, byte[] hash, byte[] key) {
    this.chainingKey = chainingKey;
    this.hash = hash;
    this.key = key;
  }

  /// The state before the first message, which both sides know: `<- s`.
  static SymmetricState towards(byte[] responderStatic) {
    SymmetricState state =
        new SymmetricState(
            INITIAL_CHAINING_KEY.clone(), INITIAL_HASH.clone(), new byte[Blake2s.HASH_SIZE]);
    state.mixHash(responderStatic, 0, responderStatic.length);
    return state;
  }

  /// For a step that may fail and then must not have happened.
  SymmetricState copy() {
    return new SymmetricState(chainingKey.clone(), hash.clone(), key.clone());
  }

  void mixHash(byte[] data, int offset, int length) {
    Blake2s.hash(hash, hash, data, offset, length);
  }

  /// The token `e`, which in patterns with a preshared key goes into the chaining key too (9.2).
  void mixEphemeral(byte[] message, int offset) {
    byte[] ephemeral = Arrays.copyOfRange(message, offset, offset + PublicKey.SIZE);
    mixHash(ephemeral, 0, ephemeral.length);
    Kdf.kdf1(chainingKey, chainingKey, ephemeral);
  }

  void mixKey(byte[] input) {
    Kdf.kdf2(chainingKey, key, chainingKey, input);
  }

  /// A token of two letters: Diffie-Hellman.
  ///
  /// @return false, with nothing mixed in, where the result is all zero
  boolean mixDh(PrivateKey ours, byte[] theirs, HandshakeCrypto crypto) {
    byte[] shared = new byte[Blake2s.HASH_SIZE];
    boolean agreed = ours.agree(crypto.x25519(), theirs, shared);
    if (agreed) {
      mixKey(shared);
    }
    Arrays.fill(shared, (byte) 0);
    return agreed;
  }

  /// The token `psk`.
  void mixKeyAndHash(byte[] input) {
    byte[] temporaryHash = new byte[Blake2s.HASH_SIZE];
    Kdf.kdf3(chainingKey, temporaryHash, key, chainingKey, input);
    mixHash(temporaryHash, 0, temporaryHash.length);
    Arrays.fill(temporaryHash, (byte) 0);
  }

  void encryptAndHash(byte[] text, byte[] out, int offset, HandshakeCrypto crypto) {
    crypto.seal(key, hash, text, out, offset);
    mixHash(out, offset, text.length + Blake2s.MAC_SIZE);
  }

  /// The reverse of [#encryptAndHash].
  ///
  /// @return whether it is genuine; if not, nothing is mixed in
  boolean decryptAndHash(byte[] in, int offset, byte[] text, HandshakeCrypto crypto) {
    boolean genuine = crypto.open(key, hash, in, offset, text);
    if (genuine) {
      mixHash(in, offset, text.length + Blake2s.MAC_SIZE);
    }
    return genuine;
  }

  /// The keys of the session: first the initiator's for sending, then the responder's.
  void split(byte[] initiatorKey, byte[] responderKey) {
    Kdf.kdf2(initiatorKey, responderKey, chainingKey, new byte[0]);
  }

  boolean hasSameTranscript(SymmetricState other) {
    return org.bouncycastle.util.Arrays.constantTimeAreEqual(chainingKey, other.chainingKey)
        && org.bouncycastle.util.Arrays.constantTimeAreEqual(hash, other.hash);
  }

  void wipe() {
    Arrays.fill(chainingKey, (byte) 0);
    Arrays.fill(hash, (byte) 0);
    Arrays.fill(key, (byte) 0);
  }
}
