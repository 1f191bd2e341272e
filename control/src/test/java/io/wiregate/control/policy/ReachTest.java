package io.wiregate.control.policy;

import static io.wiregate.control.policy.Protocol.ECHO;
import static io.wiregate.control.policy.Protocol.TCP;
import static io.wiregate.control.policy.Protocol.UDP;
import static io.wiregate.control.policy.ReachCells.DNS;
import static io.wiregate.control.policy.ReachCells.NODE;
import static io.wiregate.control.policy.ReachCells.OUTSIDE;
import static io.wiregate.control.policy.ReachCells.OUTSIDE_V4;
import static io.wiregate.control.policy.ReachCells.OUTSIDE_V6;
import static io.wiregate.control.policy.ReachCells.PRIVATE_V4;
import static io.wiregate.control.policy.ReachCells.PRIVATE_V6;
import static io.wiregate.control.policy.ReachCells.SERVICE;
import static io.wiregate.control.policy.ReachCells.SSH;
import static io.wiregate.control.policy.ReachCells.client;
import static io.wiregate.control.policy.ReachCells.gateway;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.control.policy.AgentProcess.Result;
import io.wiregate.control.policy.ReachCells.Cell;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Packets between namespaces prove the table of who reaches what.
@Tag("root")
final class ReachTest {
  private static final IpAddress MEMBER = client("members", false);
  private static final IpAddress MEMBER_V6 = client("members", true);
  private static final Set<String> NOT_COUNTED = Set.of(RuleNames.NODE, RuleNames.NOT_OURS);
  private static final FirewallTable.RuleCount NEVER = new FirewallTable.RuleCount(0, 0);
  private static GatewayLab lab;

  private FirewallTable table;

  @BeforeAll
  static void build() throws IOException {
    lab = GatewayLab.build();
    lab.agent(NODE).tell("forwarding on").join();
    for (String zone : ReachCells.ZONES) {
      lab.agent(NODE).tell("forwarding up wg-" + zone).join();
    }
  }

  @AfterAll
  static void tearDown() {
    if (lab != null) {
      lab.close();
    }
  }

  @BeforeEach
  void install() {
    table = FirewallTable.install(lab.nft(), ReachCells.policy());
  }

  @AfterEach
  void close() {
    table.close();
  }

  @Test
  void everyCell_packetsExplanationAndCounters_areAsTheTableSays() {
    List<Cell> cells = ReachCells.all();
    Map<Cell, CompletableFuture<Result>> attempts = new LinkedHashMap<>();
    for (Cell cell : cells) {
      attempts.put(
          cell,
          lab.agent(cell.from())
              .attempt(cell.source(), cell.destination(), cell.protocol(), cell.port()));
    }
    List<String> wrong =
        attempts.entrySet().stream()
            .filter(entry -> !asExpected(entry.getKey(), entry.getValue().join()))
            .map(entry -> entry.getKey() + " but " + entry.getValue().join())
            .toList();
    assertThat(wrong).isEmpty();

    PolicyExplanation explanation =
        new PolicyExplanation(ReachCells.policy(), ReachCells.nodeAddresses());
    assertThat(cells).allMatch(cell -> isExplained(cell, explanation));

    Map<String, FirewallTable.RuleCount> counts = table.counts();
    Map<String, Long> flows =
        cells.stream()
            .filter(cell -> !NOT_COUNTED.contains(cell.rule()))
            .collect(Collectors.groupingBy(Cell::rule, Collectors.counting()));
    assertThat(flows)
        .allSatisfy((rule, expected) ->
            assertThat(counts.getOrDefault(rule, NEVER).packets())
                .as(rule)
                .isGreaterThanOrEqualTo(expected));
  }

  /// A refusal must be told, not found out by waiting.
  private static boolean asExpected(Cell cell, Result result) {
    return cell.allowed() ? result.allowed() : result.denied();
  }

  private static boolean isExplained(Cell cell, PolicyExplanation explanation) {
    Explanation said =
        explanation.explain(cell.source(), cell.destination(), cell.protocol(), cell.port());
    return said.allowed() == cell.allowed() && said.rule().equals(cell.rule());
  }

  private long count(String rule) {
    FirewallTable.RuleCount count = table.counts().get(rule);
    return count == null ? -1 : count.packets();
  }

