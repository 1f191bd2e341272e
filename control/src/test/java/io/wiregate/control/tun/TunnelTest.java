package io.wiregate.control.tun;

import static io.wiregate.control.tun.Implementation.WIREGATE;
import static io.wiregate.control.tun.Implementation.WIREGUARD_GO;
import static io.wiregate.control.tun.Tunnel.CLIENT_4;
import static io.wiregate.control.tun.Tunnel.CLIENT_6;
import static io.wiregate.control.tun.Tunnel.SERVER_4;
import static io.wiregate.control.tun.Tunnel.SERVER_6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.wiregate.control.tun.Host.Transfer;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Packets go through, whoever the other end is, whoever begins, and however large they are. Items
/// 1 to 4 of the kernel's `netns.sh`.
@RequiresRoot
@RequiresTool({"ip", "wg", "ping", "iperf3", "bash", "ss"})
@Execution(ExecutionMode.CONCURRENT)
final class TunnelTest {
  /// Ten pings: each 84 bytes, padded to 96, in a message of 32 bytes more.
  private static final long PINGS = 10 * (96 + 32);

  private static final long INITIATION = 148;
  private static final long RESPONSE = 92;

  /// Whether the initiator confirms its key by a keepalive or by the first packet.
  private static final long KEEPALIVE = 32;

  static List<Arguments> pairs() {
    List<Arguments> pairs = new ArrayList<>();
    for (boolean overIpv6 : List.of(false, true)) {
      pairs.add(arguments(WIREGATE, WIREGUARD_GO, overIpv6));
      pairs.add(arguments(WIREGUARD_GO, WIREGATE, overIpv6));
      pairs.add(arguments(WIREGATE, WIREGATE, overIpv6));
    }
    return pairs;
  }

  @ParameterizedTest
  @MethodSource("pairs")
  @Proves({"netns.01", "netns.02", "netns.04", "data.counters", "proof.wireguard-go"})
  void tunnel_carriesPingsTransfersAndJumboPackets_andCountsToTheByte(
      Implementation client, Implementation server, boolean overIpv6) {
    try (Tunnel tunnel = Tunnel.open(client, server, overIpv6, Tunnel.MTU)) {
      Host a = tunnel.client();
      Host b = tunnel.server();
      assertThat(a.transfer()).isEqualTo(new Transfer(0, 0));
      assertThat(a.hadHandshake()).isFalse();

      a.floodPing(SERVER_4);

      Transfer ofClient = a.transfer();
      assertThat(ofClient.received()).isEqualTo(PINGS + RESPONSE);
      assertThat(ofClient.sent()).isIn(PINGS + INITIATION, PINGS + INITIATION + KEEPALIVE);
      assertThat(b.transfer()).isEqualTo(ofClient.mirrored());
      showsWhatIs(a, b.keys(), Tunnel.CLIENT_PORT, Tunnel.serverEndpoint(overIpv6));
      showsWhatIs(b, a.keys(), Tunnel.SERVER_PORT, Tunnel.clientEndpoint(overIpv6));

      a.floodPing(SERVER_6);
      b.floodPing(CLIENT_4);
      b.floodPing(CLIENT_6);

      pingWhole(a, SERVER_4, Tunnel.MTU - 28);
      pingWhole(b, CLIENT_6, Tunnel.MTU - 48);
      transferBothWays(tunnel);
      becomeJumbo(tunnel);
      transferBothWays(tunnel);
    }
  }

  private static void showsWhatIs(Host host, Keys peer, int port, String endpoint) {
    assertThat(host.show("public-key")).isEqualTo(host.keys().publicKey());
    assertThat(host.show("private-key")).isEqualTo(host.keys().privateKey());
    assertThat(host.port()).isEqualTo(port);
    assertThat(host.show("fwmark")).isEqualTo("off");
    assertThat(host.show("peers")).isEqualTo(peer.publicKey());
    assertThat(host.showPeer("preshared-keys")).isEqualTo("(none)");
    assertThat(host.showPeer("endpoints")).isEqualTo(endpoint);
    assertThat(host.showPeer("persistent-keepalive")).isEqualTo("off");
    assertThat(Long.parseLong(host.showPeer("latest-handshakes")))
        .isBetween(Instant.now().getEpochSecond() - 30, Instant.now().getEpochSecond());
    assertThat(host.exec("wg", "show", host.tun()))
        .contains("interface: " + host.tun(), "latest handshake: ", "transfer: ");
  }

  /// Packets as large as the kernel's own test has them, over a wire that takes them whole.
  private static void becomeJumbo(Tunnel tunnel) {
    int mtu = 34816 - Tunnel.OVERHEAD;
    for (Host host : List.of(tunnel.client(), tunnel.server())) {
      host.exec("ip", "link", "set", "eth0", "mtu", String.valueOf(mtu + Tunnel.OVERHEAD));
      host.exec("ip", "link", "set", host.tun(), "mtu", String.valueOf(mtu));
    }
    pingWhole(tunnel.client(), SERVER_4, mtu - 28);
    pingWhole(tunnel.client(), SERVER_6, mtu - 48);
  }

  private static void pingWhole(Host host, String target, int payload) {
    String size = String.valueOf(payload);
    host.exec("ping", "-n", "-M", "do", "-c", "1", "-W", "4", "-s", size, target);
  }

  private static void transferBothWays(Tunnel tunnel) {
    Host a = tunnel.client();
    Host b = tunnel.server();
    a.transferTo(b, SERVER_4, "-n", "30M");
    b.transferTo(a, CLIENT_6, "-n", "30M");
    udpArrives(a.transferTo(b, SERVER_6, "-u", "-b", "20M", "-n", "2M"));
    udpArrives(b.transferTo(a, CLIENT_4, "-u", "-b", "20M", "-n", "2M"));
  }

  /// At that rate only a busy machine loses any.
  private static void udpArrives(String output) {
    String receiver =
        output
            .lines()
            .filter(line -> line.endsWith("receiver"))
            .findFirst()
            .orElseThrow(() -> new AssertionError(output));
    String lost = receiver.substring(receiver.indexOf('(') + 1, receiver.indexOf("%)"));
    assertThat(Double.parseDouble(lost)).as(output).isLessThan(50);
  }

  @Test
  @Proves("netns.03")
  void flows_fiftyInParallel_allSucceed() {
    try (Tunnel tunnel = Tunnel.open(WIREGATE, WIREGUARD_GO)) {
      tunnel.client().transferTo(tunnel.server(), SERVER_4, "-P", "50", "-n", "1M");
      tunnel.client().transferTo(tunnel.server(), SERVER_6, "-P", "50", "-n", "1M", "-R");
    }
  }
}
