package io.wiregate.control.policy;

import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// What the clients of one zone may reach. Everything that is not granted is refused.
///
/// @param name the zone's name
/// @param interfaceName its network interface, which need not exist yet
/// @param gatewayAddresses the gateway's own addresses inside the zone
/// @param networks the zone's networks, from which its clients have their addresses
/// @param sites further networks that lie behind peers of the zone (their extra allowed-ips)
/// @param internet whether public addresses may be reached
/// @param peerToPeer whether clients of the zone may reach each other
/// @param mayStartTo the other zones to which its clients may start connections
/// @param privateReach what of the private networks behind the gateway
/// @param adminApi whether the administration's ports ([GatewayPolicy#adminApiPorts]) are open to
///   the zone
/// @param dnsService whether the gateway's addresses in the zone answer DNS (port 53)
/// @param resolvers name servers, anywhere, that stay reachable on ports 53 and 853
/// @param masquerade whether what leaves the gateway from the zone's private addresses takes the
///   gateway's address; off where the network outside has routes to the zone
public record ZonePolicy(
    String name,
    String interfaceName,
    List<IpAddress> gatewayAddresses,
    List<IpPrefix> networks,
    List<IpPrefix> sites,
    boolean internet,
    boolean peerToPeer,
    Set<String> mayStartTo,
    PrivateReach privateReach,
    boolean adminApi,
    boolean dnsService,
    List<IpAddress> resolvers,
    boolean masquerade) {
  /// @throws IllegalArgumentException if the parts do not fit together; one sentence
  public ZonePolicy {
    PolicyNames.check("a zone's name", name);
    PolicyNames.checkInterface(interfaceName);
    if (name.equals("outside")) {
      throw new IllegalArgumentException(
          "a zone cannot be called 'outside': rules call everything so that is in no zone");
    }
    gatewayAddresses = List.copyOf(gatewayAddresses);
    networks = List.copyOf(networks);
    sites = List.copyOf(sites);
    mayStartTo = Set.copyOf(mayStartTo);
    resolvers = List.copyOf(resolvers);
    if (networks.isEmpty()) {
      throw new IllegalArgumentException("the zone '" + name + "' has no network; give it one");
    }
    for (IpAddress address : gatewayAddresses) {
      if (networks.stream().noneMatch(network -> network.contains(address))) {
        throw new IllegalArgumentException(
            "the gateway's address " + address + " is in no network of the zone '" + name + "'");
      }
    }
    if (sites.stream().anyMatch(site -> site.length() == 0)) {
      throw new IllegalArgumentException(
          "a site of the zone '" + name + "' cannot be every address; name its networks");
    }
  }

  /// A zone of which nothing is granted. The gateway has the first address of each network.
  public static ZonePolicy closed(String name, String interfaceName, List<IpPrefix> networks) {
    return new ZonePolicy(
        name,
        interfaceName,
        networks.stream().map(ZonePolicy::firstAddress).toList(),
        networks,
        List.of(),
        false,
        false,
        Set.of(),
        PrivateReach.NONE,
        false,
        false,
        List.of(),
        true);
  }

  private static IpAddress firstAddress(IpPrefix network) {
    IpAddress base = network.address();
    return network.length() == base.bits()
        ? base
        : new IpAddress(base.isV6(), base.high(), base.low() + 1);
  }

  /// The networks and the sites: where the zone's packets come from and go to.
  List<IpPrefix> prefixes() {
    return Stream.concat(networks.stream(), sites.stream()).distinct().toList();
  }

  public ZonePolicy withSites(List<IpPrefix> value) {
    return new ZonePolicy(
        name,
        interfaceName,
        gatewayAddresses,
        networks,
        value,
        internet,
        peerToPeer,
        mayStartTo,
        privateReach,
        adminApi,
        dnsService,
        resolvers,
        masquerade);
  }

  public ZonePolicy withInternet(boolean value) {
    return new ZonePolicy(
        name,
        interfaceName,
        gatewayAddresses,
        networks,
        sites,
        value,
        peerToPeer,
        mayStartTo,
        privateReach,
        adminApi,
        dnsService,
        resolvers,
        masquerade);
  }

  public ZonePolicy withPeerToPeer(boolean value) {
    return new ZonePolicy(
        name,
        interfaceName,
        gatewayAddresses,
        networks,
        sites,
        internet,
        value,
        mayStartTo,
        privateReach,
        adminApi,
        dnsService,
        resolvers,
        masquerade);
  }

  public ZonePolicy withMayStartTo(String... zones) {
    return new ZonePolicy(
        name,
        interfaceName,
        gatewayAddresses,
        networks,
        sites,
        internet,
        peerToPeer,
        new TreeSet<>(List.of(zones)),
        privateReach,
        adminApi,
        dnsService,
        resolvers,
        masquerade);
  }

  public ZonePolicy withPrivateReach(PrivateReach value) {
    return new ZonePolicy(
        name,
        interfaceName,
        gatewayAddresses,
        networks,
        sites,
        internet,
        peerToPeer,
        mayStartTo,
        value,
        adminApi,
        dnsService,
        resolvers,
        masquerade);
  }

  public ZonePolicy withAdminApi(boolean value) {
    return new ZonePolicy(
        name,
        interfaceName,
        gatewayAddresses,
        networks,
        sites,
        internet,
        peerToPeer,
        mayStartTo,
        privateReach,
        value,
        dnsService,
        resolvers,
        masquerade);
  }

  public ZonePolicy withDnsService(boolean value) {
    return new ZonePolicy(
        name,
        interfaceName,
        gatewayAddresses,
        networks,
        sites,
        internet,
        peerToPeer,
        mayStartTo,
        privateReach,
        adminApi,
        value,
        resolvers,
        masquerade);
  }

  public ZonePolicy withResolvers(List<IpAddress> value) {
    return new ZonePolicy(
        name,
        interfaceName,
        gatewayAddresses,
        networks,
        sites,
        internet,
        peerToPeer,
        mayStartTo,
        privateReach,
        adminApi,
        dnsService,
        value,
        masquerade);
  }

  public ZonePolicy withMasquerade(boolean value) {
    return new ZonePolicy(
        name,
        interfaceName,
        gatewayAddresses,
        networks,
        sites,
        internet,
        peerToPeer,
        mayStartTo,
        privateReach,
        adminApi,
        dnsService,
        resolvers,
        value);
  }
}
