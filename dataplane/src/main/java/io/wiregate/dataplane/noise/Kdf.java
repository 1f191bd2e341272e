package io.wiregate.dataplane.noise;

import java.util.Arrays;

/// `KDF` of the paper (5.4): HKDF (RFC 5869) over HMAC-BLAKE2s with one, two or three outputs of 32
/// bytes. An output may be the array of the key. Any thread.
final class Kdf {
  private Kdf() {}

  static void kdf1(byte[] first, byte[] key, byte[] input) {
    byte[] secret = extract(key, input);
    byte[] block = new byte[Blake2s.HASH_SIZE + 1];
    expand(block, secret, 1, first);
    wipe(secret, block);
  }

  static void kdf2(byte[] first, byte[] second, byte[] key, byte[] input) {
    byte[] secret = extract(key, input);
    byte[] block = new byte[Blake2s.HASH_SIZE + 1];
    expand(block, secret, 1, first);
    expand(block, secret, 2, second);
    wipe(secret, block);
  }

  static void kdf3(byte[] first, byte[] second, byte[] third, byte[] key, byte[] input) {
    byte[] secret = extract(key, input);
    byte[] block = new byte[Blake2s.HASH_SIZE + 1];
    expand(block, secret, 1, first);
    expand(block, secret, 2, second);
    expand(block, secret, 3, third);
    wipe(secret, block);
  }

  private static byte[] extract(byte[] key, byte[] input) {
    byte[] secret = new byte[Blake2s.HASH_SIZE];
    Blake2s.hmac(secret, key, input, input.length);
    return secret;
  }

  /// Writes output `number` to `output` and leaves it in `block`, where the next one needs it.
  private static void expand(byte[] block, byte[] secret, int number, byte[] output) {
    int length = number == 1 ? 0 : Blake2s.HASH_SIZE;
    block[length] = (byte) number;
    Blake2s.hmac(block, secret, block, length + 1);
    System.arraycopy(block, 0, output, 0, Blake2s.HASH_SIZE);
  }

  private static void wipe(byte[] secret, byte[] block) {
    Arrays.fill(secret, (byte) 0);
    Arrays.fill(block, (byte) 0);
  }
}
