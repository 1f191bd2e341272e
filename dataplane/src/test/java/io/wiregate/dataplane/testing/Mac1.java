package io.wiregate.dataplane.testing;

import io.wiregate.dataplane.noise.PublicKey;
import java.nio.charset.StandardCharsets;
import org.bouncycastle.crypto.digests.Blake2sDigest;

/// The first MAC of initiations and responses (paper, 5.4.4), as anybody can make it who knows the
/// public key that they are for.
public final class Mac1 {
  private static final byte[] LABEL = "mac1----".getBytes(StandardCharsets.US_ASCII);

  private Mac1() {}

  /// Makes a changed message right again.
  ///
  /// @param device whom it is for
  /// @param message of the exact length of its type
  public static void put(PublicKey device, byte[] message) {
    Blake2sDigest hash = new Blake2sDigest(256);
    hash.update(LABEL, 0, LABEL.length);
    hash.update(device.toBytes(), 0, PublicKey.SIZE);
    byte[] key = new byte[32];
    hash.doFinal(key, 0);
    Blake2sDigest mac = new Blake2sDigest(key, 16, null, null);
    int at = message.length - 32;
    mac.update(message, 0, at);
    mac.doFinal(message, at);
  }
}
