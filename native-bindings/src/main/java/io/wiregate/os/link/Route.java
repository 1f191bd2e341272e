package io.wiregate.os.link;

import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import org.jspecify.annotations.Nullable;

/// A unicast route.
///
/// @param destination where it leads
/// @param link the interface's index
/// @param table [#MAIN_TABLE] or another; 32 bits
/// @param metric the lower one of two wins; 0 becomes 1024 for IPv6
/// @param gateway the next hop, null where the destination is reached directly
/// @param source the address to send from where the program leaves it open, null for the kernel's
///   choice
public record Route(
    IpPrefix destination,
    int link,
    int table,
    int metric,
    @Nullable IpAddress gateway,
    @Nullable IpAddress source) {
  /// `RT_TABLE_MAIN`.
  public static final int MAIN_TABLE = 254;

  public Route {
    if ((gateway != null && gateway.isV6() != destination.isV6())
        || (source != null && source.isV6() != destination.isV6())) {
      throw new IllegalArgumentException("a route has addresses of one family only");
    }
  }

  /// A route of the main table to what an interface reaches directly.
  public static Route through(int link, IpPrefix destination) {
    return new Route(destination, link, MAIN_TABLE, 0, null, null);
  }

  public boolean isV6() {
    return destination.isV6();
  }
}
