package io.wiregate.control.gateway;

import io.wiregate.control.config.Configuration;
import io.wiregate.control.config.ListenAddress;
import io.wiregate.control.config.ZoneSettings;
import io.wiregate.control.policy.DeniedNetworks;
import io.wiregate.control.policy.GatewayPolicy;
import io.wiregate.control.policy.ZonePolicy;
import io.wiregate.control.zone.Zone;
import io.wiregate.os.net.IpPrefix;
import java.util.List;
import java.util.Set;

/// What the zones may reach, from their settings.
final class ZonePolicies {
  private ZonePolicies() {}

  /// @throws GatewayException if the settings contradict each other
  static GatewayPolicy of(List<Zone> zones, Configuration configuration) {
    List<String> names = zones.stream().map(Zone::name).toList();
    ListenAddress api = configuration.apiListen(); // open to the zones that may use it
    Set<Integer> ports = api.port() == 0 ? Set.of() : Set.of(api.port());
    try {
      GatewayPolicy policy =
          GatewayPolicy.of(zones.stream().map(zone -> policy(zone, names)).toList(), ports);
      List<IpPrefix> pods = configuration.podNetworks();
      return pods.isEmpty() ? policy : policy.withDenied(new DeniedNetworks("pods", pods));
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