  @Test
  void member_outside_isSeenWithTheGatewaysAddress() {
    assertThat(attempt("members", MEMBER, OUTSIDE_V4, TCP, SERVICE).detail())
        .isEqualTo("198.51.100.1");
    assertThat(seen(attempt("members", MEMBER_V6, OUTSIDE_V6, UDP, SERVICE)))
        .isEqualTo(ReachCells.NODE_OUTSIDE_V6);
  }

  @Test
  void admin_inPrivateNetworkAndOtherZone_isHiddenOnlyInTheFormer() {
    IpAddress admin = client("admins", false);
    assertThat(seen(attempt("admins", admin, PRIVATE_V4, TCP, SERVICE)))
        .isEqualTo(ReachCells.NODE_PRIVATE_V4);
    assertThat(seen(attempt("admins", admin, MEMBER, TCP, SERVICE))).isEqualTo(admin);
  }

  @Test
  void zoneWithoutMasquerade_outside_isSeenWithItsOwnAddress() {
    table.replace(edit("members", members().withMasquerade(false)));

    assertThat(seen(attempt("members", MEMBER, OUTSIDE_V4, TCP, SERVICE))).isEqualTo(MEMBER);
    assertThat(seen(attempt("members", MEMBER_V6, OUTSIDE_V6, TCP, SERVICE))).isEqualTo(MEMBER_V6);
  }

  @Test
  void declaredExceptions_areOpen_andNothingBesideThem() {
    table.replace(
        ReachCells.policy()
            .with(
                members()
                    .withDnsService(true)
                    .withPrivateReach(
                        PrivateReach.only(
                            IpPrefix.parse("172.20.0.2/32"),
                            IpPrefix.parse("10.244.0.5/32"),
                            IpPrefix.parse("fdbb:20::/64"),
                            IpPrefix.parse("169.254.0.0/16"))))
            .with(
                zone("lan")
                    .withResolvers(List.of(OUTSIDE_V4, OUTSIDE_V6, ReachCells.NODE_PRIVATE_V4)))
            .with(zone("main").withMayStartTo("lan")));
    IpAddress lan = client("lan", false);

    assertAllowed("members", MEMBER, gateway("members", false), UDP, DNS);
    assertAllowed("members", MEMBER, gateway("members", false), TCP, DNS);
    assertDenied("members", MEMBER, gateway("members", false), TCP, SSH);
    assertDenied("members", MEMBER, gateway("admins", false), UDP, DNS);
    assertDenied("members", MEMBER, ReachCells.NODE_OUTSIDE_V4, UDP, DNS);
    assertAllowed("members", MEMBER, PRIVATE_V4, TCP, SERVICE);
    assertAllowed("members", MEMBER_V6, PRIVATE_V6, TCP, SERVICE);
    assertAllowed("members", MEMBER, IpAddress.parse("10.244.0.5"), TCP, SERVICE);
    assertAllowed("members", MEMBER, IpAddress.parse("169.254.7.7"), TCP, SERVICE);
    assertDenied("members", MEMBER, IpAddress.parse("169.254.169.254"), TCP, SERVICE);
    assertDenied("members", MEMBER, IpAddress.parse("100.64.0.5"), TCP, SERVICE);
    assertAllowed("lan", lan, OUTSIDE_V4, UDP, DNS);
    assertAllowed("lan", lan, ReachCells.NODE_PRIVATE_V4, UDP, DNS);
    assertAllowed("lan", client("lan", true), OUTSIDE_V6, TCP, DNS);
    assertDenied("lan", lan, OUTSIDE_V4, UDP, SERVICE);
    assertAllowed("main", client("main", false), lan, TCP, SERVICE);
    assertDenied("lan", lan, client("main", false), TCP, SERVICE);
  }

  @Test
  void sourceOfAnotherZone_isDroppedSilently() {
    Namespaces.ip(
        lab.namespace("guests"),
        "addr add " + client("admins", false) + "/32 dev wg0 noprefixroute");
    try {
      IpAddress stolen = client("admins", false);
      assertThat(attempt("guests", stolen, OUTSIDE_V4, ECHO, 0).fate()).isEqualTo("LOST");
      assertThat(count("guests.spoofed")).isPositive();
    } finally {
      Namespaces.ip(lab.namespace("guests"), "addr del " + client("admins", false) + "/32 dev wg0");
    }
  }

