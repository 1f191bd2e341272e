package io.wiregate.control.tun;

import static io.wiregate.control.tun.Implementation.WIREGATE;
import static io.wiregate.control.tun.Implementation.WIREGUARD_GO;
import static io.wiregate.control.tun.Tunnel.CLIENT_4;
import static io.wiregate.control.tun.Tunnel.SERVER_4;
import static io.wiregate.control.tun.Tunnel.SERVER_6;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.control.tun.Host.Transfer;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Keys that change, and what is sent without anybody asking.
@RequiresRoot
@RequiresTool({"ip", "wg", "ping", "bash", "nft", "ss"})
@Execution(ExecutionMode.CONCURRENT)
final class KeysTest {
  private static final int KEEPALIVE = 32;
  private static final int INITIATION = 148;

  /// Longer than a handshake that got no answer waits.
  private static final Duration RETRY = Duration.ofSeconds(12);

  @ParameterizedTest
  @CsvSource({"WIREGATE,WIREGUARD_GO", "WIREGUARD_GO,WIREGATE", "WIREGATE,WIREGATE"})
  @Proves({"netns.09", "handshake.static-key-change"})
  void privateKey_changed_isUsedAtOnce(Implementation client, Implementation server) {
    try (Tunnel tunnel = Tunnel.open(client, server)) {
      Host a = tunnel.client();
      Host b = tunnel.server();
      a.ping(SERVER_4);
      Keys changed = Keys.generate();
      a.setKey(changed);
      b.set(
          "peer",
          a.keys().publicKey(),
          "remove",
          "peer",
          changed.publicKey(),
          "allowed-ips",
          CLIENT_4 + "/32");
      a.ping(SERVER_4);
      assertThat(b.show("peers")).isEqualTo(changed.publicKey());
      assertThat(b.hadHandshake()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({"WIREGATE,WIREGUARD_GO", "WIREGUARD_GO,WIREGATE"})
  @Proves("session.psk-next")
  void presharedKey_mustBeTheSame(Implementation client, Implementation server) {
    try (Tunnel tunnel = Tunnel.open(client, server)) {
      Host a = tunnel.client();
      Host b = tunnel.server();
      Keys right = Keys.generate();
      a.file("right", right.privateKey());
      b.file("right", right.privateKey());
      setPresharedKey(a, b, "right");
      assertThat(a.pings(SERVER_4)).as("one end has none").isFalse();
      assertThat(a.hadHandshake()).isFalse();

      setPresharedKey(b, a, "right");
      assertThat(b.showPeer("preshared-keys")).isEqualTo(right.privateKey());
      Await.until("packets pass", RETRY, () -> a.pings(SERVER_4));

      // It counts from the next handshake on.
      a.file("wrong", Keys.generate().privateKey());
      setPresharedKey(a, b, "wrong");
      a.ping(SERVER_4);
      a.set("peer", b.keys().publicKey(), "remove");
      b.set("peer", a.keys().publicKey(), "remove");
      tunnel.configurePeers(false);
      setPresharedKey(a, b, "wrong");
      setPresharedKey(b, a, "right");
      assertThat(a.pings(SERVER_4)).as("wrong key").isFalse();

      a.set("peer", b.keys().publicKey(), "preshared-key", "/dev/null");
      b.set("peer", a.keys().publicKey(), "preshared-key", "/dev/null");
      assertThat(a.showPeer("preshared-keys")).isEqualTo("(none)");
      assertThat(b.showPeer("preshared-keys")).isEqualTo("(none)");
      Await.until("packets pass", RETRY, () -> a.pings(SERVER_4));
    }
  }

  private static void setPresharedKey(Host host, Host peer, String file) {
    host.set(
        "peer",
        peer.keys().publicKey(),
        "preshared-key",
        host.directory().resolve(file).toString());
  }

  /// Items 21 and 22 of the kernel's `netns.sh`.
  @Test
  @Proves({"netns.21", "netns.22", "interface.up", "timer.persistent-keepalive"})
  void persistentKeepalive_beginsWithTheInterfaceAndWithTheKey() {
    try (Tunnel tunnel = Tunnel.wire(WIREGATE, WIREGUARD_GO, 1500)) {
      Host a = tunnel.client();
      Host b = tunnel.server();
      b.setKey(b.keys());
      tunnel.configurePeers(false);
      a.set("peer", b.keys().publicKey(), "persistent-keepalive", "1");
      b.up(Tunnel.MTU, SERVER_4 + "/24", SERVER_6 + "/64");
      assertThat(a.transfer()).as("down").isEqualTo(new Transfer(0, 0));

      a.up(Tunnel.MTU, CLIENT_4 + "/24");
      Await.pause(Duration.ofMillis(300));
      assertThat(a.transfer()).as("up, without a key").isEqualTo(new Transfer(0, 0));

      a.setKey(a.keys());
      Await.until("a handshake", Duration.ofSeconds(3), a::hadHandshake);

      // One each second, and nothing else.
      long before = b.transfer().received();
      Await.until(
          "three keepalives",
          Duration.ofSeconds(10),
          () -> b.transfer().received() >= before + 3 * KEEPALIVE);
      assertThat((b.transfer().received() - before) % KEEPALIVE).isZero();

      a.set("peer", b.keys().publicKey(), "persistent-keepalive", "off");
      assertThat(a.showPeer("persistent-keepalive")).isEqualTo("off");
      long after = a.transfer().sent();
      Await.pause(Duration.ofMillis(2500));
      assertThat(a.transfer().sent()).isLessThanOrEqualTo(after + KEEPALIVE);

      // At the start of the interface, the session being gone.
      a.set("peer", b.keys().publicKey(), "persistent-keepalive", "25");
      a.exec("ip", "link", "set", a.tun(), "down");
      a.awaitPortClosed();
      long down = a.transfer().sent();
      a.exec("ip", "link", "set", a.tun(), "up");
      Await.until(
          "an initiation", Duration.ofSeconds(8), () -> a.transfer().sent() >= down + INITIATION);
      b.ping(CLIENT_4);
    }
  }
}
