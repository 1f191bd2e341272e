package io.wiregate.dataplane.noise;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.engines.ChaChaEngine;
import org.bouncycastle.crypto.modes.ChaCha20Poly1305;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.KeyParameter;

/// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), whose nonces are long enough to be chosen at
/// random: for cookies. Any thread.
final class XChaCha20Poly1305 {
  private static final int ROUNDS = 20;
  private static final int KEY_SIZE = 32;
  private static final int TAG_SIZE = 16;

  /// Bytes of a nonce that go into the key; the others are the nonce under that key.
  private static final int HCHACHA_NONCE_SIZE = 16;

  /// Bytes of a nonce of ChaCha20-Poly1305, of which the first four are zero here.
  private static final int INNER_NONCE_SIZE = 12;

  /// "expand 32-byte k" as four numbers: the first row of ChaCha's state.
  private static final int[] CONSTANTS = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

  private XChaCha20Poly1305() {}

  /// Encrypts a text.
  ///
  /// @param nonce array with 24 bytes from `nonceOffset` on
  /// @param out gets the length of the text and 16 bytes
  static void seal(
      byte[] key,
      byte[] nonce,
      int nonceOffset,
      byte[] associated,
      byte[] text,
      byte[] out,
      int outOffset) {
    boolean sealed =
        run(true, key, nonce, nonceOffset, associated, text, 0, text.length, out, outOffset);
    if (!sealed) {
      throw new AssertionError("sealing never fails");
    }
  }

  /// The reverse of [#seal].
  ///
  /// @param text gets what was encrypted; its length is that of the text
  /// @return whether it is genuine
  static boolean open(
      byte[] key,
      byte[] nonce,
      int nonceOffset,
      byte[] associated,
      byte[] in,
      int inOffset,
      byte[] text) {
    return run(
        false, key, nonce, nonceOffset, associated, in, inOffset, text.length + TAG_SIZE, text, 0);
  }

  private static boolean run(
      boolean seals,
      byte[] key,
      byte[] nonce,
      int nonceOffset,
      byte[] associated,
      byte[] in,
      int inOffset,
      int length,
      byte[] out,
      int outOffset) {
    byte[] innerKey = hChaCha20(key, nonce, nonceOffset);
    byte[] innerNonce = new byte[INNER_NONCE_SIZE];
    System.arraycopy(nonce, nonceOffset + HCHACHA_NONCE_SIZE, innerNonce, 4, 8);
    ChaCha20Poly1305 cipher = new ChaCha20Poly1305();
    cipher.init(
        seals,
        new AEADParameters(new KeyParameter(innerKey), 8 * TAG_SIZE, innerNonce, associated));
    Arrays.fill(innerKey, (byte) 0);
    try {
      int written = cipher.processBytes(in, inOffset, length, out, outOffset);
      cipher.doFinal(out, outOffset + written);
      return true;
    } catch (InvalidCipherTextException forged) {
      return false;
    }
  }

  /// The key that the first 16 bytes of a nonce select: ChaCha's rounds over constants, key and
  /// nonce, without the addition of the input that ends a block of ChaCha. Bouncy Castle offers
  /// only whole blocks, so the addition is undone.
  static byte[] hChaCha20(byte[] key, byte[] nonce, int nonceOffset) {
    int[] input = new int[16];
    System.arraycopy(CONSTANTS, 0, input, 0, 4);
    ByteBuffer keyWords = ByteBuffer.wrap(key, 0, KEY_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer nonceWords =
        ByteBuffer.wrap(nonce, nonceOffset, HCHACHA_NONCE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 4; i < 12; i++) {
      input[i] = keyWords.getInt();
    }
    for (int i = 12; i < 16; i++) {
      input[i] = nonceWords.getInt();
    }
    int[] block = new int[16];
    ChaChaEngine.chachaCore(ROUNDS, input, block);

    byte[] derived = new byte[KEY_SIZE];
    ByteBuffer words = ByteBuffer.wrap(derived).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 4; i++) {
      words.putInt(block[i] - input[i]);
    }
    for (int i = 12; i < 16; i++) {
      words.putInt(block[i] - input[i]);
    }
    Arrays.fill(input, 0);
    Arrays.fill(block, 0);
    return derived;
  }
}
