package io.wiregate.control.gateway;

import io.wiregate.control.config.ListenAddress;
import io.wiregate.control.config.ZoneSettings;
import io.wiregate.control.policy.GatewayPolicy;
import io.wiregate.control.policy.ZonePolicy;
import io.wiregate.control.zone.Zone;
import java.util.List;
import java.util.Set;

/// What the zones may reach, from their settings.
final class ZonePolicies {
  private ZonePolicies() {}

  /// @throws GatewayException if the settings contradict each other
  /// @param api where the administration listens; its port is opened to the zones that may use it
  static GatewayPolicy of(List<Zone> zones, ListenAddress api) {
    List<String> names = zones.stream().map(Zone::name).toList();
    Set<Integer> ports = api.port() == 0 ? Set.of() : Set.of(api.port());
    try {
      return GatewayPolicy.of(zones.stream().map(zone -> policy(zone, names)).toList(), ports);
    } catch (IllegalArgumentException contradiction) {
      throw new GatewayException(
          "The zones' settings contradict each other: " + contradiction.getMessage() + ".",
          contradiction);
    }
  }

  private static ZonePolicy policy(Zone zone, List<String> names) {
    ZoneSettings settings = zone.settings();
    ZonePolicy closed =
        ZonePolicy.closed(
            zone.name(), zone.interfaceName(), List.of(zone.network4(), zone.network6()));
    return closed
        .withInternet(settings.internet())
        .withPeerToPeer(settings.peerToPeer())
        .withAdminApi(settings.adminApi())
        .withResolvers(settings.dns())
        .withMayStartTo(reached(zone, names))
        .withPrivateReach(settings.privateNetworks());
  }

  private static String[] reached(Zone zone, List<String> names) {
    List<String> wanted = zone.settings().reachesZones();
    boolean all = wanted.contains(ZoneSettings.ALL_ZONES);
    return (all ? names : wanted)
        .stream().filter(name -> !name.equals(zone.name())).toArray(String[]::new);
  }
}
