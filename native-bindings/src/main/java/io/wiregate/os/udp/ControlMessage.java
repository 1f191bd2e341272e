package io.wiregate.os.udp;

import io.wiregate.os.NativeBuffer;

/// `struct cmsghdr`: ancillary data beside a datagram. Source: cmsg(3).
final class ControlMessage {
  /// Bytes before the data (`CMSG_LEN(0)`).
  static final int HEADER_SIZE = 16;

  private static final int LENGTH = 0;
  private static final int LEVEL = 8;
  private static final int TYPE = 12;

  private ControlMessage() {}

  /// Header and data, without the padding after it.
  static int length(NativeBuffer buffer, int at) {
    long length = buffer.getLong(at + LENGTH);
    return length < 0 || length > Integer.MAX_VALUE - 8 ? 0 : (int) length;
  }

  static int level(NativeBuffer buffer, int at) {
    return buffer.getInt(at + LEVEL);
  }

  static int type(NativeBuffer buffer, int at) {
    return buffer.getInt(at + TYPE);
  }

  /// Writes a header for `dataLength` bytes, which the caller puts at `at + HEADER_SIZE`.
  ///
  /// @return where the next control message goes
  static int put(NativeBuffer buffer, int at, int level, int type, int dataLength) {
    buffer.putLong(at + LENGTH, HEADER_SIZE + dataLength);
    buffer.putInt(at + LEVEL, level);
    buffer.putInt(at + TYPE, type);
    return at + aligned(HEADER_SIZE + dataLength);
  }

  /// Rounds up to where the next control message starts (`CMSG_ALIGN`).
  static int aligned(int length) {
    return (length + 7) & ~7;
  }
}
