package io.wiregate.control.tun;

import static io.wiregate.control.tun.NatTunnel.FIRST_4;
import static io.wiregate.control.tun.NatTunnel.SECOND_4;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.PingSeries;
import io.wiregate.os.testing.conformance.Proves;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Items 12 to 16: behind address translation, and routes by interface, mark and tunnel.
@Execution(ExecutionMode.CONCURRENT)
abstract class NatItems extends NetnsItems {
  NatItems(Implementation first, Implementation second) {
    super(first, second);
  }

  @Test
  @Proves("netns.12")
  void persistentKeepalive_keepsTheWayBackOpen() {
    try (NatTunnel tunnel = NatTunnel.open(first, second)) {
      Host a = tunnel.first();
      Host b = tunnel.second();
      String peer = b.keys().publicKey();
      a.set("peer", peer, "persistent-keepalive", "1");
      a.ping(SECOND_4);
      b.ping(FIRST_4);
      assertThat(b.showPeer("endpoints")).isEqualTo(NatTunnel.ROUTER + ":1000");
      Await.pause(Duration.ofSeconds(3)); // longer than the router remembers
      b.ping(FIRST_4);

      // And without it the way back closes.
      a.set("peer", peer, "persistent-keepalive", "0");
      Await.until("the router forgets", PATIENCE, () -> !tunnel.remembersFlow());
      assertThat(b.pings(FIRST_4)).isFalse();
    }
  }

  @Test
  @Proves("netns.13")
  void packet_boundToTheInterfaceOrMarkedAnew_passes() {
    try (NatTunnel tunnel = NatTunnel.open(first, second)) {
      Host a = tunnel.first();
      String[] bound = {"ping", "-n", "-I", a.tun(), "-c", "1", "-W", "4", SECOND_4};
      a.exec(bound);
      a.exec(
          "nft",
          "table ip t { chain out { type route hook output priority mangle; meta mark set 1; }; }");
      a.ping(SECOND_4);
      a.exec(bound);
    }
  }

  @Test
  @Proves("netns.14")
  void peer_insideTheTunnel_isReached_andOneThatLeadsToItselfDoesNoHarm() {
    try (NatTunnel tunnel = NatTunnel.open(first, second)) {
      Host a = tunnel.first();
      String onion = reachInside(tunnel);
      a.set("peer", onion, "endpoint", "10.9.0.2:5000");
      assertThat(a.pings("10.9.0.2")).isFalse();
      a.set("peer", onion, "remove");
      a.ping(SECOND_4);
      assertThat(a.program().isAlive()).isTrue();
    }
  }

  /// The kernel's item asks for no more than that it lives; nor does it go on for ever.
  @Test
  @Proves("data.loop")
  void peer_thatLeadsToItself_isBounded() {
    try (NatTunnel tunnel = NatTunnel.open(first, second)) {
      Host a = tunnel.first();
      String onion = reachInside(tunnel);
      long before = sent(a);
      a.set("peer", onion, "endpoint", "10.9.0.2:5000");
      assertThat(a.pings("10.9.0.2")).isFalse();
      assertThat(sent(a) - before).isLessThan(NestingItems.LOOP_BYTES);
    }
  }

  /// Talks to a peer whose endpoint is in the tunnel, and then ends that peer's program.
  ///
  /// @return its public key; it has a session
  private String reachInside(NatTunnel tunnel) {
    Host a = tunnel.first();
    try (Host inside = tunnel.second().another(second)) {
      String onion = inside.keys().publicKey();
      a.set("peer", onion, "allowed-ips", "10.9.0.2/32", "endpoint", SECOND_4 + ":5000");
      a.addAddress(a.tun(), "10.9.0.1/24");
      inside.setKey(inside.keys());
      inside.set("listen-port", "5000");
      inside.set("peer", a.keys().publicKey(), "allowed-ips", "10.9.0.1/32");
      inside.up(1420, "10.9.0.2/24");
      inside.awaitListening();
      a.ping("10.9.0.2");
      return onion;
    }
  }

  /// Over all peers.
  private static long sent(Host host) {
    return host.show("transfer")
        .lines()
        .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf('\t') + 1)))
        .sum();
  }

  @Test
  @Proves("netns.15")
  void defaultRoute_byMark_carriesEverything() {
    try (NatTunnel tunnel = NatTunnel.open(first, second)) {
      Host a = tunnel.first();
      Host b = tunnel.second();
      a.addAddress("eth0", "fd01::9/96"); // a default route over IPv6 beside the one by mark
      a.exec("ip", "-6", "route", "add", "default", "via", "fd01::1");
      b.addAddress(b.tun(), "192.168.99.7/32");
      b.addAddress(b.tun(), "fd99::7/128");
      a.set("fwmark", "51820");
      a.set("peer", b.keys().publicKey(), "allowed-ips", "192.168.99.7,fd99::7");
      for (String family : new String[] {"-6", "-4"}) {
        a.exec("ip", family, "route", "add", "default", "dev", a.tun(), "table", "51820");
        a.exec("ip", family, "rule", "add", "not", "fwmark", "51820", "table", "51820");
        a.exec("ip", family, "rule", "add", "table", "main", "suppress_prefixlength", "0");
      }
      a.sh("echo 0 >/proc/sys/net/ipv4/conf/eth0/rp_filter");
      for (String target : new String[] {"192.168.99.7", "fd99::7"}) {
        assertThat(PingSeries.start(a.namespace(), target, "0.002", 100).lost()).isEmpty();
      }
    }
  }

  /// The second machine forwards into its tunnel for the router, under its own address, to a peer
  /// that is no more.
  @Test
  @Proves({"netns.16", "data.icmp-no-peer"})
  void packetForNobody_isAnsweredThroughTranslation() {
    try (NatTunnel tunnel = NatTunnel.open(first, second)) {
      Host b = tunnel.second();
      b.sh(
          """
          nft 'table ip t { chain post { type nat hook postrouting priority srcnat;
            ip saddr 10.0.0.0/24 ip daddr 10.8.0.0/24 snat to 10.8.0.2; }; }'
          echo 1 >/proc/sys/net/ipv4/ip_forward
          """);
      tunnel.router().exec("ip", "route", "add", FIRST_4, "via", NatTunnel.OUTER_SECOND);
      String[] ping = {"ping", "-n", "-c", "1", "-W", "4", FIRST_4};
      tunnel.first().ping(SECOND_4); // so that the second knows where the first is
      assertThat(Ran.of(tunnel.router().inside(ping)).succeeded()).isTrue();

      b.set("peer", tunnel.first().keys().publicKey(), "remove");
      Ran ran = Ran.of(tunnel.router().inside(ping));
      assertThat(ran.succeeded()).isFalse();
      assertThat(ran.output())
          .contains("From " + NatTunnel.OUTER_SECOND + " icmp_seq=1 Destination Host Unreachable");
    }
  }
}
