package io.wiregate.control.policy;

import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.util.List;
import java.util.Set;

/// The five zones that an installation starts with.
///
/// | zone | internet | admin API | peers of the zone | other zones | private networks |
/// |---|---|---|---|---|---|
/// | `main` | no | no | yes | none, until declared | none, until declared |
/// | `admins` | yes | yes | yes | all | all |
/// | `members` | yes | no | yes | none | none, until declared |
/// | `lan` | no | no | yes | none | none |
/// | `guests` | yes | no | no | none | none |
public final class DefaultZones {
  public static final List<String> NAMES = List.of("main", "admins", "members", "lan", "guests");

  private DefaultZones() {}

  /// The policy with the default networks.
  ///
  /// @param interfacePrefix what the interfaces' names begin with: `wg-`
  /// @param ula the installation's random /48 (RFC 4193); each zone has a /64 of it
  /// @param adminApiPorts the TCP ports of the administration
  /// @throws IllegalArgumentException if `ula` is no IPv6 /48, or the interfaces' names too long
  public static GatewayPolicy policy(
      String interfacePrefix, IpPrefix ula, Set<Integer> adminApiPorts) {
    return GatewayPolicy.of(
        List.of(
            zone(0, interfacePrefix, ula).withPeerToPeer(true),
            zone(1, interfacePrefix, ula)
                .withInternet(true)
                .withAdminApi(true)
                .withPeerToPeer(true)
                .withMayStartTo("main", "members", "lan", "guests")
                .withPrivateReach(PrivateReach.ALL),
            zone(2, interfacePrefix, ula).withInternet(true).withPeerToPeer(true),
            zone(3, interfacePrefix, ula).withPeerToPeer(true),
            zone(4, interfacePrefix, ula).withInternet(true)),
        adminApiPorts);
  }

  private static ZonePolicy zone(int index, String interfacePrefix, IpPrefix ula) {
    String name = NAMES.get(index);
    return ZonePolicy.closed(
        name, interfacePrefix + name, List.of(networkV4(index), networkV6(index, ula)));
  }

  /// 10.90.0.0/16 and the four after it.
  private static IpPrefix networkV4(int index) {
    return new IpPrefix(IpAddress.v4(10 << 24 | (90 + index) << 16), 16);
  }

  private static IpPrefix networkV6(int index, IpPrefix ula) {
    if (!ula.isV6() || ula.length() != 48) {
      throw new IllegalArgumentException(
          "the installation's IPv6 network " + ula + " is not a /48 of fd00::/8");
    }
    return new IpPrefix(IpAddress.v6(ula.address().high() | index, 0), 64);
  }
}
