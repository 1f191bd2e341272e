package io.wiregate.os.udp;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.net.IpAddress;

/// `struct sockaddr_in` and `struct sockaddr_in6` in native memory. Source: ip(7), ipv6(7).
final class SocketAddress {
  /// Room for either, rounded up to keep the next one aligned.
  static final int STRIDE = 32;

  static final int SIZE_V4 = 16;
  static final int SIZE_V6 = 28;

  private static final int FAMILY = 0;
  private static final int PORT = 2;
  private static final int V4_ADDRESS = 4;
  private static final int V6_ADDRESS = 8;
  private static final int V6_SCOPE = 24;

  private SocketAddress() {}

  /// Writes one and returns its size.
  static int put(NativeBuffer buffer, int at, IpAddress address, int port, int scope) {
    buffer.putShortBigEndian(at + PORT, port);
    if (!address.isV6()) {
      buffer.putShort(at + FAMILY, SocketConstants.AF_INET);
      buffer.putIntBigEndian(at + V4_ADDRESS, (int) address.low());
      buffer.putLong(at + 8, 0);
      return SIZE_V4;
    }
    buffer.putShort(at + FAMILY, SocketConstants.AF_INET6);
    buffer.putInt(at + 4, 0); // sin6_flowinfo
    buffer.putLongBigEndian(at + V6_ADDRESS, address.high());
    buffer.putLongBigEndian(at + V6_ADDRESS + 8, address.low());
    buffer.putInt(at + V6_SCOPE, scope);
    return SIZE_V6;
  }

  static boolean isV6(NativeBuffer buffer, int at) {
    return buffer.getUnsignedShort(at + FAMILY) == SocketConstants.AF_INET6;
  }

  static int port(NativeBuffer buffer, int at) {
    return buffer.getUnsignedShortBigEndian(at + PORT);
  }

  static int scope(NativeBuffer buffer, int at) {
    return isV6(buffer, at) ? buffer.getInt(at + V6_SCOPE) : 0;
  }

  /// The upper 64 bits, as [IpAddress#high].
  static long addressHigh(NativeBuffer buffer, int at) {
    return isV6(buffer, at) ? buffer.getLongBigEndian(at + V6_ADDRESS) : 0;
  }

  /// The lower 64 bits, as [IpAddress#low].
  static long addressLow(NativeBuffer buffer, int at) {
    return isV6(buffer, at)
        ? buffer.getLongBigEndian(at + V6_ADDRESS + 8)
        : buffer.getIntBigEndian(at + V4_ADDRESS) & 0xffff_ffffL;
  }
}
