package io.wiregate.control.tun;

import static io.wiregate.control.tun.Implementation.WIREGATE;
import static io.wiregate.control.tun.Tunnel.SERVER_4;
import static io.wiregate.control.tun.Tunnel.SERVER_6;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import java.util.List;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a network between two machines sees of the packets' traffic class, and what those inside
/// hear of its congestion: RFC 6040.
@RequiresRoot
@RequiresTool({"ip", "wg", "ping", "bash", "ss", "nft"})
@Execution(ExecutionMode.CONCURRENT)
final class EcnTest {
  /// Expedited forwarding (RFC 3246), which is to stay secret, with ECT(0).
  private static final String EF_ECT_0 = "0xba";

  private static final String EF_NOT_ECT = "0xb8";

  /// Adds counters to a hook of a machine; their names are those of the matches.
  private static void count(Host host, String hook, String... matches) {
    host.exec("nft", "add", "table", "inet", "t");
    host.exec(
        "nft", "add", "chain", "inet", "t", hook, "{ type filter hook " + hook + " priority 0; }");
    for (String match : matches) {
      host.exec("nft", "add", "rule", "inet", "t", hook, match + " counter");
    }
  }

  private static long counted(Host host, String match) {
    return host.exec("nft", "list", "table", "inet", "t")
        .lines()
        .filter(line -> line.strip().startsWith(match + " counter"))
        .mapToLong(line -> Long.parseLong(line.replaceAll(".*packets (\\d+) .*", "$1")))
        .sum();
  }

  private static Ran ping(Host host, String target, String trafficClass) {
    return host.tryExec(
        "ping", "-n", "-q", "-c", "2", "-i", "0.05", "-W", "4", "-Q", trafficClass, target);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Proves({"data.ecn-out", "data.ecn-in", "data.dscp-handshake"})
  void network_seesEcnButNoDscp_andIsHeardInside(boolean overIpv6) {
    String ip = overIpv6 ? "ip6" : "ip";
    String data = "udp dport 2000 " + ip + " dscp cs0 " + ip + " ecn ect0";
    String handshake = "udp dport 2000 " + ip + " dscp af41 " + ip + " ecn not-ect";
    String leak = "udp dport 2000 " + ip + " dscp ef";
    try (Tunnel tunnel = Tunnel.open(WIREGATE, WIREGATE, overIpv6, Tunnel.MTU)) {
      Host a = tunnel.client();
      Host b = tunnel.server();
      count(a, "output", data, handshake, leak);
      assertThat(ping(a, SERVER_4, EF_ECT_0).succeeded()).isTrue(); // the first one was staged
      assertThat(ping(a, SERVER_6, EF_ECT_0).succeeded()).isTrue();

      assertThat(counted(a, handshake)).isPositive();
      // Those that waited for the handshake together may leave as one large packet.
      assertThat(counted(a, data)).isBetween(3L, 4L);
      assertThat(counted(a, leak)).isZero();

      // The network is congested from now on.
      String tun = "iifname \"" + b.tun() + "\" ";
      List<String> inner = List.of(tun + "ip dscp ef ip ecn ce", tun + "ip6 dscp ef ip6 ecn ce");
      count(b, "input", inner.getFirst(), inner.getLast());
      String congest =
          "nft add chain inet t way '{ type filter hook prerouting priority -300; }'; ";
      b.sh(congest + "nft add rule inet t way udp dport 2000 " + ip + " ecn set ce");
      assertThat(ping(a, SERVER_4, EF_ECT_0).succeeded()).isTrue();
      assertThat(ping(a, SERVER_6, EF_ECT_0).succeeded()).isTrue();
      assertThat(counted(b, inner.getFirst())).isEqualTo(2);
      assertThat(counted(b, inner.getLast())).isEqualTo(2);

      // Who cannot hear it, feels it.
      assertThat(ping(a, SERVER_4, EF_NOT_ECT).output()).contains("100% packet loss");
      assertThat(ping(a, SERVER_6, EF_NOT_ECT).output()).contains("100% packet loss");
    }
  }
}
