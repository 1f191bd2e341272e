package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerEvents;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.dataplane.testing.NoPeerEvents;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/// A worker goes to sleep while another thread has something for it: it sees it, or the bell rings.
@JCStressTest
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "seen before the sleep")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "woken")
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "both: woken once for nothing")
@Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "slept over a request")
@State
public class BellStress {
  private static final PeerEvents NOBODY = new NoPeerEvents();

  private final Peer peer =
      new Peer(new PublicKey(1, 2, 3, 4), new PeerTable(0), 0, NOBODY, new AtomicLong());
  private final RequestedPeers requested = RequestedPeers.forWorker();
  private boolean rung;
  private final Bell bell = new Bell(() -> rung = true);

  @Actor
  public void worker(ZZ_Result result) {
    bell.fallAsleep();
    result.r1 = !requested.isEmpty();
  }

  @Actor
  public void other() {
    requested.push(peer);
    bell.wake();
  }

  @Arbiter
  public void arbiter(ZZ_Result result) {
    result.r2 = rung;
  }
}
