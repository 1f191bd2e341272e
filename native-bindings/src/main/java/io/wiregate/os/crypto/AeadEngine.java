package io.wiregate.os.crypto;

/// A library that does ChaCha20-Poly1305. Any thread.
public interface AeadEngine {
  /// What operators know it by, e.g. `BoringSSL`, with its version where it tells.
  String name();

  /// A cipher for one thread.
  Aead newAead();
}
