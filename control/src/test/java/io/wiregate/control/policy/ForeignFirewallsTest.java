package io.wiregate.control.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("root")
final class ForeignFirewallsTest {
  @TempDir private Path proc;
  private final Namespaces namespaces = new Namespaces();
  private final String gateway = namespaces.add("gw");

  @AfterEach
  void remove() {
    namespaces.close();
  }

  private List<Finding> find() {
    Nft nft = Nft.onPath().behind(Namespaces.inside(gateway));
    try (FirewallTable table = FirewallTable.install(nft, ReachCells.policy())) {
      assertThat(table.stands()).isTrue();
      return ForeignFirewalls.find(nft, proc, ReachCells.policy());
    }
  }

  private void nft(String rules) {
    Namespaces.exec(gateway, "nft", rules);
  }

  @Test
  void nothingInTheWay_isNoFinding() {
    nft(
        "add table ip filter; add chain ip filter FORWARD { type filter hook forward priority 0; }");
    nft("add rule ip filter FORWARD tcp dport 25 drop");

    assertThat(find()).isEmpty();
  }

  @Test
  void forwardPolicyDrop_ofAContainerRuntime_isNamedWithTheWayThrough() {
    nft(
        "add table ip filter;"
            + "add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; };"
            + "add chain ip filter DOCKER-USER");

    assertThat(find())
        .singleElement()
        .extracting(Finding::text)
        .asString()
        .contains("'FORWARD' in the table 'ip filter'")
        .contains("its policy is drop")
        .contains("iptables -I DOCKER-USER -i wg-main -j ACCEPT");
  }

  @Test
  void lastRuleThatRefuses_isFound() {
    nft(
        "add table inet firewalld;"
            + "add chain inet firewalld filter_INPUT { type filter hook input priority 10; };"
            + "add rule inet firewalld filter_INPUT ct state established accept;"
            + "add rule inet firewalld filter_INPUT counter reject with icmpx admin-prohibited");

    assertThat(find())
        .singleElement()
        .extracting(Finding::text)
        .asString()
        .contains("filter_INPUT")
        .contains("last rule")
        .contains("UDP ports");
  }

  @Test
  void olderIptables_isMentioned() throws IOException {
    Files.createDirectories(proc.resolve("net"));
    Files.writeString(proc.resolve("net/ip_tables_names"), "nat\nfilter\n");

    assertThat(find())
        .singleElement()
        .extracting(Finding::text)
        .asString()
        .contains("iptables-legacy");
  }
}