  @Test
  void connection_afterItsGrantIsTaken_ends() {
    String kept = lab.agent("admins").open(client("admins", false), OUTSIDE_V4, SERVICE);
    String taken = lab.agent("members").open(MEMBER, OUTSIDE_V4, SERVICE);

    table.replace(edit("members", members().withInternet(false)));

    assertThat(lab.agent("members").say(taken).fate()).isEqualTo("REFUSED");
    assertThat(lab.agent("admins").say(kept).allowed()).isTrue();
    assertDenied("members", MEMBER, OUTSIDE_V4, TCP, SERVICE);
  }

  @Test
  void segments_throughAZone_fitItsMtu() {
    String v4 = lab.agent("members").open(MEMBER, OUTSIDE_V4, SERVICE);
    String v6 = lab.agent("members").open(MEMBER_V6, OUTSIDE_V6, SERVICE);

    for (String place : List.of(OUTSIDE, "members")) {
      String sockets =
          Namespaces.exec(lab.namespace(place), "ss", "-tinOH", "sport = 7 or dport = 7");
      List<Integer> sizes =
          Pattern.compile(" mss:([0-9]+)")
              .matcher(sockets)
              .results()
              .map((MatchResult match) -> Integer.valueOf(match.group(1)))
              .toList();
      // Without the TCP header's options; 12 bytes of timestamps are in the rest.
      assertThat(sizes)
          .as(sockets)
          .hasSizeGreaterThanOrEqualTo(2)
          .allMatch(size -> size <= GatewayLab.ZONE_MTU - 40 - 12)
          .contains(GatewayLab.ZONE_MTU - 60 - 12);
    }
    assertThat(lab.agent("members").say(v4).allowed()).isTrue();
    assertThat(lab.agent("members").say(v6).allowed()).isTrue();
  }

  @Test
  void hairpin_sendsNoRedirects() {
    String place = lab.namespace("members");
    Namespaces.exec(
        place,
        "nft",
        "add table inet watch; add chain inet watch in { type filter hook input priority 0; };"
            + "add rule inet watch in icmp type redirect counter;"
            + "add rule inet watch in icmpv6 type nd-redirect counter");
    for (int i = 0; i < 5; i++) {
      assertAllowed("members", MEMBER, ReachCells.inZone("members", false, 11), UDP, SERVICE);
      assertAllowed("members", MEMBER_V6, ReachCells.inZone("members", true, 11), UDP, SERVICE);
    }

    String seen = Namespaces.exec(place, "nft", "list", "table", "inet", "watch");

    Namespaces.exec(place, "nft", "delete", "table", "inet", "watch");
    assertThat(seen).contains("counter packets 0").doesNotContainPattern("packets [1-9]");
  }

  @Test
  void table_beforeCloseAndAfter_standsAndIsGone() {
    assertThat(table.stands()).isTrue();

    FirewallTable second = FirewallTable.install(lab.nft(), ReachCells.policy());
    second.close();

    assertThat(second.stands()).isFalse();
    assertThat(lab.nft().list("ruleset").toString()).doesNotContain("wiregate");
  }

  @Test
  void counts_overAReplacement_goOn() {
    assertAllowed("members", MEMBER, OUTSIDE_V4, TCP, SERVICE);
    long before = count("members.internet");

    table.replace(ReachCells.policy());

    assertThat(before).isPositive();
    assertThat(count("members.internet")).isGreaterThanOrEqualTo(before);
  }

  private static GatewayPolicy edit(String name, ZonePolicy zone) {
    assertThat(zone.name()).isEqualTo(name);
    return ReachCells.policy().with(zone);
  }

  private static ZonePolicy zone(String name) {
    return ReachCells.policy().zone(name).orElseThrow();
  }

  private static ZonePolicy members() {
    return zone("members");
  }

  private static Result attempt(
      String place, IpAddress source, IpAddress destination, Protocol protocol, int port) {
    return lab.agent(place).attempt(source, destination, protocol, port).join();
  }

  private static void assertAllowed(
      String place, IpAddress source, IpAddress destination, Protocol protocol, int port) {
    Result result = attempt(place, source, destination, protocol, port);
    assertThat(result.allowed()).as("%s to %s %s: %s", source, destination, port, result).isTrue();
  }

  private static void assertDenied(
      String place, IpAddress source, IpAddress destination, Protocol protocol, int port) {
    Result result = attempt(place, source, destination, protocol, port);
    assertThat(result.denied()).as("%s to %s %s: %s", source, destination, port, result).isTrue();
  }

  private static IpAddress seen(Result result) {
    assertThat(result.fate()).isEqualTo("ALLOWED");
    return IpAddress.parse(result.detail());
  }
}
