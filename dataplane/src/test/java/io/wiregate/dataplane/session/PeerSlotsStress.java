package io.wiregate.dataplane.session;

import io.wiregate.dataplane.testing.NoPeerEvents;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/// A peer is removed while a handshake thread begins a session: the session ends, exactly once, and
/// is not used.
@JCStressTest
@Outcome(id = "false, 1", expect = Expect.ACCEPTABLE, desc = "ended")
@Outcome(expect = Expect.FORBIDDEN, desc = "keys that are never wiped, or wiped twice")
@State
public class PeerSlotsStress {
  private final AtomicInteger ended = new AtomicInteger();
  private final PeerEvents events =
      new NoPeerEvents() {
        @Override
        public void onSessionEnded(Session session) {
          ended.incrementAndGet();
        }
      };
  private final Peer peer = Stressed.peer(events);

  @Actor
  public void handshakeThread() {
    peer.begin(Stressed.session(peer));
  }

  @Actor
  public void controlThread() {
    peer.remove();
  }

  @Arbiter
  public void arbiter(ZI_Result result) {
    result.r1 = peer.currentSession() != null;
    result.r2 = ended.get();
  }
}
