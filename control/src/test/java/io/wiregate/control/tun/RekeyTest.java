package io.wiregate.control.tun;

import static io.wiregate.control.tun.Implementation.WIREGATE;
import static io.wiregate.control.tun.Implementation.WIREGUARD_GO;
import static io.wiregate.control.tun.Tunnel.CLIENT_4;
import static io.wiregate.control.tun.Tunnel.SERVER_4;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.PingSeries;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// What becomes of a session after the 120 seconds that it is used for. One test for all roles,
/// since each would wait as long, and keep others from running.
@RequiresRoot
@RequiresTool({"ip", "wg", "ping", "ss"})
@Execution(ExecutionMode.CONCURRENT)
final class RekeyTest {
  private static final int REKEY_AFTER_SECONDS = 120;

  @Test
  @Timeout(300)
  @Proves({"timer.rekey-after-time", "proof.wireguard-go"})
  void session_after120Seconds_isRenewedWithoutALostPacket() {
    try (Tunnel busyClient = Tunnel.open(WIREGATE, WIREGUARD_GO);
        Tunnel busyServer = Tunnel.open(WIREGUARD_GO, WIREGATE);
        Tunnel idleClient = Tunnel.open(WIREGATE, WIREGUARD_GO);
        Tunnel idleServer = Tunnel.open(WIREGUARD_GO, WIREGATE)) {
      long idleClientSince = firstHandshake(idleClient);
      firstHandshake(idleServer);
      long idleServerSince = lastHandshakeOfWireguardGo(idleServer);
      // wireguard-go notes that it has sent data after it has sent it: an answer that is quicker is
      // none to it, and after 15 s it begins a handshake. What it did not ask for sets that right,
      // so the last of the pings is WireGate's, and not wireguard-go's: for the other idle tunnel
      // it was so.
      idleServer.server().ping(CLIENT_4);
      Busy client = Busy.start(busyClient);
      Busy server = Busy.start(busyServer);
      client.awaitEndAndCheck();
      server.awaitEndAndCheck();
      // At least as old as the busy ones by now. The next packet goes under the old session.
      isRenewedByTheNextPacket(idleClient, idleClientSince);
      isRenewedByTheNextPacket(idleServer, idleServerSince);
    }
  }

  private static long firstHandshake(Tunnel tunnel) {
    tunnel.client().awaitPing(SERVER_4);
    return lastHandshake(tunnel.client());
  }

  /// wireguard-go arms the timer of a repetition after it has sent an initiation: a response that
  /// is quicker does not disarm it, and it begins another handshake after 5 s, perhaps with the
  /// same outcome.
  private static long lastHandshakeOfWireguardGo(Tunnel tunnel) {
    long last = 0;
    for (long now = lastHandshake(tunnel.client()); now != last; ) {
      last = now;
      LockSupport.parkNanos(Duration.ofSeconds(7).toNanos());
      now = lastHandshake(tunnel.client());
    }
    return last;
  }

  private static long lastHandshake(Host host) {
    return Long.parseLong(host.showPeer("latest-handshakes"));
  }

  private static void isRenewedByTheNextPacket(Tunnel tunnel, long since) {
    assertThat(lastHandshake(tunnel.client())).as("without traffic").isEqualTo(since);
    tunnel.client().ping(SERVER_4);
    Await.until(
        "a new handshake",
        Duration.ofSeconds(10),
        () -> lastHandshake(tunnel.client()) >= since + REKEY_AFTER_SECONDS);
    tunnel.server().ping(CLIENT_4);
  }

  /// A tunnel with pings from both ends for a little longer than a session is used for.
  private record Busy(Tunnel tunnel, long since, PingSeries fromClient, PingSeries fromServer) {
    static Busy start(Tunnel tunnel) {
      long since = firstHandshake(tunnel);
      return new Busy(
          tunnel, since, pings(tunnel.client(), SERVER_4), pings(tunnel.server(), CLIENT_4));
    }

    private static PingSeries pings(Host host, String target) {
      return PingSeries.start(host.namespace(), target, "0.25", 4 * (REKEY_AFTER_SECONDS + 6));
    }

    void awaitEndAndCheck() {
      assertThat(fromClient.lost()).isEmpty();
      assertThat(fromServer.lost()).isEmpty();
      for (Host host : List.of(tunnel.client(), tunnel.server())) {
        assertThat(lastHandshake(host)).isGreaterThanOrEqualTo(since + REKEY_AFTER_SECONDS);
      }
    }
  }
}
