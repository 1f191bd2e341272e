package io.wiregate.control.policy;

import static io.wiregate.control.policy.Protocol.ECHO;
import static io.wiregate.control.policy.Protocol.TCP;
import static io.wiregate.control.policy.Protocol.UDP;

import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The table of who reaches what, written down by hand cell by cell, with the addresses of the
/// laboratory in which packets prove it. It knows nothing of how zones are joined to the gateway.
final class ReachCells {
  static final int SERVICE = 7;
  static final int SSH = 22;
  static final int DNS = 53;
  static final int API = 8080;

  static final String OUTSIDE = "outside";
  static final String PRIVATE = "private";
  static final String NODE = "node";

  static final List<String> ZONES = List.of("main", "admins", "members", "lan", "guests");
  static final IpPrefix ULA = IpPrefix.parse("fd5e:ed00:a11c::/48");

  static final IpAddress OUTSIDE_V4 = IpAddress.parse("198.51.100.2");
  static final IpAddress OUTSIDE_V6 = IpAddress.parse("2001:db8:1::2");
  static final IpAddress NODE_OUTSIDE_V4 = IpAddress.parse("198.51.100.1");
  static final IpAddress NODE_OUTSIDE_V6 = IpAddress.parse("2001:db8:1::1");
  static final IpAddress PRIVATE_V4 = IpAddress.parse("172.20.0.2");
  static final IpAddress PRIVATE_V6 = IpAddress.parse("fdbb:20::2");
  static final IpAddress NODE_PRIVATE_V4 = IpAddress.parse("172.20.0.1");
  static final IpAddress NODE_PRIVATE_V6 = IpAddress.parse("fdbb:20::1");

  /// Who answers behind the outside router at addresses that are denied, by the list's name.
  static final Map<String, List<IpAddress>> DENIED =
      Map.of(
          "metadata", addresses("169.254.169.254", "fd00:ec2::254", "64:ff9b::a9fe:a9fe"),
          "link-local", addresses("169.254.7.7"),
          "cgnat", addresses("100.64.0.5"),
          "pods", addresses("10.244.0.5", "fd00:10:244::5"));

  /// One cell.
  ///
  /// @param from the place that starts the flow: a zone's name, [#OUTSIDE], [#PRIVATE] or [#NODE]
  /// @param rule the rule that decides
  record Cell(
      String from,
      IpAddress source,
      IpAddress destination,
      Protocol protocol,
      int port,
      boolean allowed,
      String rule) {
    @Override
    public String toString() {
      return "%s: %s -> %s %s %d %s by %s"
          .formatted(
              from, source, destination, protocol, port, allowed ? "allowed" : "denied", rule);
    }
  }

  private final List<Cell> cells = new ArrayList<>();

  private ReachCells() {}

  /// The default policy of an installation in a cluster whose pods have networks.
  static GatewayPolicy policy() {
    return DefaultZones.policy("wg-", ULA, Set.of(API))
        .withDenied(DeniedNetworks.of("pods", "10.244.0.0/16", "fd00:10:244::/56"));
  }

  static List<IpAddress> nodeAddresses() {
    return List.of(NODE_OUTSIDE_V4, NODE_OUTSIDE_V6, NODE_PRIVATE_V4, NODE_PRIVATE_V6);
  }

  static List<IpAddress> addresses(String... texts) {
    return List.of(texts).stream().map(IpAddress::parse).toList();
  }

  /// The gateway's address in a zone is number 1; clients have 10 and 11.
  static IpAddress inZone(String zone, boolean v6, int number) {
    int index = ZONES.indexOf(zone);
    return v6
        ? IpAddress.v6(ULA.address().high() | index, number)
        : IpAddress.v4(10 << 24 | (90 + index) << 16 | number);
  }

  static IpAddress client(String zone, boolean v6) {
    return inZone(zone, v6, 10);
  }

  static IpAddress gateway(String zone, boolean v6) {
    return inZone(zone, v6, 1);
  }

