package io.wiregate.control.tun;

import static io.wiregate.control.tun.LoopbackTunnel.FIRST_4;
import static io.wiregate.control.tun.LoopbackTunnel.FIRST_6;
import static io.wiregate.control.tun.LoopbackTunnel.SECOND_4;
import static io.wiregate.control.tun.LoopbackTunnel.SECOND_6;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.conformance.Proves;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Items 10 and 11: a tunnel in a tunnel, and one that leads into itself.
@Execution(ExecutionMode.CONCURRENT)
abstract class NestingItems extends NetnsItems {
  private static final String INNER_MTU = "1340";

  /// What may leave within a second because of ten pings that go round.
  static final long LOOP_BYTES = 70_000;

  NestingItems(Implementation first, Implementation second) {
    super(first, second);
  }

  /// The usual tunnel, between addresses of one more.
  private record Nested(LoopbackTunnel carrier, Host first, Host second) implements AutoCloseable {
    static Nested open(Implementation first, Implementation second) {
      LoopbackTunnel carrier = LoopbackTunnel.open(first, second);
      Host a = null;
      Host b = null;
      try {
        renumber(carrier.first(), "fd08::5:1", carrier.second(), "fd08::5:2");
        renumber(carrier.second(), "fd08::5:2", carrier.first(), "fd08::5:1");
        a = carrier.first().another(first);
        b = carrier.second().another(second);
        configure(a, b, "fd08::5:2", SECOND_4 + "/32," + SECOND_6 + "/128");
        configure(b, a, "fd08::5:1", FIRST_4 + "/32," + FIRST_6 + "/128");
        a.up(Integer.parseInt(INNER_MTU), FIRST_4 + "/24", FIRST_6 + "/112");
        b.up(Integer.parseInt(INNER_MTU), SECOND_4 + "/24", SECOND_6 + "/112");
        a.awaitListening();
        b.awaitListening();
        return new Nested(carrier, a, b);
      } catch (Throwable e) {
        for (Host host : new Host[] {a, b}) {
          if (host != null) {
            host.close();
          }
        }
        carrier.close();
        throw e;
      }
    }

    private static void renumber(Host host, String address, Host peer, String peerAddress) {
      host.exec("ip", "address", "flush", "dev", host.tun());
      host.addAddress(host.tun(), address + "/112");
      host.set("peer", peer.keys().publicKey(), "allowed-ips", peerAddress + "/128");
    }

    private static void configure(Host host, Host peer, String endpoint, String allowedIps) {
      host.setKey(host.keys());
      host.set("listen-port", "5000");
      host.set(
          "peer",
          peer.keys().publicKey(),
          "allowed-ips",
          allowedIps,
          "endpoint",
          "[" + endpoint + "]:5000");
    }

    @Override
    public void close() {
      try {
        first.close();
        second.close();
      } finally {
        carrier.close();
      }
    }
  }

  @Test
  @Proves("netns.10")
  void tunnelInATunnel_carriesTraffic() {
    try (Nested nested = Nested.open(first, second)) {
      new Traffic(nested.first, FIRST_4, FIRST_6, nested.second, SECOND_4, SECOND_6).carry();
    }
  }

  /// The carrier's datagrams go into the tunnel that it carries, by way of another namespace.
  @Test
  @Proves({"netns.11", "data.loop"})
  void routeLoop_isBounded() {
    try (Nested nested = Nested.open(first, second)) {
      LoopbackTunnel carrier = nested.carrier;
      Host loop = nested.first;
      String tun = loop.tun();
      loop.exec("ip", "link", "set", tun, "netns", carrier.outside().name());
      carrier.outside().exec("ip", "address", "add", FIRST_4 + "/24", "dev", tun);
      carrier.outside().exec("ip", "link", "set", tun, "up");
      Await.until(
          "an answer by way of another namespace",
          PATIENCE,
          () ->
              Ran.of(carrier.outside().inside("ping", "-n", "-c", "1", "-W", "1", SECOND_4))
                  .succeeded());

      carrier
          .first()
          .set("peer", carrier.second().keys().publicKey(), "endpoint", SECOND_4 + ":7000");
      carrier.second().end();
      nested.second.end();
      long before = loop.transfer().sent();
      assertThat(
              Ran.of(
                      carrier
                          .outside()
                          .inside("ping", "-n", "-q", "-c", "10", "-f", "-W", "1", SECOND_4))
                  .succeeded())
          .isFalse();
      Await.pause(Duration.ofSeconds(1));
      assertThat(loop.transfer().sent() - before).isLessThan(LOOP_BYTES);
    }
  }
}
