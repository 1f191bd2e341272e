package io.wiregate.control.tun;

import static io.wiregate.control.tun.Implementation.WIREGATE;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.NetworkNamespace;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Who asks for an address that no peer has, or for a peer that is away, is told at once: item 16
/// of the kernel's `netns.sh`, and more of it. Whatever the stack's reverse path filter, and
/// through address translation too.
@RequiresRoot
@RequiresTool({"ip", "wg", "ping", "bash", "ss", "nft", "sysctl"})
@Execution(ExecutionMode.CONCURRENT)
final class UnreachableTest {
  private static final String NOBODY_4 = "10.8.0.77";
  private static final String NOBODY_6 = "fd08::77";
  private static final String NO_HOST = "Destination Host Unreachable";
  private static final String NO_ADDRESS = "Address unreachable";

  /// A gateway whose tunnel has one peer, which has never called.
  private static Host gateway() {
    Host gateway = Host.start(WIREGATE);
    gateway.setKey(gateway.keys());
    gateway.set(
        "peer",
        Keys.generate().publicKey(),
        "allowed-ips",
        Tunnel.CLIENT_4 + "/32," + Tunnel.CLIENT_6 + "/128");
    gateway.up(Tunnel.MTU, Tunnel.SERVER_4 + "/24", Tunnel.SERVER_6 + "/64");
    gateway.awaitListening();
    return gateway;
  }

  /// What the last line of a ping's errors says.
  private static void isUnreachable(NetworkNamespace from, String target, String why) {
    Ran ping = Ran.of(from.inside("ping", "-n", "-c", "1", "-W", "10", target));
    assertThat(ping.succeeded()).isFalse();
    assertThat(ping.output()).contains("From " + target + " icmp_seq=1").contains(why);
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
        isUnreachable(gateway.namespace(), target, NO_HOST);
      }
      for (String target : List.of(NOBODY_6, Tunnel.CLIENT_6)) {
        isUnreachable(gateway.namespace(), target, NO_ADDRESS);
      }
      // TCP gives up too, instead of trying for two minutes.
      for (String target : List.of(NOBODY_4, NOBODY_6)) {
        Ran connect = gateway.tryExec("bash", "-c", "exec 3<>/dev/tcp/" + target + "/9");
        assertThat(connect.output()).contains("No route to host");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0,''", "1,''", "2,''", "0,snat", "1,snat", "2,snat", "0,masquerade", "1,masquerade"})
  @Proves({"data.icmp-no-peer", "data.icmp-no-endpoint"})
  void destination_ofNobody_isUnreachableFromBehindTheGateway(int reversePathFilter, String nat) {
    try (Host gateway = gateway();
        NetworkNamespace inside = NetworkNamespace.create()) {
      NetworkNamespace.connect(
          inside, "eth0", "10.0.0.1/24", gateway.namespace(), "lan0", "10.0.0.100/24");
      gateway.addAddress("lan0", "fd10::100/64");
      inside.exec("ip", "address", "add", "fd10::1/64", "dev", "eth0", "nodad");
      inside.exec("ip", "route", "add", "10.8.0.0/24", "via", "10.0.0.100");
      inside.exec("ip", "route", "add", "fd08::/64", "via", "fd10::100");
      gateway.exec("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
      filterReversePaths(gateway, reversePathFilter);
      inside.exec("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=" + reversePathFilter);
      if (!nat.isEmpty()) {
        translate(gateway, nat);
      }

      isUnreachable(inside, NOBODY_4, NO_HOST);
      isUnreachable(inside, NOBODY_6, NO_ADDRESS);
      isUnreachable(inside, Tunnel.CLIENT_4, NO_HOST);
      isUnreachable(inside, Tunnel.CLIENT_6, NO_ADDRESS);
    }
  }

  /// Hides those behind the gateway.
  private static void translate(Host gateway, String nat) {
    boolean masquerades = nat.equals("masquerade");
    String to4 = masquerades ? "masquerade" : "snat to " + Tunnel.SERVER_4;
    String to6 = masquerades ? "masquerade" : "snat to " + Tunnel.SERVER_6;
    for (String family : List.of("ip", "ip6")) {
      boolean v4 = family.equals("ip");
      gateway.sh(
          "nft add table %1$s nat; nft 'add chain %1$s nat out { type nat hook postrouting priority 100; }'; nft add rule %1$s nat out %1$s saddr %2$s %3$s"
              .formatted(family, v4 ? "10.0.0.0/24" : "fd10::/64", v4 ? to4 : to6));
    }
  }

  /// Errors that answered errors would never end, and nobody is told of what was for many.
  @Test
  @Proves("data.icmp-limits")
  void packet_thatMayNotBeAnswered_isNot() {
    try (Host gateway = gateway()) {
      gateway.exec("ip", "route", "add", "224.0.0.0/4", "dev", gateway.tun());
      Ran multicast = gateway.tryExec("ping", "-n", "-c", "2", "-i", "0.2", "-W", "1", "224.1.2.3");
      assertThat(multicast.output()).contains("100% packet loss").doesNotContain("Unreachable");
      Ran multicast6 =
          gateway.tryExec(
              "ping", "-n", "-I", gateway.tun(), "-c", "2", "-i", "0.2", "-W", "1", "ff15::1");
      assertThat(multicast6.output()).contains("100% packet loss").doesNotContain("unreachable");
    }
  }
}
