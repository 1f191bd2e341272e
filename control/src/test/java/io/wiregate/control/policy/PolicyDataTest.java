package io.wiregate.control.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wiregate.os.net.IpPrefix;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class PolicyDataTest {
  private static final ZonePolicy ONE = zone("one", "wg-one", "10.1.0.0/16");
  private static final ZonePolicy TWO = zone("two", "wg-two", "10.2.0.0/16");

  private static ZonePolicy zone(String name, String interfaceName, String... networks) {
    return ZonePolicy.closed(
        name, interfaceName, List.of(networks).stream().map(IpPrefix::parse).toList());
  }

  private static GatewayPolicy gateway(ZonePolicy... zones) {
    return GatewayPolicy.of(List.of(zones), Set.of(8080));
  }

  @Test
  void closedZone_gateway_hasTheFirstAddressOfEachNetwork() {
    assertThat(zone("one", "wg0", "10.1.0.0/16", "fd00:1::/64").gatewayAddresses())
        .hasToString("[10.1.0.1, fd00:1::1]");
  }

  @Test
  void defaultZones_have10_90AndSixtyFourOfTheInstallation() {
    GatewayPolicy policy = ReachCells.policy();

    assertThat(policy.zone("members").orElseThrow().networks())
        .hasToString("[10.92.0.0/16, fd5e:ed00:a11c:2::/64]");
    assertThat(policy.interfaceNames())
        .containsExactly("wg-main", "wg-admins", "wg-members", "wg-lan", "wg-guests");
    assertThat(policy.zone("admins").orElseThrow().mayStartTo())
        .containsExactlyInAnyOrder("main", "members", "lan", "guests");
  }

  @Test
  void networksThatOverlap_areRefused() {
    assertThatThrownBy(() -> gateway(ONE, zone("two", "wg-two", "10.1.5.0/24")))
        .hasMessage(
            "the networks 10.1.0.0/16 of the zone 'one' and 10.1.5.0/24 of the zone 'two' overlap;"
                + " a packet must belong to one zone");
    assertThatThrownBy(() -> gateway(ONE, TWO.withSites(ONE.networks())))
        .hasMessageContaining("overlap");
  }

  @Test
  void siteInsideAnothersNetwork_belongsToTheSite() {
    GatewayPolicy policy = gateway(ONE, TWO.withSites(List.of(IpPrefix.parse("10.1.5.0/24"))));

    assertThat(policy.zoneOf(ReachCells.addresses("10.1.5.1").getFirst()).orElseThrow().name())
        .isEqualTo("two");
  }

  @Test
  void namesThatCannotBeRules_areRefused() {
    assertThatThrownBy(() -> zone("One", "wg0", "10.0.0.0/8")).hasMessageContaining("'One'");
    assertThatThrownBy(() -> zone("outside", "wg0", "10.0.0.0/8")).hasMessageContaining("outside");
    assertThatThrownBy(() -> zone("one", "wg*", "10.0.0.0/8")).hasMessageContaining("wg*");
    assertThatThrownBy(() -> zone("one", "../..", "10.0.0.0/8")).hasMessageContaining("../..");
    assertThatThrownBy(() -> zone("one", "a-name-too-long-0", "10.0.0.0/8"))
        .hasMessageContaining("1 to 15");
  }

  @Test
  void zonesThatDoNotFit_areRefused() {
    assertThatThrownBy(() -> gateway(ONE, ONE)).hasMessage("there are two zones 'one'");
    assertThatThrownBy(() -> gateway(ONE, zone("two", "wg-one", "10.2.0.0/16")))
        .hasMessageContaining("wg-one");
    assertThatThrownBy(() -> gateway(ONE.withMayStartTo("three")))
        .hasMessage(
            "the zone 'one' may reach the zone 'three', which is no other zone; the zones are one");
    assertThatThrownBy(() -> ONE.withSites(List.of(IpPrefix.parse("0.0.0.0/0"))))
        .hasMessageContaining("every address");
    assertThatThrownBy(() -> zone("one", "wg-one")).hasMessageContaining("no network");
    assertThatThrownBy(() -> GatewayPolicy.of(List.of(), Set.of(0))).hasMessageContaining("65535");
  }

  @Test
  void deniedIpv4_isDeniedByWayOfNat64Too() {
    assertThat(DeniedNetworks.of("x", "169.254.0.0/16").withTranslations())
        .hasToString("[169.254.0.0/16, 64:ff9b::a9fe:0/112]");
  }
}
