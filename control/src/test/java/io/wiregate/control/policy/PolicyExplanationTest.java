package io.wiregate.control.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class PolicyExplanationTest {
  private static final GatewayPolicy POLICY = ReachCells.policy();

  private static Explanation explain(GatewayPolicy policy, String source, String destination) {
    return new PolicyExplanation(policy, ReachCells.nodeAddresses())
        .explain(IpAddress.parse(source), IpAddress.parse(destination), Protocol.TCP, 443);
  }

  @Test
  void everyCell_isAsTheTableSays() {
    PolicyExplanation explanation = new PolicyExplanation(POLICY, ReachCells.nodeAddresses());
    for (ReachCells.Cell cell : ReachCells.all()) {
      Explanation said =
          explanation.explain(cell.source(), cell.destination(), cell.protocol(), cell.port());
      assertThat(said.allowed()).as(cell.toString()).isEqualTo(cell.allowed());
      assertThat(said.rule()).as(cell.toString()).isEqualTo(cell.rule());
    }
  }

  @Test
  void reasons_areSentences() {
    assertThat(explain(POLICY, "10.92.0.10", "10.91.0.10").reason())
        .isEqualTo(
            "the zone 'members' may not start connections to 10.91.0.10 in the zone 'admins'");
    assertThat(explain(POLICY, "10.91.0.10", "169.254.169.254").reason())
        .isEqualTo(
            "the zone 'admins' may not start connections to 169.254.169.254, which is denied to all"
                + " zones (metadata)");
    assertThat(explain(POLICY, "10.94.0.10", "1.1.1.1").reason())
        .isEqualTo("the zone 'guests' may reach the internet");
  }

  @Test
  void namedNetwork_againstDenied_theMoreSpecificDecides() {
    GatewayPolicy wider = named("10.0.0.0/8");
    GatewayPolicy equal = named("10.244.0.0/16");
    GatewayPolicy narrower = named("10.244.9.0/24");

    assertThat(explain(wider, "10.92.0.10", "10.1.2.3").allowed()).isTrue();
    assertThat(explain(wider, "10.92.0.10", "10.244.9.1").allowed()).isFalse();
    assertThat(explain(wider, "10.92.0.10", "10.91.0.10").rule()).isEqualTo("members.to.admins");
    assertThat(explain(equal, "10.92.0.10", "10.244.9.1").allowed()).isTrue();
    assertThat(explain(narrower, "10.92.0.10", "10.244.9.1").allowed()).isTrue();
    assertThat(explain(narrower, "10.92.0.10", "10.244.8.1").allowed()).isFalse();
  }

  private static GatewayPolicy named(String prefix) {
    return POLICY.with(
        POLICY
            .zone("members")
            .orElseThrow()
            .withPrivateReach(PrivateReach.only(IpPrefix.parse(prefix))));
  }

  @Test
  void site_isReachedAsItsZone() {
    GatewayPolicy policy =
        POLICY.with(
            POLICY.zone("main").orElseThrow().withSites(List.of(IpPrefix.parse("192.168.7.0/24"))));

    assertThat(explain(policy, "10.91.0.10", "192.168.7.9").rule()).isEqualTo("admins.to.main");
    assertThat(explain(policy, "192.168.7.9", "10.90.0.10").rule()).isEqualTo("main.peers");
    assertThat(explain(policy, "198.51.100.2", "192.168.7.9").rule())
        .isEqualTo(RuleNames.OUTSIDE_INTO_ZONE);
  }

  @Test
  void twoFamilies_areRefused() {
    assertThatThrownBy(() -> explain(POLICY, "10.92.0.10", "fd00::1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("family");
  }

  /// Whatever is asked, only admins reach another zone, and nobody a denied network.
  @Property(tries = 2000)
  void anyDestination_outsideOnesOwnZone_isForAdminsOnly(
      @ForAll @IntRange(min = 0, max = 4) int zone, @ForAll int destination) {
    String name = DefaultZones.NAMES.get(zone);
    IpAddress to = IpAddress.v4(destination);
    Explanation said =
        new PolicyExplanation(POLICY, List.of())
            .explain(ReachCells.client(name, false), to, Protocol.TCP, 443);
    boolean isDenied =
        POLICY.denied().stream()
            .flatMap(denied -> denied.prefixes().stream())
            .anyMatch(prefix -> prefix.contains(to));
    if (isDenied) {
      assertThat(said.allowed()).isFalse();
    } else if (POLICY.isPrivate(to)) {
      boolean own = POLICY.zoneOf(to).map(ZonePolicy::name).filter(name::equals).isPresent();
      assertThat(said.allowed())
          .isEqualTo(name.equals("admins") || (own && !name.equals("guests")));
    } else {
      assertThat(said.allowed()).isEqualTo(POLICY.zone(name).orElseThrow().internet());
    }
  }
}
