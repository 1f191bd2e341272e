package io.wiregate.dataplane.noise;

import java.nio.charset.StandardCharsets;
import org.bouncycastle.crypto.digests.Blake2sDigest;

/// The two keys that follow from the public key of whoever a handshake message is for (paper, 5.4.4
/// and 5.4.7). No secrets: they keep away only those who do not know that public key. Immutable.
final class MacKeys {
  private static final byte[] LABEL_MAC1 = "mac1----".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] LABEL_COOKIE = "cookie--".getBytes(StandardCharsets.US_ASCII);

  private final byte[] mac1Key = new byte[Blake2s.HASH_SIZE];
  private final byte[] cookieKey = new byte[Blake2s.HASH_SIZE];

  MacKeys(byte[] publicKey) {
    Blake2s.hash(mac1Key, LABEL_MAC1, publicKey);
    Blake2s.hash(cookieKey, LABEL_COOKIE, publicKey);
  }

  /// Writes `mac1` of the bytes before it.
  void mac1(byte[] mac, int macOffset, byte[] message, int length) {
    Blake2s.mac(mac, macOffset, mac1Key, message, 0, length);
  }

  /// What has the key's block behind it and the first byte of a message of one type: to go on from
  /// a copy of it takes two blocks for an initiation in place of three. (Bouncy Castle hashes a
  /// block when it knows that more comes, which is why it needs that byte.)
  Blake2sDigest beginMac1(byte type) {
    Blake2sDigest begun = new Blake2sDigest(mac1Key, Blake2s.MAC_SIZE, null, null);
    begun.update(type);
    return begun;
  }

  /// The key that cookie replies of that public key's owner are encrypted under.
  byte[] cookieKey() {
    return cookieKey;
  }
}
