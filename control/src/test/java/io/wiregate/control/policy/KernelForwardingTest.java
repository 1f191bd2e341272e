package io.wiregate.control.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.control.policy.Finding.Severity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KernelForwardingTest {
  private static final String V4 = "net/ipv4/ip_forward";
  private static final String V6 = "net/ipv6/conf/all/forwarding";
  private static final String ETH0_RA = "net/ipv6/conf/eth0/accept_ra";

  @TempDir private Path sys;
  private final List<Finding> said = new ArrayList<>();

  @BeforeEach
  void host() throws IOException {
    put(V4, "0");
    put("net/ipv4/conf/all/rp_filter", "1");
    put("net/ipv4/conf/eth0/forwarding", "0");
    put("net/ipv4/conf/wg-main/forwarding", "0");
    put("net/ipv4/conf/wg-main/rp_filter", "1");
    put("net/ipv4/conf/wg-main/send_redirects", "1");
    put(V6, "0");
    for (String name : List.of("default", "lo", "eth0", "eth1")) {
      put("net/ipv6/conf/" + name + "/forwarding", "0");
      put("net/ipv6/conf/" + name + "/accept_ra", name.equals("eth1") ? "0" : "1");
    }
  }

  private void put(String name, String value) throws IOException {
    Files.createDirectories(sys.resolve(name).getParent());
    Files.writeString(sys.resolve(name), value + "\n");
  }

  private String get(String name) throws IOException {
    return Files.readString(sys.resolve(name)).strip();
  }

  private KernelForwarding enable() {
    return KernelForwarding.enable(sys, ReachCells.policy(), said::add);
  }

  @Test
  void host_becomesRouter_andIsToldAndRestored() throws IOException {
    KernelForwarding forwarding = enable();

    assertThat(get(V4)).isEqualTo("1");
    assertThat(get(V6)).isEqualTo("1");
    assertThat(get(ETH0_RA)).isEqualTo("2");
    assertThat(get("net/ipv6/conf/eth1/accept_ra")).isEqualTo("0");
    assertThat(get("net/ipv6/conf/lo/accept_ra")).isEqualTo("1");
    assertThat(said)
        .extracting(Finding::text)
        .containsExactly(
            "switched on IPv4 forwarding: net.ipv4.ip_forward=1",
            "kept router advertisements on eth0: net.ipv6.conf.eth0.accept_ra=2",
            "switched on IPv6 forwarding: net.ipv6.conf.all.forwarding=1");

    said.clear();
    forwarding.close();

    assertThat(get(V4)).isEqualTo("0");
    assertThat(get(V6)).isEqualTo("0");
    assertThat(get(ETH0_RA)).isEqualTo("1");
    assertThat(said)
        .extracting(Finding::text)
        .containsExactly(
            "set back net.ipv6.conf.all.forwarding=0",
            "set back net.ipv6.conf.eth0.accept_ra=1",
            "set back net.ipv4.ip_forward=0");
  }

  @Test
  void killedRun_isPutBackByTheNext() throws IOException {
    put("net/ipv4/conf/eth0/forwarding", "1");
    Path journal = sys.resolve("journal");
    KernelForwarding.enable(sys, journal, ReachCells.policy(), said::add);
    // As the kernel does, which has no files.
    put("net/ipv4/conf/wg-main/forwarding", "1");
    said.clear();

    KernelForwarding next = KernelForwarding.enable(sys, journal, ReachCells.policy(), said::add);
    assertThat(said)
        .extracting(Finding::text)
        .containsExactly("took over the kernel's settings from a run that did not end in order");
    put("net/ipv4/conf/eth0/forwarding", "0"); // the switch for all takes it along
    put("net/ipv4/conf/wg-main/forwarding", "0");
    next.close();

    assertThat(get(V4)).isEqualTo("0");
    assertThat(get(V6)).isEqualTo("0");
    assertThat(get(ETH0_RA)).isEqualTo("1");
    assertThat(get("net/ipv4/conf/eth0/forwarding")).isEqualTo("1");
    assertThat(get("net/ipv4/conf/wg-main/forwarding")).isEqualTo("0");
    assertThat(journal).doesNotExist();
  }

  @Test
  void journalOfAnotherBoot_isPassedOver() throws IOException {
    put(V4, "1");
    put(V6, "1");
    Path journal = Files.writeString(sys.resolve("journal"), "other\nchanged 0 1 " + V4 + "\n");

    KernelForwarding.enable(sys, journal, ReachCells.policy(), said::add).close();

    assertThat(get(V4)).isEqualTo("1");
    assertThat(said).isEmpty();
  }

  @Test
  void router_isLeftAlone() throws IOException {
    put(V4, "1");
    put(V6, "1");

    enable().close();

    assertThat(said).isEmpty();
    assertThat(get(V4)).isEqualTo("1");
    assertThat(get(ETH0_RA)).isEqualTo("1");
  }

  @Test
  void valueThatAnotherChanged_isKept() throws IOException {
    KernelForwarding forwarding = enable();
    put(V4, "0");
    put(ETH0_RA, "0");
    said.clear();

    forwarding.close();

    assertThat(get(ETH0_RA)).isEqualTo("0");
    assertThat(said)
        .extracting(Finding::text)
        .contains(
            "left net.ipv6.conf.eth0.accept_ra=0, which another program has set meanwhile",
            "left net.ipv4.ip_forward=0, which another program has set meanwhile");
  }

  @Test
  void interfaceThatForwardedByItself_doesSoAfterwards() throws IOException {
    put("net/ipv4/conf/eth0/forwarding", "1");
    KernelForwarding forwarding = enable();
    put("net/ipv4/conf/eth0/forwarding", "0"); // as the kernel does when all are switched off

    forwarding.close();

    assertThat(get("net/ipv4/conf/eth0/forwarding")).isEqualTo("1");
  }

  @Test
  void settingsThatCannotBeWritten_areWarningsThatSayWhatToDo() throws IOException {
    // Root may write anything but a directory's name.
    for (String name : List.of(V4, V6)) {
      Files.delete(sys.resolve(name));
      Files.createDirectories(sys.resolve(name));
    }

    enable().close();

    assertThat(said)
        .allMatch(finding -> finding.severity() == Severity.WARNING)
        .extracting(Finding::text)
        .anyMatch(text -> text.contains("sysctl -w net.ipv4.ip_forward=1"))
        .anyMatch(text -> text.contains("sysctl -w net.ipv6.conf.all.forwarding=1"));
  }

  @Test
  void kernelWithoutIpv6_isAWarning() throws IOException {
    Files.delete(sys.resolve(V6));

    enable().close();

    assertThat(said).extracting(Finding::text).anyMatch(text -> text.contains("no IPv6"));
  }

  @Test
  void zoneInterface_sendsNoRedirectsAndChecksSourcesLoosely() throws IOException {
    KernelForwarding forwarding = enable();

    forwarding.zoneInterfaceUp("wg-main");

    assertThat(get("net/ipv4/conf/wg-main/send_redirects")).isEqualTo("0");
    assertThat(get("net/ipv4/conf/wg-main/rp_filter")).isEqualTo("2");
    assertThat(get("net/ipv4/conf/wg-main/forwarding")).isEqualTo("1");
    assertThat(said).allMatch(finding -> finding.severity() == Severity.INFO);
  }

  @Test
  @Tag("root")
  void kernel_isSwitchedOnAndBack() throws IOException {
    try (Namespaces namespaces = new Namespaces()) {
      String place = namespaces.add("gw");
      Namespaces.ip(
          place,
          "link add eth0 type veth peer name eth1",
          "link set eth0 up",
          "link set eth1 up",
          "link add wg-main type veth peer name far");
      String before = settings(place);
      try (AgentProcess agent = AgentProcess.start(Namespaces.inside(place)).join()) {
        assertThat(agent.tell("forwarding on").join())
            .contains("net.ipv4.ip_forward=1")
            .contains("net.ipv6.conf.all.forwarding=1")
            .contains("net.ipv6.conf.eth0.accept_ra=2");
        assertThat(agent.tell("forwarding up wg-main").join()).doesNotContain("WARNING");
        assertThat(settings(place))
            .contains("net.ipv4.ip_forward = 1")
            .contains("net.ipv6.conf.all.forwarding = 1")
            .contains("net.ipv6.conf.eth0.accept_ra = 2");
        assertThat(agent.tell("forwarding off").join()).doesNotContain("WARNING");
      }
      assertThat(settings(place)).isEqualTo(before);
    }
  }

  private static String settings(String place) {
    return Namespaces.exec(
        place,
        "sysctl",
        "net.ipv4.ip_forward",
        "net.ipv4.conf.eth0.forwarding",
        "net.ipv4.conf.all.accept_redirects",
        "net.ipv6.conf.all.forwarding",
        "net.ipv6.conf.eth0.forwarding",
        "net.ipv6.conf.eth0.accept_ra",
        "net.ipv6.conf.default.forwarding");
  }
}
