package io.wiregate.control.policy;

import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// The policy of all zones of a gateway.
///
/// @param zones the zones; names, interfaces and networks are distinct
/// @param denied networks that no zone reaches unless it names them
/// @param privateNetworks which addresses are not the internet: a zone reaches them only by its
///   [ZonePolicy#privateReach]
/// @param adminApiPorts the TCP ports of the administration
public record GatewayPolicy(
    List<ZonePolicy> zones,
    List<DeniedNetworks> denied,
    List<IpPrefix> privateNetworks,
    Set<Integer> adminApiPorts) {
  /// Metadata services, link-local, carrier-grade NAT, multicast. Networks of pods and services are
  /// the cluster's and come from the configuration.
  public static final List<DeniedNetworks> ALWAYS_DENIED =
      List.of(
          DeniedNetworks.METADATA,
          DeniedNetworks.LINK_LOCAL,
          DeniedNetworks.CGNAT,
          DeniedNetworks.MULTICAST);

  /// Everything that is not public by IANA's special-purpose registries (RFC 6890), except the
  /// documentation networks, which lead nowhere and serve well in a laboratory. Of IPv6, only
  /// 2000::/3 is public, without the tunnels of Teredo and 6to4, whose addresses hide IPv4 ones.
  public static final List<IpPrefix> NOT_PUBLIC =
      Stream.of(
              "0.0.0.0/8",
              "10.0.0.0/8",
              "100.64.0.0/10",
              "127.0.0.0/8",
              "169.254.0.0/16",
              "172.16.0.0/12",
              "192.0.0.0/24",
              "192.168.0.0/16",
              "198.18.0.0/15",
              "224.0.0.0/3",
              "::/3",
              "2001::/32",
              "2002::/16",
              "4000::/2",
              "8000::/1")
          .map(IpPrefix::parse)
          .toList();

  /// @throws IllegalArgumentException if zones contradict each other; one sentence
  public GatewayPolicy {
    zones = List.copyOf(zones);
    denied = List.copyOf(denied);
    privateNetworks = List.copyOf(privateNetworks);
    adminApiPorts = Set.copyOf(adminApiPorts);
    checkNames(zones, denied);
    checkNetworks(zones);
    for (int port : adminApiPorts) {
      if (port < 1 || port > 65535) {
        throw new IllegalArgumentException("the port " + port + " is not within 1 to 65535");
      }
    }
  }

  /// With [#ALWAYS_DENIED] and [#NOT_PUBLIC].
  public static GatewayPolicy of(List<ZonePolicy> zones, Set<Integer> adminApiPorts) {
    return new GatewayPolicy(zones, ALWAYS_DENIED, NOT_PUBLIC, adminApiPorts);
  }

  private static void checkNames(List<ZonePolicy> zones, List<DeniedNetworks> denied) {
    Set<String> names = new HashSet<>();
    Set<String> interfaces = new HashSet<>();
    for (ZonePolicy zone : zones) {
      if (!names.add(zone.name())) {
        throw new IllegalArgumentException("there are two zones '" + zone.name() + "'");
      }
      if (!interfaces.add(zone.interfaceName())) {
        throw new IllegalArgumentException(
            "two zones have the interface '" + zone.interfaceName() + "'; give each its own");
      }
    }
    for (ZonePolicy zone : zones) {
      for (String other : new TreeSet<>(zone.mayStartTo())) {
        if (!names.contains(other) || other.equals(zone.name())) {
          throw new IllegalArgumentException(
              "the zone '"
                  + zone.name()
                  + "' may reach the zone '"
                  + other
                  + "', which is no other zone; the zones are "
                  + String.join(", ", new TreeSet<>(names)));
        }
      }
    }
    Set<String> deniedNames = new HashSet<>();
    for (DeniedNetworks networks : denied) {
      if (!deniedNames.add(networks.name())) {
        throw new IllegalArgumentException(
            "there are two lists of denied networks '" + networks.name() + "'");
      }
    }
  }

  private static void checkNetworks(List<ZonePolicy> zones) {
    Map<IpPrefix, ZonePolicy> owners = new HashMap<>();
    for (ZonePolicy zone : zones) {
      for (IpPrefix prefix : zone.prefixes()) {
        ZonePolicy owner = owners.put(prefix, zone);
        if (owner != null) {
          throw overlap(zone, prefix, owner, prefix);
        }
      }
    }
    for (ZonePolicy zone : zones) {
      for (IpPrefix network : zone.networks()) {
        for (ZonePolicy other : zones) {
          for (IpPrefix otherNetwork : other.networks()) {
            if (!other.equals(zone) && network.contains(otherNetwork)) {
              throw overlap(zone, network, other, otherNetwork);
            }
          }
        }
      }
    }
  }

  private static IllegalArgumentException overlap(
      ZonePolicy zone, IpPrefix network, ZonePolicy other, IpPrefix otherNetwork) {
    return new IllegalArgumentException(
        "the networks "
            + network
            + " of the zone '"
            + zone.name()
            + "' and "
            + otherNetwork
            + " of the zone '"
            + other.name()
            + "' overlap; a packet must belong to one zone");
  }

  public Optional<ZonePolicy> zone(String name) {
    return zones.stream().filter(zone -> zone.name().equals(name)).findFirst();
  }

  /// The same with `zone` in place of the one of its name.
  ///
  /// @throws IllegalArgumentException if there is none
  public GatewayPolicy with(ZonePolicy zone) {
    List<ZonePolicy> changed = new ArrayList<>(zones);
    int index = zones.stream().map(ZonePolicy::name).toList().indexOf(zone.name());
    if (index < 0) {
      throw new IllegalArgumentException("there is no zone '" + zone.name() + "'");
    }
    changed.set(index, zone);
    return new GatewayPolicy(changed, denied, privateNetworks, adminApiPorts);
  }

  /// The same with one more list of denied networks.
  public GatewayPolicy withDenied(DeniedNetworks more) {
    List<DeniedNetworks> changed = new ArrayList<>(denied);
    changed.add(more);
    return new GatewayPolicy(zones, changed, privateNetworks, adminApiPorts);
  }

  List<String> interfaceNames() {
    return zones.stream().map(ZonePolicy::interfaceName).toList();
  }

  List<IpAddress> gatewayAddresses() {
    return zones.stream().flatMap(zone -> zone.gatewayAddresses().stream()).toList();
  }

  boolean isPrivate(IpAddress address) {
    return privateNetworks.stream().anyMatch(network -> network.contains(address));
  }

  /// The zone of the most specific network or site that has the address.
  Optional<ZonePolicy> zoneOf(IpAddress address) {
    Optional<ZonePolicy> found = Optional.empty();
    int length = -1;
    for (ZonePolicy zone : zones) {
      for (IpPrefix prefix : zone.prefixes()) {
        if (prefix.contains(address) && prefix.length() > length) {
          found = Optional.of(zone);
          length = prefix.length();
        }
      }
    }
    return found;
  }
}
