package io.wiregate.control.policy;

import static io.wiregate.control.policy.NftJson.accept;
import static io.wiregate.control.policy.NftJson.addressIn;
import static io.wiregate.control.policy.NftJson.addressNotIn;
import static io.wiregate.control.policy.NftJson.clampSegments;
import static io.wiregate.control.policy.NftJson.counter;
import static io.wiregate.control.policy.NftJson.ct;
import static io.wiregate.control.policy.NftJson.drop;
import static io.wiregate.control.policy.NftJson.goTo;
import static io.wiregate.control.policy.NftJson.hosts;
import static io.wiregate.control.policy.NftJson.in;
import static io.wiregate.control.policy.NftJson.is;
import static io.wiregate.control.policy.NftJson.masquerade;
import static io.wiregate.control.policy.NftJson.meta;
import static io.wiregate.control.policy.NftJson.notIn;
import static io.wiregate.control.policy.NftJson.payload;
import static io.wiregate.control.policy.NftJson.portSet;
import static io.wiregate.control.policy.NftJson.prohibited;
import static io.wiregate.control.policy.NftJson.stringSet;
import static io.wiregate.control.policy.NftJson.tcpFlags;
import static io.wiregate.control.policy.NftJson.tcpFlagsNot;
import static io.wiregate.control.policy.NftJson.tcpReset;
import static io.wiregate.control.policy.NftJson.verdictMap;

import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Compiles a policy to one nftables document that puts the table `inet wiregate` in the place of
/// its predecessor, in one transaction.
///
/// What the rules rest on:
///
/// - They name interfaces, so they can stand before the interfaces exist. What touches no zone's
///   interface leaves at the first rule.
/// - A flow's *replies* pass by connection tracking; packets in its first direction are judged
///   every time. So a policy that takes something away ends what is under way.
/// - A refused packet is answered (TCP reset, ICMP "administratively prohibited"), except segments
///   from the middle of a connection that this node has not seen: another node may have served it
///   until now, and a reset would end what the client's next segment repairs.
/// - Within a zone's chain the most specific destination decides, see [DestinationRules].
final class NftablesCompiler {
  static final String FAMILY = "inet";
  static final String TABLE = "wiregate";

  private static final int FILTER_PRIORITY = 0;
  private static final int SOURCE_NAT_PRIORITY = 100;
  private static final String REFUSE = "refuse";
  private static final List<String> SYN_FLAGS = List.of("syn", "rst");
  private static final List<String> OPENING_FLAGS = List.of("fin", "syn", "rst", "ack");
  private static final int DNS = 53;
  private static final int DNS_OVER_TLS = 853;

  private final GatewayPolicy policy;
  private final List<ObjectNode> chains = new ArrayList<>();
  private final List<ObjectNode> rules = new ArrayList<>();
  private final Set<String> counters = new LinkedHashSet<>();

  private NftablesCompiler(GatewayPolicy policy) {
    this.policy = policy;
  }

  /// The document for `nft -j -f -`.
  static ObjectNode compile(GatewayPolicy policy) {
    return new NftablesCompiler(policy).document();
  }

  private ObjectNode document() {
    chain(REFUSE);
    for (ZonePolicy zone : policy.zones()) {
      chain(gatewayChain(zone));
      chain(forwardChain(zone));
      chain(forwardV6Chain(zone));
    }
    baseChain("input", "filter", "input", FILTER_PRIORITY);
    baseChain("forward", "filter", "forward", FILTER_PRIORITY);
    baseChain("output", "filter", "output", FILTER_PRIORITY);
    baseChain("postrouting", "nat", "postrouting", SOURCE_NAT_PRIORITY);
    refuse();
    input();
    forward();
    output();
    postrouting();
    for (ZonePolicy zone : policy.zones()) {
      gateway(zone);
      forward(zone);
    }

    List<ObjectNode> commands = new ArrayList<>();
    commands.add(command("add", "table", table()));
    commands.add(command("delete", "table", table()));
    commands.add(command("add", "table", table()));
    for (String counter : counters) {
      commands.add(command("add", "counter", inTable().put("name", counter)));
    }
    commands.addAll(chains);
    commands.addAll(rules);
    return NftJson.object("nftables", NftJson.array(commands));
  }

  /// The document that takes the table away, present or not.
  static ObjectNode removal() {
    return NftJson.object(
        "nftables",
        NftJson.array(
            List.of(command("add", "table", table()), command("delete", "table", table()))));
  }

  private void refuse() {
    rule(REFUSE, is(ct("state"), "new"), tcpFlagsNot(OPENING_FLAGS, "syn"), drop());
    rule(REFUSE, is(meta("l4proto"), "tcp"), tcpReset());
    rule(REFUSE, prohibited());
  }

