package io.wiregate.control.config;

import io.wiregate.control.policy.PrivateReach;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A zone as the operator wants it.
///
/// @param id what stands for it in tables and frames; never reused for another zone
/// @param network6 null for a /64 out of the installation's own prefix
/// @param internet whether its peers may reach the internet
/// @param peerToPeer whether its peers may reach each other
/// @param adminApi whether its peers may reach the gateway's API
/// @param reachesZones the other zones to which its peers may start connections; `all` for all
/// @param privateNetworks what its peers may reach of the private networks behind the gateway
/// @param allowedIps what a client routes into its tunnel; empty for the zone's own networks
/// @param dns resolvers that clients get
/// @param persistentKeepaliveSeconds what a client's configuration says; 0 for nothing
public record ZoneSettings(
    short id,
    String name,
    boolean enabled,
    int port,
    IpPrefix network4,
    @Nullable IpPrefix network6,
    int mtu,
    String interfaceName,
    boolean internet,
    boolean peerToPeer,
    boolean adminApi,
    List<String> reachesZones,
    PrivateReach privateNetworks,
    List<IpPrefix> allowedIps,
    List<IpAddress> dns,
    int persistentKeepaliveSeconds) {
  /// What stands for every other zone in [#reachesZones].
  public static final String ALL_ZONES = "all";
}
