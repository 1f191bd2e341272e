package io.wiregate.dataplane.noise;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;

/// A Curve25519 public key: who a peer is. Immutable.
public record PublicKey(long first, long second, long third, long fourth) {
  /// Bytes.
  public static final int SIZE = 32;

  /// From 32 bytes of an array.
  public static PublicKey of(byte[] bytes, int offset) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, SIZE).order(ByteOrder.LITTLE_ENDIAN);
    return new PublicKey(buffer.getLong(), buffer.getLong(), buffer.getLong(), buffer.getLong());
  }

  public static PublicKey of(byte[] bytes) {
    if (bytes.length != SIZE) {
      throw new IllegalArgumentException("a public key has 32 bytes, not " + bytes.length);
    }
    return of(bytes, 0);
  }

  /// Reads 44 characters of base64, as `wg` writes them.
  ///
  /// @throws IllegalArgumentException if it is none
  public static PublicKey parse(String base64) {
    return of(KeyText.fromBase64(base64, "public key"));
  }

  public byte[] toBytes() {
    ByteBuffer buffer = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
    return buffer.putLong(first).putLong(second).putLong(third).putLong(fourth).array();
  }

  /// 44 characters of base64, as `wg` writes them.
  public String toBase64() {
    return Base64.getEncoder().encodeToString(toBytes());
  }

  @Override
  public int hashCode() {
    // Strangers choose keys, but only peers that an administrator has added are ever stored by
    // them.
    return Long.hashCode(first ^ second ^ third ^ fourth);
  }

  @Override
  public String toString() {
    return toBase64();
  }
}
