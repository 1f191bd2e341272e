package io.wiregate.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.session.Limits;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.Session;
import io.wiregate.dataplane.session.SessionCounters;
import io.wiregate.dataplane.testing.EchoFlow;
import io.wiregate.dataplane.testing.Lab;
import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import io.wiregate.os.udp.UdpEndpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// Sessions that follow each other, between two devices on a wire. A session asks to be renewed
/// after two minutes or 2^60 messages; here after the messages, which are counted to there by the
/// test. The rest is as ever: handshakes are five seconds apart. (After the minutes, with the real
/// clock, it is in control's `RekeyTest`.)
@RequiresRoot
@RequiresTool("ip")
class SuccessiveRekeysTest {
  private static final int REKEYS = 5;
  private static final String INNER_A = "10.7.0.1";
  private static final String INNER_B = "10.7.0.2";

  /// What becomes of a packet or message that is lost.
  private static final List<Outcome> LOSSES =
      List.of(
          Outcome.IN_NO_SESSION,
          Outcome.IN_SESSION_EXPIRED,
          Outcome.IN_NOT_AUTHENTIC,
          Outcome.IN_REPLAYED,
          Outcome.IN_SOURCE_NOT_ALLOWED,
          Outcome.OUT_STAGING_FULL,
          Outcome.OUT_SESSION_EXHAUSTED,
          Outcome.OUT_HANDSHAKE_FAILED);

  /// Two devices that know each other. `a` begins.
  private static final class Pair implements AutoCloseable {
    private final Lab a;
    private final Lab b;
    private final EchoFlow flow;

    Pair() throws OsException {
      a = Lab.up(2, INNER_A + "/24");
      b = Lab.up(2, INNER_B + "/24");
      a.connect("192.168.7.1/24", b, "192.168.7.2/24");
      put(a, b, "192.168.7.2", INNER_B);
      put(b, a, "192.168.7.1", INNER_A);
      flow = new EchoFlow(a.socket(INNER_A), b.socket(INNER_B));
    }

    private static void put(Lab lab, Lab other, String endpoint, String inner) {
      lab.device()
          .putPeer(
              new PeerConfiguration(
                  Objects.requireNonNull(other.device().publicKey()),
                  null,
                  UdpEndpoint.of(IpAddress.parse(endpoint), Lab.PORT),
                  0,
                  List.of(IpPrefix.parse(inner + "/32"))));
    }

    private static Peer peer(Lab lab, Lab other) {
      return Objects.requireNonNull(
          lab.device().peers().byKey(Objects.requireNonNull(other.device().publicKey())));
    }

    private Session atA() {
      return Objects.requireNonNull(peer(a, b).currentSession());
    }

    private Session atB() {
      return Objects.requireNonNull(peer(b, a).currentSession());
    }

    /// Sessions follow each other because one side wishes it.
    void renew(boolean aWishes, boolean underLoad) {
      int packets = underLoad ? 256 : 1;
      flow.exchange(packets);
      for (int i = 0; i < REKEYS; i++) {
        Session oldAtA = atA();
        Session oldAtB = atB();
        SessionCounters.continueAt(aWishes ? oldAtA : oldAtB, Limits.REKEY_AFTER_MESSAGES + 1);
        Lab.await(() -> {
          flow.exchange(packets);
          return atA() != oldAtA && atB() != oldAtB;
        });
        assertThat(atA().weInitiated()).isEqualTo(aWishes);
        assertThat(atB().weInitiated()).isNotEqualTo(aWishes);
        flow.exchange(packets);
      }
      // A session is in use a moment before it is counted.
      Lab.await(() -> handshakes(a) + handshakes(b) >= 1 + REKEYS);
      assertThat(handshakes(a) + handshakes(b)).isEqualTo(1 + REKEYS);
      for (Lab lab : List.of(a, b)) {
        for (Outcome loss : LOSSES) {
          assertThat(lab.device().count(loss)).as(loss.name()).isZero();
        }
      }
    }

    /// That this one began and completed.
    private static long handshakes(Lab lab) {
      return lab.device().count(Outcome.HANDSHAKE_COMPLETED);
    }

    @Override
    public void close() {
      flow.close();
      a.close();
      b.close();
    }
  }

  /// All four at once, since they mostly wait.
  @Test
  @Proves("proof.rekeys")
  void sessions_renewedAgainAndAgain_loseAndReorderNothing() throws Exception {
    List<Future<?>> running = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (boolean aWishes : new boolean[] {true, false}) {
        for (boolean underLoad : new boolean[] {true, false}) {
          running.add(
              threads.submit(() -> {
                try (Pair pair = new Pair()) {
                  pair.renew(aWishes, underLoad);
                }
                return null;
              }));
        }
      }
      for (Future<?> each : running) {
        each.get();
      }
    }
  }
}
