package io.wiregate.control.tun;

import static io.wiregate.control.tun.Tunnel.CLIENT_4;
import static io.wiregate.control.tun.Tunnel.OUTER_CLIENT_4;
import static io.wiregate.control.tun.Tunnel.OUTER_CLIENT_6;
import static io.wiregate.control.tun.Tunnel.SERVER_4;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.NetworkNamespace;
import io.wiregate.os.testing.conformance.Proves;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Items 17 to 20: which of its addresses a machine sends from. Sticky, but not too sticky.
@Execution(ExecutionMode.CONCURRENT)
abstract class SourceItems extends NetnsItems {
  /// For programs that forget sources where routes have changed, which they hear of a moment later.
  private static final Duration ROUTES_SETTLE = Duration.ofMillis(500);

  SourceItems(Implementation first, Implementation second) {
    super(first, second);
  }

  @Test
  @Proves({"netns.17", "source.vanished-v4"})
  void source_thatIsGone_isNotKeptOverIpv4() {
    try (Tunnel tunnel = Tunnel.open(first, second)) {
      Host a = tunnel.client();
      a.sh("echo 1 >/proc/sys/net/ipv4/conf/eth0/promote_secondaries");
      a.ping(SERVER_4);
      a.addAddress("eth0", "192.168.77.10/24");
      a.exec("ip", "address", "delete", OUTER_CLIENT_4 + "/24", "dev", "eth0");
      a.ping(SERVER_4);
      assertThat(tunnel.server().showPeer("endpoints")).isEqualTo("192.168.77.10:1000");
    }
  }

  @Test
  @Proves({"netns.17", "source.vanished-v6"})
  void source_thatIsGone_isNotKeptOverIpv6() {
    try (Tunnel tunnel = Tunnel.open(first, second, true, Tunnel.MTU)) {
      Host a = tunnel.client();
      a.ping(SERVER_4);
      a.addAddress("eth0", "fd77::10/64");
      a.exec("ip", "address", "delete", OUTER_CLIENT_6 + "/64", "dev", "eth0");
      a.ping(SERVER_4);
      assertThat(tunnel.server().showPeer("endpoints")).isEqualTo("[fd77::10]:1000");
    }
  }

  @Test
  @Proves({"netns.18", "source.reply"})
  void answers_comeFromTheAddressThatThePeerWroteTo() {
    try (Tunnel tunnel = Tunnel.open(first, second)) {
      Host a = tunnel.client();
      Host b = tunnel.server();
      a.addAddress("eth0", "192.168.77.3/24");
      a.addAddress("eth0", "fd77::3/64");
      answersFrom(
          tunnel,
          OUTER_CLIENT_4 + ":1000",
          "[" + OUTER_CLIENT_6 + "]:1000",
          "192.168.77.3:1000",
          "[fd77::3]:1000");
      assertThat(b.program().isAlive()).isTrue();
    }
  }

  @Test
  @Proves("netns.19")
  void answer_comesFromAnAddressThatNoRouteLeadsOver() {
    try (Tunnel tunnel = Tunnel.open(first, second)) {
      Host a = tunnel.client();
      // Not of type dummy, which some kernels do not have.
      a.exec("ip", "link", "add", "aside", "type", "veth", "peer", "name", "nowhere");
      a.addAddress("aside", "10.50.0.1/24");
      a.exec("ip", "link", "set", "aside", "up");
      a.exec("ip", "link", "set", "nowhere", "up");
      tunnel.server().exec("ip", "route", "add", "10.50.0.0/24", "dev", "eth0");
      Await.pause(ROUTES_SETTLE);
      answersFrom(tunnel, OUTER_CLIENT_4 + ":1000", "10.50.0.1:1000");
    }
  }

  /// The server writes to the client at each of these, and goes on hearing from there.
  private static void answersFrom(Tunnel tunnel, String... endpoints) {
    for (String endpoint : endpoints) {
      tunnel.server().set("peer", tunnel.client().keys().publicKey(), "endpoint", endpoint);
      tunnel.server().ping(CLIENT_4);
      assertThat(tunnel.server().showPeer("endpoints")).isEqualTo(endpoint);
      tunnel.server().floodPing(CLIENT_4);
      assertThat(tunnel.server().showPeer("endpoints")).isEqualTo(endpoint);
    }
  }

  /// A second wire between the two, and a route over it that is preferred.
  @Test
  @Proves({"netns.20", "source.better-route"})
  void betterRoute_isFollowedWithItsSource() {
    try (Tunnel tunnel = Tunnel.open(first, second)) {
      Host a = tunnel.client();
      Host b = tunnel.server();
      for (Host host : new Host[] {a, b}) {
        host.sh("for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 >$f; done");
      }
      a.exec("ip", "route", "flush", "dev", "eth0");
      a.exec(route(Tunnel.OUTER_CLIENT_4, "eth0", "2"));
      a.ping(SERVER_4);
      assertThat(b.showPeer("endpoints")).isEqualTo(OUTER_CLIENT_4 + ":1000");

      NetworkNamespace.connect(
          a.namespace(), "eth1", "192.168.77.3/32", b.namespace(), "eth1", "192.168.78.2/32");
      a.exec(route("192.168.77.3", "eth1", "1"));
      for (Host host : new Host[] {a, b}) {
        host.sh("echo 0 >/proc/sys/net/ipv4/conf/eth1/rp_filter");
      }
      Await.until(
          "the better route taken",
          PATIENCE,
          () -> {
            a.ping(SERVER_4);
            return b.showPeer("endpoints").equals("192.168.77.3:1000");
          });
    }
  }

  private static String[] route(String source, String device, String metric) {
    return new String[] {
      "ip", "route", "add", "192.168.77.0/24", "dev", device, "src", source, "metric", metric
    };
  }
}
