package io.wiregate.dataplane.session;

import io.wiregate.dataplane.testing.NoPeerEvents;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/// One thread asks the worker for something while the worker takes what was asked for before:
/// nothing is lost, and the worker is called for it.
@JCStressTest
@Outcome(id = "5, 1", expect = Expect.ACCEPTABLE, desc = "taken together")
@Outcome(id = "5, 2", expect = Expect.ACCEPTABLE, desc = "taken one after the other")
@Outcome(expect = Expect.FORBIDDEN, desc = "a request was lost, or nobody was called")
@State
public class PeerRequestsStress {
  private final AtomicInteger calls = new AtomicInteger();
  private final Peer peer =
      Stressed.peer(
          new NoPeerEvents() {
            @Override
            public void onRequest(Peer of) {
              calls.incrementAndGet();
            }
          });

  private int taken;

  public PeerRequestsStress() {
    peer.request(Peer.ARM_TIMERS);
  }

  @Actor
  public void worker() {
    taken = peer.takeRequests();
  }

  @Actor
  public void other() {
    peer.request(Peer.SEND_STAGED);
  }

  @Arbiter
  public void arbiter(II_Result result) {
    int left = peer.takeRequests();
    result.r1 = taken | left;
    // Whatever is left must have been announced anew.
    result.r2 = left == 0 || left == Peer.SEND_STAGED ? calls.get() : -1;
  }
}
