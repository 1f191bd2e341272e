package io.wiregate.os.crypto;

/// X25519 (RFC 7748): Diffie-Hellman over Curve25519. Any thread.
public interface X25519 {
  /// Bytes of a private key, a public key and a shared secret.
  int KEY_SIZE = 32;

  /// What operators know it by.
  String name();

  /// Computes a public key. Private keys are clamped by the function itself.
  void publicKey(byte[] privateKey, byte[] publicKey);

  /// Computes the shared secret.
  ///
  /// @return false where it is all zero, which a public key of low order causes: then nobody may
  ///   use it (RFC 7748, 6.1). Decided in constant time.
  boolean agree(byte[] privateKey, byte[] publicKey, byte[] shared);
}