  /// To the node itself.
  private void input() {
    Map<String, ObjectNode> byInterface = new LinkedHashMap<>();
    byInterface.put("lo", accept());
    for (ZonePolicy zone : policy.zones()) {
      byInterface.put(zone.interfaceName(), goTo(gatewayChain(zone)));
    }
    rule("input", verdictMap(meta("iifname"), byInterface));
    replies("input");
    // A neighbour that routes a zone's network to this node must not find the API there.
    toAddresses(
        "input",
        policy.gatewayAddresses(),
        counted(RuleNames.OUTSIDE_GATEWAY_ADDRESS),
        goTo(REFUSE));
  }

  private void gateway(ZonePolicy zone) {
    String chain = gatewayChain(zone);
    rule(chain, is(payload("icmp", "type"), "redirect"), drop());
    rule(chain, is(payload("icmpv6", "type"), "nd-redirect"), drop());
    rule(
        chain,
        in(
            payload("icmpv6", "type"),
            stringSet(List.of("nd-neighbor-solicit", "nd-neighbor-advert"))),
        accept());
    replies(chain);
    invalid(chain);
    spoofed(chain, zone);
    resolvers(chain, zone);
    toAddresses(
        chain,
        policy.zones().stream()
            .filter(other -> !other.equals(zone))
            .flatMap(other -> other.gatewayAddresses().stream())
            .toList(),
        counted(RuleNames.otherGatewayAddress(zone)),
        goTo(REFUSE));
    JsonNode echo = counted(RuleNames.echo(zone));
    rule(chain, is(payload("icmp", "type"), "echo-request"), echo, accept());
    rule(chain, is(payload("icmpv6", "type"), "echo-request"), echo, accept());
    if (zone.dnsService()) {
      for (List<IpPrefix> own : families(hosts(zone.gatewayAddresses()))) {
        rule(
            chain,
            addressIn("daddr", own),
            udpOrTcp(),
            in(payload("th", "dport"), portSet(DNS)),
            counted(RuleNames.dns(zone)),
            accept());
      }
    }
    if (zone.adminApi() && !policy.adminApiPorts().isEmpty()) {
      int[] ports = policy.adminApiPorts().stream().mapToInt(Integer::intValue).toArray();
      rule(
          chain,
          in(payload("tcp", "dport"), portSet(ports)),
          counted(RuleNames.api(zone)),
          accept());
    }
    rule(chain, counted(RuleNames.gateway(zone)), goTo(REFUSE));
  }

  /// Through the node.
  private void forward() {
    JsonNode zones = stringSet(policy.interfaceNames());
    if (policy.zones().isEmpty()) {
      return;
    }
    rule("forward", notIn(meta("iifname"), zones), notIn(meta("oifname"), zones), accept());
    rule("forward", tcpFlags(SYN_FLAGS, "syn"), clampSegments());
    replies("forward");
    invalid("forward");
    Map<String, ObjectNode> byInterface = new LinkedHashMap<>();
    for (ZonePolicy zone : policy.zones()) {
      byInterface.put(zone.interfaceName(), goTo(forwardChain(zone)));
    }
    rule("forward", verdictMap(meta("iifname"), byInterface));
    rule("forward", counted(RuleNames.OUTSIDE_INTO_ZONE), goTo(REFUSE));
  }

  private void forward(ZonePolicy zone) {
    spoofed(forwardChain(zone), zone);
    resolvers(forwardChain(zone), zone);
    rule(forwardChain(zone), is(meta("nfproto"), "ipv6"), goTo(forwardV6Chain(zone)));
    byDestination(forwardChain(zone), zone, false);
    byDestination(forwardV6Chain(zone), zone, true);
  }

  private void byDestination(String chain, ZonePolicy zone, boolean v6) {
    JsonNode zones = stringSet(policy.interfaceNames());
    JsonNode misrouted = counted(RuleNames.misrouted(zone));
    for (DestinationRules.Decision decision : DestinationRules.of(policy, zone)) {
      if (decision.isV6() != v6) {
        continue;
      }
      ObjectNode destination = addressIn("daddr", decision.prefixes());
      JsonNode counter = counted(decision.rule());
      if (!decision.allowed()) {
        rule(chain, destination, counter, goTo(REFUSE));
        continue;
      }
      ZonePolicy owner = decision.owner();
      JsonNode leaves =
          owner == null
              ? notIn(meta("oifname"), zones)
              : is(meta("oifname"), owner.interfaceName());
      rule(chain, destination, leaves, counter, accept());
      rule(chain, destination, misrouted, goTo(REFUSE));
    }
    rule(chain, in(meta("oifname"), zones), misrouted, goTo(REFUSE));
    List<IpPrefix> networks = policy.privateNetworks().stream().filter(family(v6)).toList();
    if (!networks.isEmpty()) {
      rule(
          chain,
          addressIn("daddr", networks),
          counted(RuleNames.privateNetworks(zone)),
          zone.privateReach().everything() ? accept() : goTo(REFUSE));
    }
    rule(chain, counted(RuleNames.internet(zone)), zone.internet() ? accept() : goTo(REFUSE));
  }

