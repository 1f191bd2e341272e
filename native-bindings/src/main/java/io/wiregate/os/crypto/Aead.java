package io.wiregate.os.crypto;

import io.wiregate.os.NativeBuffer;

/// ChaCha20-Poly1305 (RFC 8439) with the nonces of WireGuard: four zero bytes, then a 64-bit
/// counter in little-endian order.
///
/// Owner: one thread. It remembers the key that it used last, so packets under one key should come
/// together; [#forget] wipes that memory.
public interface Aead extends AutoCloseable {
  /// Bytes by which a sealed message is longer than its plaintext.
  int TAG_SIZE = 16;

  /// Seals every packet of a batch under its own counter. A packet may be sealed in place (output
  /// offset equal to the input offset in the same buffer); otherwise ranges must not overlap.
  /// Writes `length + TAG_SIZE` bytes to each output. Allocates nothing.
  void seal(AeadKey key, AeadBatch batch);

  /// Opens every packet of a batch: `length` counts the tag, `length - TAG_SIZE` bytes are written.
  /// Says per packet whether it was genuine ([AeadBatch#isAuthentic]); the output of one that was
  /// not is unspecified. Allocates nothing.
  void open(AeadKey key, AeadBatch batch);

  /// Seals one message with associated data, for handshakes. Ranges must not overlap but for
  /// sealing in place.
  void seal(
      AeadKey key,
      long counter,
      NativeBuffer associated,
      int associatedOffset,
      int associatedLength,
      NativeBuffer input,
      int inputOffset,
      int length,
      NativeBuffer output,
      int outputOffset);

  /// Opens one message with associated data.
  ///
  /// @param length bytes of the sealed message, tag included
  /// @return whether it is genuine
  boolean open(
      AeadKey key,
      long counter,
      NativeBuffer associated,
      int associatedOffset,
      int associatedLength,
      NativeBuffer input,
      int inputOffset,
      int length,
      NativeBuffer output,
      int outputOffset);

  /// Wipes the copy of the key that was used last.
  void forget();

  /// Frees what it holds, wiped. Owner's thread only.
  @Override
  void close();
}
