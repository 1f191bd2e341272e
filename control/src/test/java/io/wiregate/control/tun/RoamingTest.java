package io.wiregate.control.tun;

import static io.wiregate.control.tun.Implementation.WIREGATE;
import static io.wiregate.control.tun.Implementation.WIREGUARD_GO;
import static io.wiregate.control.tun.Tunnel.CLIENT_4;
import static io.wiregate.control.tun.Tunnel.CLIENT_6;
import static io.wiregate.control.tun.Tunnel.SERVER_4;
import static io.wiregate.control.tun.Tunnel.SERVER_6;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.NetworkNamespace;
import io.wiregate.os.testing.PingSeries;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Where a peer is, and which addresses are its: items 6 to 8 of the kernel's `netns.sh`, and
/// changes of the port under traffic.
@RequiresRoot
@RequiresTool({"ip", "wg", "ping", "bash", "nc", "ss"})
@Execution(ExecutionMode.CONCURRENT)
final class RoamingTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @ParameterizedTest
  @CsvSource({"WIREGATE,WIREGUARD_GO", "WIREGUARD_GO,WIREGATE", "WIREGATE,WIREGATE"})
  @Proves({"netns.06", "netns.07", "data.endpoint"})
  void client_thatMoves_isFollowed(Implementation client, Implementation server) {
    Implementation other = client == WIREGATE ? server : client;
    try (Tunnel tunnel = Tunnel.open(client, server)) {
      Host a = tunnel.client();
      Host b = tunnel.server();
      a.ping(SERVER_4);

      a.exec("ip", "address", "delete", Tunnel.OUTER_CLIENT_4 + "/24", "dev", "eth0");
      a.addAddress("eth0", "192.168.77.99/24");
      a.set("listen-port", "9999");
      a.ping(SERVER_6);
      assertThat(b.showPeer("endpoints")).isEqualTo("192.168.77.99:9999");
      b.ping(CLIENT_4);

      a.set("listen-port", "9998");
      a.set("peer", b.keys().publicKey(), "endpoint", Tunnel.serverEndpoint(true));
      pingAfterChangeOfFamily(a, SERVER_4, other);
      assertThat(b.showPeer("endpoints")).isEqualTo("[" + Tunnel.OUTER_CLIENT_6 + "]:9998");
      pingAfterChangeOfFamily(b, CLIENT_6, other);
    }
  }

  /// wireguard-go sends a datagram over IPv6 to the first four bytes of the address, followed by
  /// zeros, where the memory for the address last held one of IPv4; it has several such memories.
  private static void pingAfterChangeOfFamily(Host host, String target, Implementation other) {
    if (other == WIREGUARD_GO) {
      host.awaitPing(target);
    } else {
      host.ping(target);
    }
  }

  @ParameterizedTest
  @CsvSource({"WIREGATE,WIREGUARD_GO", "WIREGUARD_GO,WIREGATE"})
  @Proves({"netns.08", "data.endpoint"})
  void packet_fromAnAddressOfAnotherPeer_isDroppedButShowsWhereThePeerIs(
      Implementation client, Implementation server) {
    try (Tunnel tunnel = Tunnel.open(client, server)) {
      Host a = tunnel.client();
      Host b = tunnel.server();
      Keys other = Keys.generate();
      b.set("peer", a.keys().publicKey(), "allowed-ips", "10.8.0.0/24");
      a.ping(SERVER_4);

      long before = b.innerPackets();
      b.set("peer", other.publicKey(), "allowed-ips", CLIENT_4 + "/32");
      a.set("listen-port", "9997");
      assertThat(a.pings(SERVER_4)).isFalse();
      assertThat(b.innerPackets()).isEqualTo(before);
      assertThat(b.show("endpoints"))
          .contains(a.keys().publicKey() + "\t" + Tunnel.OUTER_CLIENT_4 + ":9997");

      b.set("peer", other.publicKey(), "remove");
      a.ping(SERVER_4);
      assertThat(b.innerPackets()).isGreaterThan(before);
    }
  }

  @Test
  void allowedIps_movedToAnotherPeerAndBack_leadThePacketsThere() {
    try (Tunnel tunnel = Tunnel.open(WIREGATE, WIREGATE)) {
      Host a = tunnel.client();
      Host b = tunnel.server();
      Keys other = Keys.generate();
      a.ping(SERVER_4);

      a.set("peer", other.publicKey(), "allowed-ips", SERVER_4 + "/32");
      assertThat(a.show("allowed-ips"))
          .contains(other.publicKey() + "\t" + SERVER_4 + "/32")
          .contains(b.keys().publicKey() + "\t" + SERVER_6 + "/128");
      assertThat(a.pings(SERVER_4)).isFalse();
      a.ping(SERVER_6);

      a.set("peer", b.keys().publicKey(), "allowed-ips", SERVER_4 + "/32," + SERVER_6 + "/128");
      assertThat(a.show("allowed-ips")).contains(other.publicKey() + "\t(none)");
      a.ping(SERVER_4);
    }
  }

  @Test
  @Proves("fault.14-deadlocks")
  void peers_addedAndRemovedUnderTraffic_disturbNobodyElse() throws Exception {
    try (Tunnel tunnel = Tunnel.open(WIREGATE, WIREGUARD_GO)) {
      Host a = tunnel.client();
      Host b = tunnel.server();
      a.ping(SERVER_4);
      PingSeries pings = PingSeries.start(a.namespace(), SERVER_4, "0.01", 300);
      List<Keys> others = Stream.generate(Keys::generate).limit(6).toList();
      for (int i = 0; i < others.size(); i++) {
        a.set(
            "peer",
            others.get(i).publicKey(),
            "allowed-ips",
            "10.9." + i + ".0/24",
            "endpoint",
            Tunnel.OUTER_SERVER_4 + ":" + (3000 + i),
            "persistent-keepalive",
            "1");
      }
      for (Keys other : others.subList(1, others.size())) {
        a.set("peer", other.publicKey(), "remove");
      }
      assertThat(pings.lost()).isEmpty();
      assertThat(a.show("peers")).hasLineCount(2);

      // The peer itself, removed and added on both ends, has a new session at once.
      a.set("peer", b.keys().publicKey(), "remove");
      b.set("peer", a.keys().publicKey(), "remove");
      assertThat(a.pings(SERVER_4)).isFalse();
      tunnel.configurePeers(false);
      a.ping(SERVER_4);
    }
  }

  @Test
  @Proves("fault.14-deadlocks")
  void listenPort_changedUnderTraffic_isFollowed() throws Exception {
    try (Tunnel tunnel = Tunnel.open(WIREGATE, WIREGUARD_GO)) {
      Host a = tunnel.client();
      Host b = tunnel.server();
      a.ping(SERVER_4);
      PingSeries pings = PingSeries.start(a.namespace(), SERVER_4, "0.01", 200);
      for (int port = 7001; port <= 7010; port++) {
        a.set("listen-port", String.valueOf(port));
        assertThat(a.port()).isEqualTo(port);
      }
      // What was on its way to a port that closed is lost, more of it on a busy machine.
      assertThat(pings.lost()).hasSizeLessThanOrEqualTo(60);
      assertThat(b.showPeer("endpoints")).isEqualTo(Tunnel.OUTER_CLIENT_4 + ":7010");

      a.set("listen-port", "0");
      assertThat(a.port()).isNotIn(0, 7010);
      a.ping(SERVER_4);
      assertThat(b.showPeer("endpoints")).isEqualTo(Tunnel.OUTER_CLIENT_4 + ":" + a.port());
    }
  }

  @Test
  void listenPort_inUse_isRefusedAndTheOldOneStays() {
    try (Tunnel tunnel = Tunnel.open(WIREGATE, WIREGUARD_GO)) {
      Host a = tunnel.client();
      a.ping(SERVER_4);
      a.namespace().start("nc", "-4", "-u", "-l", "-k", "5554");
      a.namespace().start("nc", "-6", "-u", "-l", "-k", "5556");
      Await.until("nc listens", PATIENCE, () -> a.holdsPort(5554) && a.holdsPort(5556));
      for (String port : new String[] {"5554", "5556"}) {
        Ran ran = a.trySet("listen-port", port);
        assertThat(ran.status()).as(ran.output()).isEqualTo(1);
        assertThat(ran.output()).contains("Address already in use");
        assertThat(a.port()).isEqualTo(Tunnel.CLIENT_PORT);
        a.ping(SERVER_4);
      }
    }
  }

  /// An interface that could not open its port when it went up, because another program had it.
  @Test
  void listenPort_freedAfterTheInterfaceWentUp_canBeSet() {
    try (Tunnel tunnel = Tunnel.open(WIREGATE, WIREGUARD_GO)) {
      Host a = tunnel.client();
      a.ping(SERVER_4);
      a.exec("ip", "link", "set", a.tun(), "down");
      a.awaitPortClosed();
      a.namespace().start("nc", "-4", "-u", "-l", "-k", String.valueOf(Tunnel.CLIENT_PORT));
      Await.until("nc listens", PATIENCE, () -> a.holdsPort(Tunnel.CLIENT_PORT));
      a.exec("ip", "link", "set", a.tun(), "up");
      assertThat(a.pings(SERVER_4)).isFalse();

      a.set("listen-port", "1001");
      assertThat(a.holdsPort(1001)).isTrue();
      a.ping(SERVER_4);
    }
  }

  @Test
  @Proves("source.fwmark")
  void firewallMark_isOnWhatIsSent() {
    try (Tunnel tunnel = Tunnel.open(WIREGATE, WIREGUARD_GO)) {
      Host a = tunnel.client();
      a.exec("ip", "rule", "add", "fwmark", "0x1234", "blackhole");
      a.set("fwmark", "0x1234");
      assertThat(a.show("fwmark")).isEqualTo("0x1234");
      assertThat(a.pings(SERVER_4)).isFalse();
      assertThat(tunnel.server().transfer().received()).isZero();

      a.set("fwmark", "0");
      assertThat(a.show("fwmark")).isEqualTo("off");
      // The initiation that was lost is repeated after five seconds.
      Await.until("packets pass", Duration.ofSeconds(10), () -> a.pings(SERVER_4));

      a.set("fwmark", "0x1234");
      assertThat(a.pings(SERVER_4)).isFalse();
      a.set("fwmark", "off");
      a.ping(SERVER_4);
    }
  }

  /// A second way to the server, better than the first, comes and goes.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Proves({"netns.20", "source.better-route"})
  void source_whereABetterRouteAppears_isThatOfTheRoute(boolean ipv6) {
    try (Tunnel tunnel = Tunnel.open(WIREGATE, WIREGATE, ipv6, Tunnel.MTU)) {
      Host a = tunnel.client();
      Host b = tunnel.server();
      NetworkNamespace.connect(
          a.namespace(), "eth1", "192.168.78.1/24", b.namespace(), "eth1", "192.168.78.2/24");
      a.addAddress("eth1", "fd78::1/64");
      b.addAddress("eth1", "fd78::2/64");
      for (Host host : new Host[] {a, b}) {
        host.sh("for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 > $f; done");
      }
      a.ping(SERVER_4);
      assertThat(b.showPeer("endpoints")).isEqualTo(Tunnel.clientEndpoint(ipv6));
      // What is on its way to the old address while it changes must not bring that back.
      a.namespace().start("ping", "-n", "-q", "-i", "0.002", SERVER_4);
      b.namespace().start("ping", "-n", "-q", "-i", "0.002", CLIENT_4);

      List<String> route =
          ipv6
              ? List.of(Tunnel.OUTER_SERVER_6, "via", "fd78::2", "dev", "eth1", "src", "fd78::1")
              : List.of(
                  Tunnel.OUTER_SERVER_4,
                  "via",
                  "192.168.78.2",
                  "dev",
                  "eth1",
                  "src",
                  "192.168.78.1");
      a.sh("ip route add " + String.join(" ", route));
      awaitEndpoint(a, b, (ipv6 ? "[fd78::1]:" : "192.168.78.1:") + Tunnel.CLIENT_PORT);

      a.sh("ip route delete " + String.join(" ", route));
      awaitEndpoint(a, b, Tunnel.clientEndpoint(ipv6));
    }
  }

  /// Packets pass, and show where they come from once the program has heard of the route.
  private static void awaitEndpoint(Host from, Host at, String endpoint) {
    Await.until(
        endpoint + " is heard from",
        PATIENCE,
        () -> {
          from.ping(SERVER_4);
          return at.showPeer("endpoints").equals(endpoint);
        });
  }

  /// Where both see each other by link-local addresses, which mean nothing without an interface.
  @Test
  @Proves({"source.scope", "uapi.endpoint"})
  void endpoint_ofLinkLocalAddress_keepsItsInterface() {
    try (Tunnel tunnel = Tunnel.open(WIREGATE, WIREGATE)) {
      Host a = tunnel.client();
      Host b = tunnel.server();
      a.exec("ip", "address", "add", "fe80::a/64", "dev", "eth0", "nodad");
      b.exec("ip", "address", "add", "fe80::b/64", "dev", "eth0", "nodad");
      // Another interface with the same prefix, which would be taken by whoever forgets.
      a.sh("ip link add other type veth peer name elsewhere; ip link set elsewhere up");
      a.addAddress("other", "fe80::c/64");
      a.exec("ip", "link", "set", "other", "up");
      String endpoint = "[fe80::b%eth0]:" + Tunnel.SERVER_PORT;
      a.set("peer", b.keys().publicKey(), "endpoint", endpoint);
      assertThat(a.showPeer("endpoints")).isEqualTo(endpoint);
      a.ping(SERVER_4);
      b.ping(CLIENT_6);
      assertThat(a.showPeer("endpoints")).isEqualTo(endpoint);
      assertThat(b.showPeer("endpoints"))
          .matches("\\[fe80::[0-9a-f:]+%eth0\\]:" + Tunnel.CLIENT_PORT);

      String index = a.exec("cat", "/sys/class/net/eth0/ifindex").strip();
      a.set("peer", b.keys().publicKey(), "endpoint", "[fe80::b%" + index + "]:2000");
      a.ping(SERVER_6);
      assertThat(a.showPeer("endpoints")).isEqualTo(endpoint);
    }
  }
}
