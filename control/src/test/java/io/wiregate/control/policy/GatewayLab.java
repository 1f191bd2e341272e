package io.wiregate.control.policy;

import static io.wiregate.control.policy.ReachCells.API;
import static io.wiregate.control.policy.ReachCells.DNS;
import static io.wiregate.control.policy.ReachCells.NODE;
import static io.wiregate.control.policy.ReachCells.OUTSIDE;
import static io.wiregate.control.policy.ReachCells.PRIVATE;
import static io.wiregate.control.policy.ReachCells.SERVICE;
import static io.wiregate.control.policy.ReachCells.SSH;
import static io.wiregate.control.policy.ReachCells.ZONES;
import static io.wiregate.control.policy.ReachCells.inZone;

import io.wiregate.os.net.IpAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// A gateway, its zones and what is around it, each in a network namespace of its own, with an
/// agent in each.
///
/// ```
///   main, admins, … ── wg-main, … ── gateway ── 198.51.100.0/24, 2001:db8:1::/64 ── outside
///                                        └───── 172.20.0.0/16, fdbb:20::/64 ─────── private
/// ```
///
/// A veth pair stands in for each zone's WireGuard interface. Two clients of a zone live in one
/// namespace, whose routing sends what one says to the other out to the gateway, as a tunnel would.
/// [Tunnels] joins the same places by real ones.
final class GatewayLab implements AutoCloseable {
  /// As WireGuard's; the clients believe in 1500.
  static final int ZONE_MTU = 1420;

  /// How the zones are joined to the gateway.
  interface Joiner extends AutoCloseable {
    void join(GatewayLab lab) throws IOException, InterruptedException;

    @Override
    void close();
  }

  /// Stand-ins for tunnels.
  private static final class Veths implements Joiner {
    @Override
    public void join(GatewayLab lab) {
      ZONES.forEach(lab::joinZone);
    }

    @Override
    public void close() {}
  }

  private final Joiner joiner;
  private final Namespaces namespaces = new Namespaces();
  private final Map<String, String> places = new LinkedHashMap<>();
  private final Map<String, AgentProcess> agents = new LinkedHashMap<>();

  private GatewayLab(Joiner joiner) {
    this.joiner = joiner;
  }

  /// Builds it with stand-ins for tunnels, without any firewall.
  static GatewayLab build() throws IOException {
    return build(new Veths());
  }

  /// @param joiner closed with the laboratory
  static GatewayLab build(Joiner joiner) throws IOException {
    GatewayLab lab = new GatewayLab(joiner);
    try {
      lab.addPlaces();
      lab.joinNetwork(
          OUTSIDE, "198.51.100.", "/24", "2001:db8:1::", "10.88.0.0/13", ReachCells.ULA.toString());
      lab.joinNetwork(PRIVATE, "172.20.0.", "/16", "fdbb:20::", "default", "default");
      lab.routeDenied();
      joiner.join(lab);
      // Every refusal of a test is to be answered; the kernel would send one a second.
      Namespaces.sysctl(
          lab.namespace(NODE), "net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0");
      lab.startAgents();
      return lab;
    } catch (InterruptedException interrupted) {
      lab.close();
      Thread.currentThread().interrupt();
      throw new IOException(interrupted);
    } catch (IOException | RuntimeException | AssertionError failure) {
      lab.close();
      throw failure;
    }
  }

  private void addPlaces() {
    List<String> names = new ArrayList<>(List.of(NODE, OUTSIDE, PRIVATE));
    names.addAll(ZONES);
    for (String name : names) {
      places.put(name, namespaces.add(name));
    }
  }

  /// The node is number 1 there, the other place number 2.
  private void joinNetwork(
      String place, String v4, String length, String v6, String routeV4, String routeV6) {
    Namespaces.ip(
        namespace(NODE),
        "link add " + place + " type veth peer name eth0 netns " + namespace(place),
        "addr add " + v4 + "1" + length + " dev " + place,
        "addr add " + v6 + "1/64 dev " + place + " nodad",
        "link set " + place + " up");
    Namespaces.ip(
        namespace(place),
        "addr add " + v4 + "2" + length + " dev eth0",
        "addr add " + v6 + "2/64 dev eth0 nodad",
        "link set eth0 up",
        "route add " + routeV4 + " via " + v4 + "1",
        "-6 route add " + routeV6 + " via " + v6 + "1");
  }