  /// What product.md promises.
  static List<Cell> all() {
    ReachCells table = new ReachCells();
    for (boolean v6 : new boolean[] {false, true}) {
      //                zone       internet api    peers  zones  private
      table.zone(v6, "main", false, false, true, false, false);
      table.zone(v6, "admins", true, true, true, true, true);
      table.zone(v6, "members", true, false, true, false, false);
      table.zone(v6, "lan", false, false, true, false, false);
      table.zone(v6, "guests", true, false, false, false, false);
      table.fromOutside(v6, OUTSIDE, v6 ? OUTSIDE_V6 : OUTSIDE_V4, nodeOutside(v6));
      table.fromOutside(v6, PRIVATE, v6 ? PRIVATE_V6 : PRIVATE_V4, nodePrivate(v6));
      for (String zone : ZONES) {
        table.cell(NODE, gateway(zone, v6), client(zone, v6), TCP, SERVICE, true, "node");
      }
    }
    return table.cells;
  }

  static IpAddress nodeOutside(boolean v6) {
    return v6 ? NODE_OUTSIDE_V6 : NODE_OUTSIDE_V4;
  }

  static IpAddress nodePrivate(boolean v6) {
    return v6 ? NODE_PRIVATE_V6 : NODE_PRIVATE_V4;
  }

  private void zone(
      boolean v6,
      String zone,
      boolean internet,
      boolean api,
      boolean peers,
      boolean otherZones,
      boolean privateNetworks) {
    IpAddress self = client(zone, v6);
    for (Protocol protocol : List.of(TCP, UDP, ECHO)) {
      IpAddress outside = v6 ? OUTSIDE_V6 : OUTSIDE_V4;
      IpAddress inside = v6 ? PRIVATE_V6 : PRIVATE_V4;
      cell(zone, self, inZone(zone, v6, 11), protocol, SERVICE, peers, zone + ".peers");
      cell(zone, self, outside, protocol, SERVICE, internet, zone + ".internet");
      cell(zone, self, inside, protocol, SERVICE, privateNetworks, zone + ".private");
      for (String other : ZONES) {
        if (!other.equals(zone)) {
          String rule = zone + ".to." + other;
          cell(zone, self, client(other, v6), protocol, SERVICE, otherZones, rule);
        }
      }
    }
    DENIED.forEach((name, addresses) ->
        addresses.stream()
            .filter(address -> address.isV6() == v6)
            .forEach(address -> {
              String rule = zone + ".denied." + name;
              cell(zone, self, address, TCP, SERVICE, false, rule);
              cell(zone, self, address, UDP, SERVICE, false, rule);
            }));
    String gateway = zone + ".gateway";
    for (IpAddress own : List.of(gateway(zone, v6), nodeOutside(v6), nodePrivate(v6))) {
      cell(zone, self, own, ECHO, 0, true, gateway + ".echo");
      cell(zone, self, own, TCP, SSH, false, gateway);
      cell(zone, self, own, TCP, DNS, false, gateway);
      cell(zone, self, own, UDP, DNS, false, gateway);
      cell(zone, self, own, UDP, API, false, gateway);
      cell(zone, self, own, TCP, API, api, api ? gateway + ".api" : gateway);
    }
    for (String other : ZONES) {
      if (!other.equals(zone)) {
        IpAddress foreign = gateway(other, v6);
        cell(zone, self, foreign, ECHO, 0, false, gateway + ".other-zone");
        cell(zone, self, foreign, TCP, API, false, gateway + ".other-zone");
        cell(zone, self, foreign, UDP, DNS, false, gateway + ".other-zone");
      }
    }
  }

  private void fromOutside(boolean v6, String place, IpAddress self, IpAddress node) {
    for (String zone : ZONES) {
      for (Protocol protocol : List.of(TCP, UDP, ECHO)) {
        IpAddress client = client(zone, v6);
        cell(place, self, client, protocol, SERVICE, false, "outside.into-zone");
      }
      IpAddress gateway = gateway(zone, v6);
      cell(place, self, gateway, TCP, API, false, "outside.gateway-address");
      cell(place, self, gateway, UDP, DNS, false, "outside.gateway-address");
      cell(place, self, gateway, ECHO, 0, false, "outside.gateway-address");
    }
    cell(place, self, node, TCP, SSH, true, "outside.not-ours");
    cell(place, self, node, ECHO, 0, true, "outside.not-ours");
  }

  private void cell(
      String from,
      IpAddress source,
      IpAddress destination,
      Protocol protocol,
      int port,
      boolean allowed,
      String rule) {
    cells.add(new Cell(from, source, destination, protocol, port, allowed, rule));
  }
}
