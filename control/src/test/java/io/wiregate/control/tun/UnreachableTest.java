package io.wiregate.control.tun;

import static io.wiregate.control.tun.Implementation.WIREGATE;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.NetworkNamespace;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Who asks for an address that no peer has, or for a peer that is away, is told at once, by the
/// gateway's address on the sender's side: item 16 of the kernel's `netns.sh`, and more of it.
/// Whatever the stack's reverse path filter, and through address translation too.
@RequiresRoot
@RequiresTool({"ip", "wg", "ping", "bash", "ss", "nft", "sysctl", "setpriv"})
@Execution(ExecutionMode.CONCURRENT)
final class UnreachableTest {
  private static final String NOBODY_4 = "10.8.0.77";
  private static final String NOBODY_6 = "fd08::77";

  /// The gateway's addresses on the side of those behind it.
  private static final String INNER_4 = "10.0.0.100";

  private static final String INNER_6 = "fd10::100";
  private static final String NO_HOST = "Destination Host Unreachable";
  private static final String NO_ADDRESS = "Address unreachable";

  /// A gateway whose tunnel has one peer, which has never called.
  private static Host gateway() {
    Host gateway = Host.start(WIREGATE);
    configure(gateway);
    return gateway;
  }

  private static void configure(Host gateway) {
    gateway.setKey(gateway.keys());
    gateway.set(
        "peer",
        Keys.generate().publicKey(),
        "allowed-ips",
        Tunnel.CLIENT_4 + "/32," + Tunnel.CLIENT_6 + "/128");
    gateway.up(Tunnel.MTU, Tunnel.SERVER_4 + "/24", Tunnel.SERVER_6 + "/64");
    gateway.awaitListening();
  }

