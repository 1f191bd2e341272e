package io.wiregate.dataplane.noise;

import io.wiregate.os.crypto.X25519;

/// X25519 in Java, for machines without a native library. Any thread.
public final class BouncyCastleX25519 implements X25519 {
  public BouncyCastleX25519() {}

  @Override
  public String name() {
    return "Bouncy Castle";
  }

  @Override
  public void publicKey(byte[] privateKey, byte[] publicKey) {
    org.bouncycastle.math.ec.rfc7748.X25519.generatePublicKey(privateKey, 0, publicKey, 0);
  }

  @Override
  public boolean agree(byte[] privateKey, byte[] publicKey, byte[] shared) {
    return org.bouncycastle.math.ec.rfc7748.X25519.calculateAgreement(
        privateKey, 0, publicKey, 0, shared, 0);
  }
}
