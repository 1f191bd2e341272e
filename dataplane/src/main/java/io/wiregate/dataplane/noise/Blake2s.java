package io.wiregate.dataplane.noise;

import org.bouncycastle.crypto.digests.Blake2sDigest;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.params.KeyParameter;

/// BLAKE2s (RFC 7693) in the three forms of the paper (5.4): `HASH`, `MAC` and `HMAC`. Any thread.
final class Blake2s {
  /// Bytes of a hash.
  static final int HASH_SIZE = 32;

  /// Bytes of a MAC.
  static final int MAC_SIZE = 16;

  private static final KeyParameter NO_KEY = new KeyParameter(new byte[HASH_SIZE]);

  private Blake2s() {}

  /// `HASH(first || second)`, written to the start of `hash`, which may be one of the two.
  static void hash(byte[] hash, byte[] first, byte[] second) {
    hash(hash, first, second, 0, second.length);
  }

  /// `HASH(first || second[offset, offset + length))`.
  static void hash(byte[] hash, byte[] first, byte[] second, int offset, int length) {
    Blake2sDigest digest = new Blake2sDigest(8 * HASH_SIZE);
    digest.update(first, 0, first.length);
    digest.update(second, offset, length);
    digest.doFinal(hash, 0);
  }

  /// `MAC(key, input)`: keyed BLAKE2s with 16 bytes of output, no HMAC.
  ///
  /// @param key 1 to 32 bytes
  static void mac(byte[] mac, int macOffset, byte[] key, byte[] input, int offset, int length) {
    Blake2sDigest digest = new Blake2sDigest(key, MAC_SIZE, null, null);
    digest.update(input, offset, length);
    digest.doFinal(mac, macOffset);
    digest.clearKey();
  }

  /// `HMAC(key, input[0, length))`, RFC 2104's construction; `hmac` may be the input.
  static void hmac(byte[] hmac, byte[] key, byte[] input, int length) {
    HMac function = new HMac(new Blake2sDigest(8 * HASH_SIZE));
    function.init(new KeyParameter(key));
    function.update(input, 0, length);
    function.doFinal(hmac, 0);
    // Bouncy Castle keeps the padded key, and offers no other way to overwrite it.
    function.init(NO_KEY);
  }
}
