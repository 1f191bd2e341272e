package io.wiregate.control.tun;

import static io.wiregate.control.tun.LoopbackTunnel.FIRST_4;
import static io.wiregate.control.tun.LoopbackTunnel.SECOND_4;
import static io.wiregate.control.tun.LoopbackTunnel.SECOND_6;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.conformance.Proves;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Items 6 to 9: peers that move, addresses that are somebody else's, keys that change.
@Execution(ExecutionMode.CONCURRENT)
abstract class RoamingItems extends NetnsItems {
  private static final String INNER_PORT = "1111";

  RoamingItems(Implementation first, Implementation second) {
    super(first, second);
  }

  @Test
  @Proves("netns.06")
  void peer_thatMovesOverIpv4_isFollowed() {
    try (LoopbackTunnel tunnel = LoopbackTunnel.open(first, second)) {
      tunnel.first().ping(SECOND_4);
      tunnel.outside().exec("ip", "address", "delete", "127.0.0.1/8", "dev", "lo");
      tunnel.outside().exec("ip", "address", "add", "127.212.121.99/8", "dev", "lo");
      tunnel.first().set("listen-port", "9999");
      tunnel.first().set("peer", tunnel.second().keys().publicKey(), "endpoint", "127.0.0.1:2000");
      tunnel.first().ping(SECOND_6);
      assertThat(tunnel.second().showPeer("endpoints")).isEqualTo("127.212.121.99:9999");
    }
  }

  @Test
  @Proves("netns.07")
  void peer_thatMovesToIpv6_isFollowed() {
    try (LoopbackTunnel tunnel = LoopbackTunnel.open(first, second)) {
      tunnel.first().ping(SECOND_4);
      tunnel.first().set("listen-port", "9998");
      tunnel.first().set("peer", tunnel.second().keys().publicKey(), "endpoint", "[::1]:2000");
      tunnel.first().ping(SECOND_4);
      assertThat(tunnel.second().showPeer("endpoints")).isEqualTo("[::1]:9998");
    }
  }

  @Test
  @Proves({"netns.08", "data.endpoint", "data.source-allowed"})
  void datagram_fromAnAddressOfAnotherPeer_isNotDeliveredButMovesThePeer() {
    try (LoopbackTunnel tunnel = LoopbackTunnel.open(first, second)) {
      Host a = tunnel.first();
      Host b = tunnel.second();
      String peer = b.keys().publicKey();
      Path received = a.file("received", "");
      a.namespace().start(received, "nc", "-4", "-n", "-u", "-l", "-k", INNER_PORT);
      Await.until(
          "nc listens", PATIENCE, () -> !a.exec("ss", "-Huna", "sport = :" + INNER_PORT).isEmpty());

      a.set("peer", peer, "allowed-ips", "10.8.0.0/24");
      send(b, "before ");
      Await.until("the first datagram", PATIENCE, () -> read(received).equals("before "));

      String other = Keys.generate().publicKey();
      a.set("peer", other, "allowed-ips", SECOND_4 + "/32");
      b.set("listen-port", "9997");
      send(b, "between ");
      Await.until(
          "the peer has moved",
          PATIENCE,
          () -> a.show("endpoints").contains(peer + "\t127.0.0.1:9997"));

      // Were that one only late, it would come before the next.
      a.set("peer", other, "remove");
      send(b, "after ");
      Await.until("the last datagram", PATIENCE, () -> read(received).endsWith("after "));
      assertThat(read(received)).isEqualTo("before after ");
    }
  }

  private static void send(Host from, String text) {
    from.exec(
        "bash", "-euc", "printf %%s '%s' >/dev/udp/%s/%s".formatted(text, FIRST_4, INNER_PORT));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  @Proves({"netns.09", "handshake.static-key-change"})
  void privateKey_changed_isUsedAtOnce() {
    try (LoopbackTunnel tunnel = LoopbackTunnel.open(first, second)) {
      Host a = tunnel.first();
      Host b = tunnel.second();
      String psk = b.file("psk", Keys.generate().privateKey()).toString();
      a.set("peer", b.keys().publicKey(), "preshared-key", psk);
      b.set("peer", a.keys().publicKey(), "preshared-key", psk);
      a.ping(SECOND_4);
      Keys changed = Keys.generate();
      a.setKey(changed);
      b.set(
          "peer",
          changed.publicKey(),
          "preshared-key",
          psk,
          "allowed-ips",
          FIRST_4 + "/32",
          "peer",
          a.keys().publicKey(),
          "remove");
      a.ping(SECOND_4);
      assertThat(b.show("peers")).isEqualTo(changed.publicKey());
    }
  }
}
