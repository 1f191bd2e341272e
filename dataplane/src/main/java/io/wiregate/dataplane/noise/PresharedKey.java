package io.wiregate.dataplane.noise;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;

/// A symmetric key that two peers share beside their key pairs, as a guard against attacks on
/// Curve25519 (paper, 5.2); all zero means none. Never shown by [#toString].
public final class PresharedKey implements AutoCloseable {
  /// Bytes.
  public static final int SIZE = 32;

  private final byte[] bytes;

  private PresharedKey(byte[] bytes) {
    this.bytes = bytes;
  }

  /// The key that stands for none.
  public static PresharedKey none() {
    return new PresharedKey(new byte[SIZE]);
  }

  /// Takes a copy of 32 bytes.
  public static PresharedKey of(byte[] bytes) {
    if (bytes.length != SIZE) {
      throw new IllegalArgumentException("a preshared key has 32 bytes, not " + bytes.length);
    }
    return new PresharedKey(bytes.clone());
  }

  /// One with the same bytes, which is closed by itself.
  public PresharedKey copy() {
    return new PresharedKey(bytes.clone());
  }

  /// Whether both hold the same bytes; takes as long whatever they are.
  public boolean isSameAs(PresharedKey other) {
    return org.bouncycastle.util.Arrays.constantTimeAreEqual(bytes, other.bytes);
  }

  public static PresharedKey generate(SecureRandom random) {
    byte[] bytes = new byte[SIZE];
    random.nextBytes(bytes);
    return new PresharedKey(bytes);
  }

  /// Reads 44 characters of base64, as `wg genpsk` writes them.
  ///
  /// @throws IllegalArgumentException if it is none; the message does not show the text
  public static PresharedKey parse(String base64) {
    return new PresharedKey(KeyText.fromBase64(base64, "preshared key"));
  }

  public boolean isNone() {
    int any = 0;
    for (byte b : bytes) {
      any |= b;
    }
    return any == 0;
  }

  /// A copy, which the caller wipes.
  public byte[] toBytes() {
    return bytes.clone();
  }

  /// As `wg` writes it; never for logs.
  public String toBase64() {
    return Base64.getEncoder().encodeToString(bytes);
  }

  @Override
  public void close() {
    Arrays.fill(bytes, (byte) 0);
  }

  @Override
  public String toString() {
    return isNone() ? "no preshared key" : "a preshared key";
  }
}
