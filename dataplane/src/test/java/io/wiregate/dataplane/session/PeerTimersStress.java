package io.wiregate.dataplane.session;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/// The peer's worker takes the time to wake at, while another thread sets a timer: the worker knows
/// of it, or is asked to look again.
@JCStressTest
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "seen by the worker itself")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "told by the other thread")
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "both: looked at once more")
@Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "the timer never goes off")
@State
public class PeerTimersStress {
  private final Peer peer = Stressed.peer();
  private long wakeAt;

  /// The wheel was to wake for an earlier timer, which is no longer set: until the worker has said
  /// otherwise, the other thread takes that for soon enough.
  public PeerTimersStress() {
    peer.timers().onHandshakeInitiated(0);
    peer.takeWakeAt();
    peer.timers().onHandshakeComplete();
  }

  @Actor
  public void worker() {
    wakeAt = peer.takeWakeAt();
  }

  @Actor
  public void other() {
    peer.timers().onDataReceived(0);
    peer.onTimersChanged();
  }

  @Arbiter
  public void arbiter(ZZ_Result result) {
    result.r1 = wakeAt == Limits.KEEPALIVE_TIMEOUT;
    result.r2 = (peer.takeRequests() & Peer.ARM_TIMERS) != 0;
  }
}
