package io.wiregate.dataplane.noise;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.crypto.Aead;
import io.wiregate.os.crypto.AeadKey;
import io.wiregate.os.crypto.X25519;
import java.security.SecureRandom;

/// What a handshake thread computes with. Owner: that thread, which closes it.
public final class HandshakeCrypto implements AutoCloseable {
  private static final byte[] NO_KEY = new byte[AeadKey.SIZE];

  /// Of the longest text that a handshake encrypts, which is a public key.
  private static final int MAX_TEXT = PublicKey.SIZE;

  private static final int ASSOCIATED = 0;
  private static final int INPUT = 64;
  private static final int OUTPUT = 128;
  private static final int SIZE = 192;

  private final Aead aead;
  private final X25519 x25519;
  private final SecureRandom random;
  private final AeadKey key = AeadKey.of(NO_KEY, 0);
  private final NativeBuffer scratch = NativeBuffer.allocate(SIZE);

  /// @param aead for this thread alone; [#close] closes it
  public HandshakeCrypto(Aead aead, X25519 x25519, SecureRandom random) {
    this.aead = aead;
    this.x25519 = x25519;
    this.random = random;
  }

  X25519 x25519() {
    return x25519;
  }

  /// An ephemeral key pair.
  PrivateKey generateKey() {
    return PrivateKey.generate(random, x25519);
  }

  /// `AEAD(key, 0, text, associated)`: every key of a handshake encrypts a single text.
  ///
  /// @param out gets the length of the text and 16 bytes
  void seal(byte[] keyBytes, byte[] associated, byte[] text, byte[] out, int outOffset) {
    begin(keyBytes, associated, text, 0, text.length);
    aead.seal(
        key,
        0,
        scratch,
        ASSOCIATED,
        associated.length,
        scratch,
        INPUT,
        text.length,
        scratch,
        OUTPUT);
    scratch.copyTo(OUTPUT, out, outOffset, text.length + Aead.TAG_SIZE);
    end();
  }

  /// The reverse of [#seal].
  ///
  /// @param text gets what was encrypted; its length is that of the text
  /// @return whether it is genuine; if not, `text` is unchanged
  boolean open(byte[] keyBytes, byte[] associated, byte[] in, int inOffset, byte[] text) {
    int length = text.length + Aead.TAG_SIZE;
    begin(keyBytes, associated, in, inOffset, length);
    boolean genuine =
        aead.open(
            key,
            0,
            scratch,
            ASSOCIATED,
            associated.length,
            scratch,
            INPUT,
            length,
            scratch,
            OUTPUT);
    if (genuine) {
      scratch.copyTo(OUTPUT, text, 0, text.length);
    }
    end();
    return genuine;
  }

  private void begin(byte[] keyBytes, byte[] associated, byte[] input, int offset, int length) {
    if (associated.length > INPUT || length > MAX_TEXT + Aead.TAG_SIZE) {
      throw new IllegalArgumentException("no text of a handshake is that long");
    }
    key.set(keyBytes, 0);
    scratch.copyFrom(ASSOCIATED, associated, 0, associated.length);
    scratch.copyFrom(INPUT, input, offset, length);
  }

  private void end() {
    aead.forget();
    key.set(NO_KEY, 0);
    scratch.wipe(0, SIZE);
  }

  @Override
  public void close() {
    aead.close();
    key.close();
    scratch.close();
  }
}