  /// A machine behind it, which routes the tunnel's addresses through it.
  private static NetworkNamespace behind(Host gateway) {
    NetworkNamespace inside = NetworkNamespace.create();
    NetworkNamespace.connect(
        inside, "eth0", "10.0.0.1/24", gateway.namespace(), "lan0", INNER_4 + "/24");
    gateway.addAddress("lan0", INNER_6 + "/64");
    inside.exec("ip", "address", "add", "fd10::1/64", "dev", "eth0", "nodad");
    inside.exec("ip", "route", "add", "10.8.0.0/16", "via", INNER_4);
    inside.exec("ip", "route", "add", "fd08::/16", "via", INNER_6);
    gateway.exec("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
    return inside;
  }

  /// A ping is answered by 'unreachable', from that address.
  private static void isUnreachable(
      NetworkNamespace from, String target, String answers, String why, String... options) {
    String[] ping = {"ping", "-n", "-c", "1", "-W", "10", target};
    List<String> command = from.inside(ping);
    command.addAll(List.of(options));
    Ran ran = Ran.of(command);
    assertThat(ran.succeeded()).isFalse();
    assertThat(ran.output()).contains("From " + answers + " icmp_seq=1").contains(why);
  }

  /// A TCP connection is given up at once, instead of after two minutes: its sender has found in
  /// the answer what it sent.
  private static void isRefused(NetworkNamespace from, String target) {
    Ran connect = Ran.of(from.inside("bash", "-c", "exec 3<>/dev/tcp/" + target + "/9"));
    assertThat(connect.output()).contains("No route to host");
  }

  private static void filterReversePaths(Host host, int mode) {
    for (String device : List.of("all", "default", host.tun())) {
      host.exec("sysctl", "-qw", "net.ipv4.conf." + device + ".rp_filter=" + mode);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  @Proves({"data.icmp-no-peer", "data.icmp-no-endpoint"})
  void destination_ofNobodyOrOfAPeerThatIsAway_isUnreachableAtOnce(int reversePathFilter) {
    try (Host gateway = gateway()) {
      filterReversePaths(gateway, reversePathFilter);
      for (String target : List.of(NOBODY_4, Tunnel.CLIENT_4)) {
        isUnreachable(gateway.namespace(), target, Tunnel.SERVER_4, NO_HOST);
      }
      for (String target : List.of(NOBODY_6, Tunnel.CLIENT_6)) {
        isUnreachable(gateway.namespace(), target, Tunnel.SERVER_6, NO_ADDRESS);
      }
      for (String target : List.of(NOBODY_4, NOBODY_6)) {
        isRefused(gateway.namespace(), target);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0,''", "1,''", "2,''",
    "0,snat", "1,snat", "2,snat",
    "0,masquerade", "1,masquerade", "2,masquerade",
    "1,masquerade random"
  })
  @Proves({"data.icmp-no-peer", "data.icmp-no-endpoint"})
  void destination_ofNobody_isUnreachableFromBehindTheGateway(int reversePathFilter, String nat) {
    try (Host gateway = gateway();
        NetworkNamespace inside = behind(gateway)) {
      filterReversePaths(gateway, reversePathFilter);
      inside.exec("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=" + reversePathFilter);
      if (!nat.isEmpty()) {
        translate(gateway, "10.0.0.0/24", "fd10::/64", nat);
      }

      isUnreachable(inside, NOBODY_4, INNER_4, NO_HOST);
      isUnreachable(inside, NOBODY_6, INNER_6, NO_ADDRESS);
      isUnreachable(inside, Tunnel.CLIENT_4, INNER_4, NO_HOST);
      isUnreachable(inside, Tunnel.CLIENT_6, INNER_6, NO_ADDRESS);
      isRefused(inside, NOBODY_4);
      isRefused(inside, NOBODY_6);
    }
  }

  /// Hides those of a network.
  private static void translate(Host gateway, String from4, String from6, String nat) {
    boolean isFixed = nat.equals("snat");
    for (String family : List.of("ip", "ip6")) {
      boolean v4 = family.equals("ip");
      String to = isFixed ? "snat to " + (v4 ? Tunnel.SERVER_4 : Tunnel.SERVER_6) : nat;
      gateway.sh(
          "nft add table %1$s nat; nft 'add chain %1$s nat out { type nat hook postrouting priority 100; }'; nft add rule %1$s nat out %1$s saddr %2$s oifname %3$s %4$s"
              .formatted(family, v4 ? from4 : from6, gateway.tun(), to));
    }
  }

  /// A program on the gateway that has another address than the tunnel's.
  @ParameterizedTest
  @ValueSource(strings = {"snat", "masquerade", "masquerade random"})
  @Proves({"data.icmp-no-peer"})
  void destination_ofNobody_isUnreachableThroughTranslationOnTheGateway(String nat) {
    try (Host gateway = gateway();
        NetworkNamespace _ = behind(gateway)) {
      translate(gateway, INNER_4, INNER_6, nat);
      isUnreachable(gateway.namespace(), NOBODY_4, INNER_4, NO_HOST, "-I", INNER_4);
      isUnreachable(gateway.namespace(), NOBODY_6, INNER_6, NO_ADDRESS, "-I", INNER_6);
    }
  }

  /// Whom the sender asked for was another address too: by itself, which connection tracking puts
  /// back, and together with the sender's.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Proves({"data.icmp-no-peer"})
  void destination_translatedToNobody_isUnreachable(boolean isSourceToo) {
    try (Host gateway = gateway();
        NetworkNamespace inside = behind(gateway)) {
      if (isSourceToo) {
        translate(gateway, "10.0.0.0/24", "fd10::/64", "masquerade");
      }
      gateway.sh(
          """
          nft 'table ip to { chain pre { type nat hook prerouting priority dstnat;
            ip daddr 10.8.9.9 dnat to %s; }; }'
          nft 'table ip6 to { chain pre { type nat hook prerouting priority dstnat;
            ip6 daddr fd08:9::9 dnat to %s; }; }'
          """
              .formatted(NOBODY_4, NOBODY_6));
      isRefused(inside, "10.8.9.9");
      isRefused(inside, "fd08:9::9");
    }
  }

  /// It answers where the interface is, not where it was made.
  @Test
  @Proves({"data.icmp-no-peer"})
  void destination_ofNobody_isUnreachableWhereTheInterfaceWasMovedTo() {
    try (NetworkNamespace home = NetworkNamespace.create();
        Host gateway = Host.awayFrom(home, WIREGATE)) {
      gateway.awaitServed();
      configure(gateway);
      isUnreachable(gateway.namespace(), NOBODY_4, Tunnel.SERVER_4, NO_HOST);
      try (NetworkNamespace inside = behind(gateway)) {
        translate(gateway, "10.0.0.0/24", "fd10::/64", "masquerade");
        isUnreachable(inside, NOBODY_4, INNER_4, NO_HOST);
        isUnreachable(inside, NOBODY_6, INNER_6, NO_ADDRESS);
      }
      gateway.exec("ip", "link", "set", gateway.tun(), "netns", String.valueOf(pid(gateway)));
      home.exec("ip", "address", "add", Tunnel.SERVER_4 + "/24", "dev", gateway.tun());
      home.exec("ip", "link", "set", gateway.tun(), "up");
      isUnreachable(home, NOBODY_4, Tunnel.SERVER_4, NO_HOST);
    }
  }

  private static long pid(Host host) {
    return host.program().pid();
  }

  /// Errors that answered errors would never end, and nobody is told of what was for many.
  @Test
  @Proves("data.icmp-limits")
  void packet_thatMayNotBeAnswered_isNot() {
    try (Host gateway = gateway()) {
      gateway.exec("ip", "route", "add", "224.0.0.0/4", "dev", gateway.tun());
      for (String many : List.of("224.1.2.3", "10.8.0.255")) {
        Ran ping = gateway.tryExec("ping", "-b", "-n", "-c", "2", "-i", "0.2", "-W", "1", many);
        assertThat(ping.output()).contains("100% packet loss").doesNotContain("Unreachable");
      }
      Ran multicast6 =
          gateway.tryExec(
              "ping", "-n", "-I", gateway.tun(), "-c", "2", "-i", "0.2", "-W", "1", "ff15::1");
      assertThat(multicast6.output()).contains("100% packet loss").doesNotContain("unreachable");
    }
  }

  /// The tunnel works; only nobody is told.
  @Test
  void start_withoutTheRightToSendIcmp_saysSoOnce(@TempDir Path directory) throws IOException {
    String name = NetworkNamespace.unique("wg");
    Path log = directory.resolve("log");
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      namespace.start(
          log,
          "setpriv",
          "--bounding-set=-net_raw",
          "env",
          "LOG_LEVEL=error",
          Installation.wiregate(),
          "tun",
          "-f",
          name);
      Await.until(
          name + " is served",
          Duration.ofSeconds(60),
          () -> Ran.of(namespace.inside("wg", "show", name)).succeeded());
      namespace.exec("ip", "address", "add", Tunnel.SERVER_4 + "/24", "dev", name);
      namespace.exec("ip", "link", "set", name, "up");
      Ran ping = Ran.of(namespace.inside("ping", "-n", "-c", "1", "-W", "1", NOBODY_4));
      assertThat(ping.output()).contains("100% packet loss").doesNotContain("Unreachable");
      assertThat(Files.readString(log)).contains("grant CAP_NET_RAW").hasLineCount(1);
    }
  }
}
