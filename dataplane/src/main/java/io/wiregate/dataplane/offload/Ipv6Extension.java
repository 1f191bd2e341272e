package io.wiregate.dataplane.offload;

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
}