  /// From the node: everything, but no redirects. A hairpin through one interface looks to the
  /// kernel like a detour to tell the sender about. `send_redirects=0` does not stop that while
  /// `all` has 1, and IPv6 has no such switch.
  private void output() {
    if (policy.zones().isEmpty()) {
      return;
    }
    JsonNode zones = stringSet(policy.interfaceNames());
    rule("output", in(meta("oifname"), zones), is(payload("icmp", "type"), "redirect"), drop());
    rule(
        "output", in(meta("oifname"), zones), is(payload("icmpv6", "type"), "nd-redirect"), drop());
  }

  /// Addresses to which the outside has no route leave as the gateway's own.
  private void postrouting() {
    List<IpPrefix> sources = new ArrayList<>();
    List<String> inside = new ArrayList<>(policy.interfaceNames());
    inside.add("lo");
    for (ZonePolicy zone : policy.zones()) {
      if (zone.masquerade()) {
        zone.prefixes().stream().filter(this::isPrivate).forEach(sources::add);
      }
    }
    for (List<IpPrefix> family : families(sources)) {
      rule(
          "postrouting",
          addressIn("saddr", family),
          notIn(meta("oifname"), stringSet(inside)),
          masquerade());
    }
  }

  private boolean isPrivate(IpPrefix prefix) {
    return policy.privateNetworks().stream().anyMatch(network -> network.contains(prefix));
  }

  private void replies(String chain) {
    rule(chain, is(ct("state"), "related"), accept());
    rule(chain, is(ct("state"), "established"), is(ct("direction"), "reply"), accept());
  }

  private void invalid(String chain) {
    rule(chain, is(ct("state"), "invalid"), counted(RuleNames.INVALID), drop());
  }

  /// WireGuard has checked the source against the peer's allowed-ips; this holds the zones apart if
  /// a peer was given too much. There is nobody to answer.
  private void spoofed(String chain, ZonePolicy zone) {
    JsonNode counter = counted(RuleNames.spoofed(zone));
    for (boolean v6 : new boolean[] {false, true}) {
      List<IpPrefix> own = zone.prefixes().stream().filter(family(v6)).toList();
      JsonNode foreign =
          own.isEmpty() ? is(meta("nfproto"), v6 ? "ipv6" : "ipv4") : addressNotIn("saddr", own);
      rule(chain, foreign, counter, drop());
    }
  }

  private void resolvers(String chain, ZonePolicy zone) {
    for (List<IpPrefix> family : families(hosts(zone.resolvers()))) {
      rule(
          chain,
          addressIn("daddr", family),
          udpOrTcp(),
          in(payload("th", "dport"), portSet(DNS, DNS_OVER_TLS)),
          counted(RuleNames.resolvers(zone)),
          accept());
    }
  }

  private void toAddresses(
      String chain, List<IpAddress> addresses, JsonNode counter, JsonNode verdict) {
    for (List<IpPrefix> family : families(hosts(addresses))) {
      rule(chain, addressIn("daddr", family), counter, verdict);
    }
  }

  private static ObjectNode udpOrTcp() {
    return in(meta("l4proto"), stringSet(List.of("tcp", "udp")));
  }

  private static List<List<IpPrefix>> families(List<IpPrefix> prefixes) {
    return List.of(
            prefixes.stream().filter(family(false)).toList(),
            prefixes.stream().filter(family(true)).toList())
        .stream()
        .filter(family -> !family.isEmpty())
        .toList();
  }

  private static Predicate<IpPrefix> family(boolean v6) {
    return prefix -> prefix.isV6() == v6;
  }

  private static String gatewayChain(ZonePolicy zone) {
    return "gateway." + zone.name();
  }

  private static String forwardChain(ZonePolicy zone) {
    return "forward." + zone.name();
  }

  private static String forwardV6Chain(ZonePolicy zone) {
    return forwardChain(zone) + ".ip6";
  }

  private JsonNode counted(String name) {
    counters.add(name);
    return counter(name);
  }

  private void chain(String name) {
    chains.add(command("add", "chain", inTable().put("name", name)));
  }

  private void baseChain(String name, String type, String hook, int priority) {
    ObjectNode chain =
        inTable()
            .put("name", name)
            .put("type", type)
            .put("hook", hook)
            .put("prio", priority)
            .put("policy", "accept");
    chains.add(command("add", "chain", chain));
  }

  private void rule(String chain, JsonNode... statements) {
    ObjectNode rule = inTable().put("chain", chain);
    rule.set("expr", NftJson.array(List.of(statements)));
    rules.add(command("add", "rule", rule));
  }

  private static ObjectNode table() {
    return JsonNodeFactory.instance.objectNode().put("family", FAMILY).put("name", TABLE);
  }

  private static ObjectNode inTable() {
    return JsonNodeFactory.instance.objectNode().put("family", FAMILY).put("table", TABLE);
  }

  private static ObjectNode command(String verb, String kind, ObjectNode value) {
    return NftJson.object(verb, NftJson.object(kind, value));
  }
}
