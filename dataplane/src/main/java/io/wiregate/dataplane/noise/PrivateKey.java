package io.wiregate.dataplane.noise;

import io.wiregate.os.crypto.X25519;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;

/// A Curve25519 private key, clamped (RFC 7748, 5), with its public key. Never shown by
/// [#toString]. Owner: whoever made it, who calls [#close] to wipe it.
public final class PrivateKey implements AutoCloseable {
  /// Bytes.
  public static final int SIZE = 32;

  private final byte[] bytes;
  private final PublicKey publicKey;

  private PrivateKey(byte[] clamped, PublicKey publicKey) {
    this.bytes = clamped;
    this.publicKey = publicKey;
  }

  /// Takes a copy of 32 bytes, which it clamps.
  public static PrivateKey of(byte[] bytes, X25519 x25519) {
    if (bytes.length != SIZE) {
      throw new IllegalArgumentException("a private key has 32 bytes, not " + bytes.length);
    }
    byte[] clamped = bytes.clone();
    clamped[0] &= (byte) 248;
    clamped[31] = (byte) ((clamped[31] & 127) | 64);
    byte[] publicBytes = new byte[PublicKey.SIZE];
    x25519.publicKey(clamped, publicBytes);
    return new PrivateKey(clamped, PublicKey.of(publicBytes));
  }

  public static PrivateKey generate(SecureRandom random, X25519 x25519) {
    byte[] bytes = new byte[SIZE];
    random.nextBytes(bytes);
    try {
      return of(bytes, x25519);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  /// Reads 44 characters of base64, as `wg genkey` writes them.
  ///
  /// @throws IllegalArgumentException if it is none; the message does not show the text
  public static PrivateKey parse(String base64, X25519 x25519) {
    byte[] bytes = KeyText.fromBase64(base64, "private key");
    try {
      return of(bytes, x25519);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  public PublicKey publicKey() {
    return publicKey;
  }

  /// The shared secret with another key.
  ///
  /// @return false where it is all zero, and may not be used
  boolean agree(X25519 x25519, byte[] otherPublic, byte[] shared) {
    return x25519.agree(bytes, otherPublic, shared);
  }

  /// A copy of the clamped bytes, which the caller wipes.
  public byte[] toBytes() {
    return bytes.clone();
  }

  /// As `wg` writes it; for configurations that hand the key to its owner, never for logs.
  public String toBase64() {
    return Base64.getEncoder().encodeToString(bytes);
  }

  @Override
  public void close() {
    Arrays.fill(bytes, (byte) 0);
  }

  @Override
  public String toString() {
    return "private key of " + publicKey;
  }
}
