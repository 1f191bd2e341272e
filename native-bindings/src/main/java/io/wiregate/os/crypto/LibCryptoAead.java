package io.wiregate.os.crypto;

import static io.wiregate.os.internal.LibCrypto.EVP_CTRL_AEAD_GET_TAG;
import static io.wiregate.os.internal.LibCrypto.EVP_CTRL_AEAD_SET_TAG;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.internal.LibCrypto;
import io.wiregate.os.internal.NativeMemory;
import java.nio.charset.StandardCharsets;

/// ChaCha20-Poly1305 of OpenSSL 3: four calls per packet, of which the first sets the nonce only.
final class LibCryptoAead extends PacketwiseAead {
  /// Fetched once: OpenSSL would look it up by name for every context. 0 where its configuration
  /// offers none, as Debian's FIPS configurations, which offer approved algorithms only.
  private static final long CIPHER = fetch();

  private static final int ENCRYPT = 1;
  private static final int DECRYPT = 0;
  private static final int UNCHANGED = -1;

  private static final int NONCE = 0;
  private static final int NONCE_SIZE = 12;
  private static final int LENGTH = 16;
  private static final int ZERO_KEY = 32;

  /// The nonce, the length that each call reports, and a key of zeros.
  private final NativeBuffer scratch = NativeBuffer.allocate(ZERO_KEY + AeadKey.SIZE);

  private final long nonce = scratch.address(NONCE, NONCE_SIZE);
  private final long outLength = scratch.address(LENGTH, 4);
  private final long zeroKey = scratch.address(ZERO_KEY, AeadKey.SIZE);
  private final long sealing = newContext(ENCRYPT);
  private final long opening = newContext(DECRYPT);

  private static long fetch() {
    byte[] name = "ChaCha20-Poly1305\0".getBytes(StandardCharsets.US_ASCII);
    try (NativeBuffer buffer = NativeBuffer.allocate(name.length)) {
      buffer.copyFrom(0, name, 0, name.length);
      return LibCrypto.EVP_CIPHER_fetch(0, buffer.address(0, name.length), 0);
    }
  }

  private long newContext(int direction) {
    if (CIPHER == 0) {
      throw new UnsatisfiedLinkError("OpenSSL's configuration offers no ChaCha20-Poly1305");
    }
    long context = LibCrypto.EVP_CIPHER_CTX_new();
    if (context == 0) {
      throw new OutOfMemoryError("EVP_CIPHER_CTX_new");
    }
    if (LibCrypto.EVP_CipherInit_ex2(context, CIPHER, zeroKey, nonce, direction, 0) != 1) {
      throw new IllegalStateException("OpenSSL has no ChaCha20-Poly1305"); // as its FIPS provider
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
    if (LibCrypto.EVP_CipherInit_ex2(context, 0, key, 0, UNCHANGED, 0) != 1) {
      throw new IllegalStateException("EVP_CipherInit_ex2 failed");
    }
  }

  @Override
  boolean sealPacket(
      long counter, long associated, int associatedLength, long input, int length, long output) {
    return run(sealing, counter, associated, associatedLength, input, length, output)
        && LibCrypto.EVP_CipherFinal_ex(sealing, output + length, outLength) == 1
        && LibCrypto.EVP_CIPHER_CTX_ctrl(sealing, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, output + length)
            == 1;
  }

  @Override
  boolean openPacket(
      long counter, long associated, int associatedLength, long input, int length, long output) {
    boolean authentic =
        run(opening, counter, associated, associatedLength, input, length, output)
            && LibCrypto.EVP_CIPHER_CTX_ctrl(
                    opening, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, input + length)
                == 1
            && LibCrypto.EVP_CipherFinal_ex(opening, output + length, outLength) == 1;
    if (!authentic && length > 0) {
      // It was decrypted before the tag could be compared.
      NativeMemory.fill(output, length, (byte) 0);
    }
    return authentic;
  }

  private boolean run(
      long context,
      long counter,
      long associated,
      int associatedLength,
      long input,
      int length,
      long output) {
    scratch.putLongLittleEndian(NONCE + 4, counter);
    return LibCrypto.EVP_CipherInit_ex2(context, 0, 0, nonce, UNCHANGED, 0) == 1
        && (associatedLength == 0
            || LibCrypto.EVP_CipherUpdate(context, 0, outLength, associated, associatedLength) == 1)
        && (length == 0
            || LibCrypto.EVP_CipherUpdate(context, output, outLength, input, length) == 1);
  }

  @Override
  void clearKeys() {
    setKey(sealing, zeroKey);
    setKey(opening, zeroKey);
  }

  @Override
  void free() {
    LibCrypto.EVP_CIPHER_CTX_free(sealing);
    LibCrypto.EVP_CIPHER_CTX_free(opening);
    scratch.close();
  }
}
