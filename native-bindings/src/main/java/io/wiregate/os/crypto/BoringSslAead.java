package io.wiregate.os.crypto;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.internal.BoringSsl;

/// ChaCha20-Poly1305 of BoringSSL: one call per packet.
final class BoringSslAead extends PacketwiseAead {
  private static final long ALGORITHM = BoringSsl.EVP_aead_chacha20_poly1305();

  private static final int NONCE = 0;
  private static final int NONCE_SIZE = 12;
  private static final int LENGTH = 16;
  private static final int ZERO_KEY = 24;

  /// The nonce, the length that each call reports, and a key of zeros.
  private final NativeBuffer scratch = NativeBuffer.allocate(ZERO_KEY + AeadKey.SIZE);

  private final long nonce = scratch.address(NONCE, NONCE_SIZE);
  private final long outLength = scratch.address(LENGTH, 8);
  private final long zeroKey = scratch.address(ZERO_KEY, AeadKey.SIZE);
  private final long sealing = newContext();
  private final long opening = newContext();

  /// Allocated by the library, which alone knows how large its contexts are.
  private long newContext() {
    long context = BoringSsl.EVP_AEAD_CTX_new(ALGORITHM, zeroKey, AeadKey.SIZE, TAG_SIZE);
    if (context == 0) {
      throw new OutOfMemoryError("EVP_AEAD_CTX_new");
    }
    return context;
  }

  @Override
  void setSealingKey(AeadKey key) {
    setKey(sealing, key.address());
  }

  @Override
  void setOpeningKey(AeadKey key) {
    setKey(opening, key.address());
  }

  private static void setKey(long context, long key) {
    BoringSsl.EVP_AEAD_CTX_cleanup(context);
    if (BoringSsl.EVP_AEAD_CTX_init(context, ALGORITHM, key, AeadKey.SIZE, TAG_SIZE, 0) != 1) {
      throw new IllegalStateException("EVP_AEAD_CTX_init failed");
    }
  }

  @Override
  boolean sealPacket(
      long counter, long associated, int associatedLength, long input, int length, long output) {
    scratch.putLongLittleEndian(NONCE + 4, counter);
    return BoringSsl.EVP_AEAD_CTX_seal(
            sealing,
            output,
            outLength,
            length + TAG_SIZE,
            nonce,
            NONCE_SIZE,
            input,
            length,
            associated,
            associatedLength)
        == 1;
  }

  @Override
  boolean openPacket(
      long counter, long associated, int associatedLength, long input, int length, long output) {
    scratch.putLongLittleEndian(NONCE + 4, counter);
    return BoringSsl.EVP_AEAD_CTX_open(
            opening,
            output,
            outLength,
            length,
            nonce,
            NONCE_SIZE,
            input,
            length + TAG_SIZE,
            associated,
            associatedLength)
        == 1;
  }

  /// Setting another key overwrites the one before; cleaning up alone would not.
  @Override
  void clearKeys() {
    setKey(sealing, zeroKey);
    setKey(opening, zeroKey);
  }

  @Override
  void free() {
    BoringSsl.EVP_AEAD_CTX_free(sealing);
    BoringSsl.EVP_AEAD_CTX_free(opening);
    scratch.close();
  }
}