  /// The outside answers at the denied addresses too, so that only the policy keeps them away.
  private void routeDenied() {
    List<String> there = new ArrayList<>();
    List<String> routes = new ArrayList<>();
    for (IpAddress address : ReachCells.DENIED.values().stream().flatMap(List::stream).toList()) {
      String length = address.isV6() ? "/128" : "/32";
      IpAddress via = address.isV6() ? ReachCells.OUTSIDE_V6 : ReachCells.OUTSIDE_V4;
      there.add("addr add " + address + length + " dev lo" + (address.isV6() ? " nodad" : ""));
      routes.add("route add " + address + length + " via " + via);
    }
    Namespaces.ip(namespace(OUTSIDE), there.toArray(String[]::new));
    Namespaces.ip(namespace(NODE), routes.toArray(String[]::new));
  }

  private void joinZone(String zone) {
    String link = "wg-" + zone;
    String gatewayV4 = inZone(zone, false, 1).toString();
    String gatewayV6 = inZone(zone, true, 1).toString();
    Namespaces.ip(
        namespace(NODE),
        "link add %s mtu %d type veth peer name wg0 mtu 1500 netns %s"
            .formatted(link, ZONE_MTU, namespace(zone)),
        "addr add " + gatewayV4 + "/16 dev " + link,
        "addr add " + gatewayV6 + "/64 dev " + link + " nodad",
        "link set " + link + " up");
    String oneV4 = inZone(zone, false, 10).toString();
    String twoV4 = inZone(zone, false, 11).toString();
    String oneV6 = inZone(zone, true, 10).toString();
    String twoV6 = inZone(zone, true, 11).toString();
    Namespaces.ip(
        namespace(zone),
        "addr add " + oneV4 + "/16 dev wg0",
        "addr add " + twoV4 + "/16 dev wg0",
        "addr add " + oneV6 + "/64 dev wg0 nodad",
        "addr add " + twoV6 + "/64 dev wg0 nodad",
        "link set wg0 up",
        "route add default via " + gatewayV4,
        "-6 route add default via " + gatewayV6,
        "route add default via " + gatewayV4 + " table 100",
        "-6 route add default via " + gatewayV6 + " dev wg0 table 100",
        // What one client sends to the other leaves, although both addresses are local.
        "rule add pref 10 iif lo from " + oneV4 + " to " + twoV4 + " lookup 100",
        "rule add pref 10 iif lo from " + twoV4 + " to " + oneV4 + " lookup 100",
        "rule add pref 20 lookup local",
        "rule del pref 0",
        "-6 rule add pref 10 iif lo from " + oneV6 + " to " + twoV6 + " lookup 100",
        "-6 rule add pref 10 iif lo from " + twoV6 + " to " + oneV6 + " lookup 100",
        "-6 rule add pref 20 lookup local",
        "-6 rule del pref 0");
    // And is taken in, although it comes from a local address.
    Namespaces.sysctl(
        namespace(zone),
        "net.ipv4.conf.all.rp_filter=0",
        "net.ipv4.conf.wg0.rp_filter=0",
        "net.ipv4.conf.wg0.accept_local=1");
  }

  private void startAgents() throws IOException {
    Map<String, CompletableFuture<AgentProcess>> starting = new LinkedHashMap<>();
    for (String place : places.keySet()) {
      List<String> prefix = Namespaces.inside(namespace(place));
      starting.put(place, AgentProcess.start(prefix, SERVICE, SSH, DNS, API));
    }
    starting.forEach((place, agent) -> agents.put(place, agent.join()));
  }

  String namespace(String place) {
    String namespace = places.get(place);
    if (namespace == null) {
      throw new IllegalArgumentException(place);
    }
    return namespace;
  }

  AgentProcess agent(String place) {
    AgentProcess agent = agents.get(place);
    if (agent == null) {
      throw new IllegalArgumentException(place);
    }
    return agent;
  }

  /// `nft` inside the gateway.
  Nft nft() {
    return Nft.onPath().behind(Namespaces.inside(namespace(NODE)));
  }

  @Override
  public void close() {
    agents.values().forEach(AgentProcess::close);
    joiner.close();
    namespaces.close();
  }
}
