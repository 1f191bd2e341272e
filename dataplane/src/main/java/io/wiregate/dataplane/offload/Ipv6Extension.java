package io.wiregate.dataplane.offload;

import io.wiregate.os.NativeBuffer;

/// IPv6 extension headers (RFC 8200, section 4): what may stand between the fixed header and TCP or
/// UDP.
final class Ipv6Extension {
  static final int HOP_BY_HOP = 0;
  static final int ROUTING = 43;
  static final int FRAGMENT = 44;
  static final int AUTHENTICATION = 51;
  static final int DESTINATION = 60;
  static final int MOBILITY = 135;
  static final int HOST_IDENTITY = 139;
  static final int SHIM6 = 140;

  /// What the protocol is multiplied with in the result of [#upperLayer].
  static final int PROTOCOL = 1 << 20;

  private static final int FRAGMENT_OFFSET = 0xfff8;

  private Ipv6Extension() {}

  static boolean isExtension(int next) {
    return switch (next) {
      case HOP_BY_HOP,
          ROUTING,
          FRAGMENT,
          AUTHENTICATION,
          DESTINATION,
          MOBILITY,
          HOST_IDENTITY,
          SHIM6 ->
          true;
      default -> false;
    };
  }

  /// Finds what stands behind the extension headers of a packet, if they are all there and it is no
  /// fragment but perhaps the first.
  ///
  /// @param available bytes from `packet` on, at least those of the IP header
  /// @return the offset from `packet`, which may be past the end, plus the protocol times
  ///   [#PROTOCOL]; negative where there is nothing to be found
  static int upperLayer(NativeBuffer buffer, int packet, int available) {
    int next = InnerPacket.protocol(buffer, packet);
    int at = InnerPacket.V6_HEADER;
    // Each step goes forward by at least 8 bytes, so this ends.
    while (isExtension(next)) {
      if (at + 8 > available
          || (next == FRAGMENT
              && (buffer.getUnsignedShortBigEndian(packet + at + 2) & FRAGMENT_OFFSET) != 0)) {
        return -1;
      }
      int length = length(buffer, packet + at, next);
      next = buffer.getUnsignedByte(packet + at);
      at += length;
    }
    return next * PROTOCOL + at;
  }

  /// Bytes of the header at `at`, at least 8.
  private static int length(NativeBuffer buffer, int at, int header) {
    int units = buffer.getUnsignedByte(at + 1);
    return switch (header) {
      case FRAGMENT -> 8;
      case AUTHENTICATION -> Math.max(8, 4 * (units + 2)); // RFC 4302, 2.2
      default -> 8 * (units + 1);
    };
  }
}
