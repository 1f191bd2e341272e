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
import org.openjdk.jcstress.infra.results.I_Result;

/// Two threads ask for a worker's attention at once: both peers are on its list.
@JCStressTest
@Outcome(id = "3", expect = Expect.ACCEPTABLE)
@Outcome(expect = Expect.FORBIDDEN, desc = "a peer that the worker never looks at")
@State
public class RequestedPeersStress {
  private static final PeerEvents NOBODY = new NoPeerEvents();

  private final PeerTable table = new PeerTable(0);
  private final Peer first = peer(1);
  private final Peer second = peer(2);
  private final RequestedPeers requested = RequestedPeers.forWorker();

  private Peer peer(int number) {
    return new Peer(new PublicKey(number, 0, 0, 0), table, 0, NOBODY, new AtomicLong());
  }

  @Actor
  public void one() {
    requested.push(first);
  }

  @Actor
  public void another() {
    requested.push(second);
  }

  @Arbiter
  public void arbiter(I_Result result) {
    int seen = 0;
    for (Peer at = requested.takeAll(); at != null; at = requested.next(at)) {
      seen += at == first ? 1 : 2;
    }
    result.r1 = seen;
  }
}
