package io.wiregate.control.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wiregate.os.net.IpPrefix;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

final class NftablesCompilerTest {
  /// Every feature at once, networks that lie within each other included.
  private static GatewayPolicy rich() {
    GatewayPolicy policy = ReachCells.policy();
    ZonePolicy members = policy.zone("members").orElseThrow();
    ZonePolicy main = policy.zone("main").orElseThrow();
    return policy
        .with(
            members
                .withDnsService(true)
                .withResolvers(ReachCells.addresses("1.1.1.1", "10.92.0.53", "2606:4700::1111"))
                .withPrivateReach(
                    new PrivateReach(
                        true,
                        List.of(
                            IpPrefix.parse("10.0.0.0/8"),
                            IpPrefix.parse("10.244.3.0/24"),
                            IpPrefix.parse("10.0.0.0/16"),
                            IpPrefix.parse("fd00::/8")))))
        .with(
            main.withSites(List.of(IpPrefix.parse("10.90.7.0/24"), IpPrefix.parse("10.0.0.0/9"))));
  }

  @Test
  void anyPolicy_itsDocument_replacesTheTableAndTouchesNoOther() {
    JsonNode commands = NftablesCompiler.compile(rich()).path("nftables");

    assertThat(commands.get(0).has("add")).isTrue();
    assertThat(commands.get(1).has("delete")).isTrue();
    assertThat(commands.get(2).has("add")).isTrue();
    Set<String> tables = new TreeSet<>();
    for (JsonNode command : commands) {
      for (JsonNode verb : command) {
        verb.properties()
            .forEach(entry ->
                tables.add(
                    entry
                        .getValue()
                        .path(entry.getKey().equals("table") ? "name" : "table")
                        .asString()));
      }
    }
    assertThat(tables).containsExactly("wiregate");
  }

  @Test
  void samePolicy_compiledTwice_isTheSameText() {
    assertThat(NftablesCompiler.compile(rich()))
        .hasToString(NftablesCompiler.compile(rich()).toString());
  }

  @Test
  @Tag("root")
  void policies_areAcceptedByNft() {
    try (Namespaces namespaces = new Namespaces()) {
      Nft nft = Nft.onPath().behind(Namespaces.inside(namespaces.add("gw")));
      ZonePolicy v4Only =
          ZonePolicy.closed("a", "wg.a_b-c", List.of(IpPrefix.parse("100.64.9.0/24")));
      for (GatewayPolicy policy :
          List.of(
              ReachCells.policy(),
              rich(),
              GatewayPolicy.of(List.of(v4Only), Set.of()),
              GatewayPolicy.of(List.of(), Set.of(8080)))) {
        assertThatCode(() -> FirewallTable.check(nft, policy)).doesNotThrowAnyException();
      }
      assertThat(nft.list("tables").toString()).doesNotContain("wiregate");
    }
  }

  @Test
  @Tag("root")
  void documentThatNftRefuses_leavesThePolicyInForce() {
    try (Namespaces namespaces = new Namespaces()) {
      Nft nft = Nft.onPath().behind(Namespaces.inside(namespaces.add("gw")));
      try (FirewallTable table = FirewallTable.install(nft, ReachCells.policy())) {
        JsonNode broken =
            NftJson.object(
                "nftables",
                NftJson.array(
                    List.of(
                        NftablesCompiler.removal().path("nftables").get(1),
                        NftJson.object("add", NftJson.object("rule", "nonsense")))));

        assertThatThrownBy(() -> nft.apply(broken)).isInstanceOf(FirewallException.class);

        assertThat(table.stands()).isTrue();
      }
    }
  }
}
