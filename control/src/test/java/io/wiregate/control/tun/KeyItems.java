package io.wiregate.control.tun;

import static io.wiregate.control.tun.Tunnel.CLIENT_4;
import static io.wiregate.control.tun.Tunnel.SERVER_4;
import static io.wiregate.control.tun.Tunnel.SERVER_6;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.control.tun.Host.Transfer;
import io.wiregate.os.testing.conformance.Proves;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Items 21, 22 and 33: what is sent because there is a key, and what is not.
@Execution(ExecutionMode.CONCURRENT)
abstract class KeyItems extends NetnsItems {
  private static final Transfer NOTHING = new Transfer(0, 0);

  KeyItems(Implementation first, Implementation second) {
    super(first, second);
  }

  /// At once: that is before an initiation is repeated, and long before the interval has passed.
  @Test
  @Proves({"netns.21", "interface.up"})
  void persistentKeepalive_isSentWhenTheInterfaceGoesUp() {
    try (Tunnel tunnel = Tunnel.wire(first, second, 1500)) {
      Host a = tunnel.client();
      a.setKey(a.keys());
      keepAlive(tunnel);
      assertThat(a.transfer()).isEqualTo(NOTHING);
      a.up(Tunnel.MTU, CLIENT_4 + "/24");
      Await.until("something sent", Duration.ofSeconds(4), () -> a.transfer().sent() > 0);
    }
  }

  @Test
  @Proves("netns.22")
  void persistentKeepalive_isSentWhenThePrivateKeyIsSet() {
    try (Tunnel tunnel = Tunnel.wire(first, second, 1500)) {
      Host a = tunnel.client();
      keepAlive(tunnel);
      assertThat(a.transfer()).isEqualTo(NOTHING);
      a.up(Tunnel.MTU, CLIENT_4 + "/24");
      a.awaitListening();
      Await.pause(Duration.ofMillis(300));
      assertThat(a.transfer()).as("up, without a key").isEqualTo(NOTHING);
      a.setKey(a.keys());
      Await.until("something sent", Duration.ofSeconds(4), () -> a.transfer().sent() > 0);
    }
  }

  private static void keepAlive(Tunnel tunnel) {
    tunnel.server().setKey(tunnel.server().keys());
    tunnel.configurePeers(false);
    String peer = tunnel.server().keys().publicKey();
    tunnel.client().set("peer", peer, "persistent-keepalive", "25");
    tunnel.server().up(Tunnel.MTU, SERVER_4 + "/24", SERVER_6 + "/64");
    tunnel.server().awaitListening();
  }

  @Test
  @Proves({"netns.33", "handshake.low-order-peer"})
  void publicKey_ofLowOrder_isTakenAndNeverSpokenTo() {
    try (Tunnel tunnel = Tunnel.open(first, second)) {
      Host a = tunnel.client();
      a.sh(
          """
          nft 'table inet t { chain out { type filter hook output priority 0;
            udp dport 9998 counter name genuine; udp dport 9999 counter name low; };
            counter genuine { }; counter low { }; }'
          for point in AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
              4Ot6fDtBuK4WVuP68Z/EatoJjeucMrH9hmIFFl9JuAA= X5yVvKNQjCSx0LFVnIPvWwREXMRYHI6G2CJO3dCfEVc= \
              7P///////////////////////////////////////38= 7f///////////////////////////////////////38= \
              7v///////////////////////////////////////38=; do
            wg set %s peer $point persistent-keepalive 1 endpoint 192.168.77.2:9999
          done
          """
              .formatted(a.tun()));
      assertThat(a.show("peers")).hasLineCount(8);
      // One that is as good as they are not is spoken to meanwhile.
      a.set(
          "peer",
          Keys.generate().publicKey(),
          "persistent-keepalive",
          "1",
          "endpoint",
          "192.168.77.2:9998");
      Await.until("a good one is spoken to", PATIENCE, () -> packets(a, "genuine") > 0);
      Await.pause(Duration.ofSeconds(2));
      assertThat(packets(a, "low")).isZero();
      a.ping(SERVER_4);
    }
  }

  private static int packets(Host host, String counter) {
    String shown = host.exec("nft", "list", "counter", "inet", "t", counter);
    return Integer.parseInt(shown.replaceAll("(?s).*packets (\\d+) .*", "$1"));
  }
}
