package io.wiregate.control.tun;

import static io.wiregate.control.tun.Implementation.WIREGATE;
import static io.wiregate.control.tun.Tunnel.SERVER_4;
import static io.wiregate.control.tun.Tunnel.SERVER_6;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.NetworkNamespace;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Tunnels in tunnels, and routes that lead back into the tunnel: items 10, 11 and 14 of the
/// kernel's `netns.sh`.
@RequiresRoot
@RequiresTool({"ip", "wg", "ping", "iperf3", "bash", "ss"})
@Execution(ExecutionMode.CONCURRENT)
final class NestedTunnelTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /// Of the inner tunnel.
  private static final String INNER_CLIENT = "10.9.0.1";

  private static final String INNER_SERVER = "10.9.0.2";
  private static final int INNER_PORT = 5;

  /// A second interface on a machine, served by a program of its own.
  private record Second(Host host, String tun, Keys keys) implements AutoCloseable {
    static Second start(Host host) {
      String tun = NetworkNamespace.unique("wg");
      Keys keys = Keys.generate();
      host.namespace()
          .start(
              host.directory().resolve("log-" + tun), WIREGATE.command(tun).toArray(String[]::new));
      Second second = new Second(host, tun, keys);
      Await.until(
          tun + " is served",
          PATIENCE,
          () -> Files.exists(second.socket()) && host.tryExec("wg", "show", tun).succeeded());
      String file = host.file("key-" + tun, keys.privateKey() + "\n").toString();
      host.exec("wg", "set", tun, "private-key", file, "listen-port", String.valueOf(INNER_PORT));
      return second;
    }

    private Path socket() {
      return Path.of("/var/run/wireguard", tun + ".sock");
    }

    void peer(String key, String... arguments) {
      StringBuilder line = new StringBuilder("wg set " + tun + " peer " + key);
      for (String argument : arguments) {
        line.append(' ').append(argument);
      }
      host.sh(line.toString());
    }

    void up(int mtu, String address) {
      host.exec("ip", "link", "set", tun, "mtu", String.valueOf(mtu), "up");
      host.addAddress(tun, address);
      Await.until("the port is open", PATIENCE, () -> host.holdsPort(INNER_PORT));
    }

    long sent() {
      String[] fields = host.exec("wg", "show", tun, "transfer").strip().split("\t", -1);
      return Long.parseLong(fields[2]);
    }

    @Override
    public void close() {
      try {
        Files.deleteIfExists(socket()); // of a program that did not
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static void nest(Tunnel tunnel, Second client, Second server, int mtu) {
    client.peer(
        server.keys().publicKey(),
        "allowed-ips",
        INNER_SERVER + "/32",
        "endpoint",
        "[" + SERVER_6 + "]:" + INNER_PORT);
    server.peer(client.keys().publicKey(), "allowed-ips", INNER_CLIENT + "/32");
    client.up(mtu, INNER_CLIENT + "/24");
    server.up(mtu, INNER_SERVER + "/24");
    tunnel.client().awaitPing(INNER_SERVER);
  }

  /// Also where the inner tunnel's MTU is too large: it fragments then.
  @Test
  @Proves("netns.10")
  void tunnel_inATunnel_carriesWhateverItsMtu() {
    try (Tunnel tunnel = Tunnel.open(WIREGATE, WIREGATE);
        Second client = Second.start(tunnel.client());
        Second server = Second.start(tunnel.server())) {
      nest(tunnel, client, server, Tunnel.MTU - Tunnel.OVERHEAD);
      tunnel.client().floodPing(INNER_SERVER);
      tunnel.client().transferTo(tunnel.server(), INNER_SERVER, "-n", "10M");
      tunnel.client().transferTo(tunnel.server(), INNER_SERVER, "-n", "10M", "-R");
      for (Second second : new Second[] {client, server}) {
        second.host().exec("ip", "link", "set", second.tun(), "mtu", String.valueOf(Tunnel.MTU));
      }
      tunnel.client().exec("ping", "-n", "-c", "1", "-W", "10", "-s", "1392", INNER_SERVER);
      tunnel.client().transferTo(tunnel.server(), INNER_SERVER, "-n", "1M");
    }
  }

  @Test
  @Proves({"netns.11", "data.loop"})
  void tunnels_whoseRoutesLeadIntoEachOther_endWhatTheySend() {
    try (Tunnel tunnel = Tunnel.open(WIREGATE, WIREGATE);
        Second client = Second.start(tunnel.client());
        Second server = Second.start(tunnel.server())) {
      Host a = tunnel.client();
      nest(tunnel, client, server, Tunnel.MTU - Tunnel.OVERHEAD);
      a.set("peer", tunnel.server().keys().publicKey(), "endpoint", INNER_SERVER + ":7");

      long before = client.sent();
      Ran pings = a.tryExec("ping", "-n", "-q", "-f", "-c", "10", "-W", "1", INNER_SERVER);
      assertThat(pings.output()).contains("100% packet loss");
      Await.pause(Duration.ofSeconds(1));
      assertThat(client.sent() - before).isBetween(10L * 128, 70_000L);
    }
  }

  @Test
  @Proves({"netns.14", "data.loop"})
  void peer_behindAnotherPeerOfTheSameInterface_isReached_andAtItselfIsNot() {
    try (Tunnel tunnel = Tunnel.open(WIREGATE, WIREGATE);
        Second behind = Second.start(tunnel.server())) {
      Host a = tunnel.client();
      behind.peer(a.keys().publicKey(), "allowed-ips", INNER_CLIENT + "/32");
      behind.up(Tunnel.MTU - Tunnel.OVERHEAD, INNER_SERVER + "/24");
      a.addAddress(a.tun(), INNER_CLIENT + "/24");
      String key = behind.keys().publicKey();
      String through = SERVER_4 + ":" + INNER_PORT;
      a.set("peer", key, "allowed-ips", INNER_SERVER + "/32", "endpoint", through);
      a.awaitPing(INNER_SERVER);

      a.set("peer", key, "endpoint", INNER_SERVER + ":" + INNER_PORT);
      long before = sentTo(a, key);
      Ran pings = a.tryExec("ping", "-n", "-q", "-c", "10", "-i", "0.05", "-W", "1", INNER_SERVER);
      assertThat(pings.output()).contains("100% packet loss");
      // Each was sent once, and came back once.
      assertThat(sentTo(a, key) - before).isBetween(10L * 128, 10L * 128 + 10 * 148);

      a.ping(SERVER_4);
      a.set("peer", key, "endpoint", through);
      a.awaitPing(INNER_SERVER);
    }
  }

  private static long sentTo(Host host, String key) {
    return host.show("transfer")
        .lines()
        .filter(line -> line.startsWith(key))
        .mapToLong(line -> Long.parseLong(line.split("\t", -1)[2]))
        .sum();
  }
}
