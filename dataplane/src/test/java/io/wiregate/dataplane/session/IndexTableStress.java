package io.wiregate.dataplane.session;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// A handshake thread takes an index and gives it a session, while a worker looks it up: what it
/// finds is whole.
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "not there yet")
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "there, without a session yet")
@Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "there with its session")
@Outcome(expect = Expect.FORBIDDEN, desc = "half an entry")
@State
public class IndexTableStress {
  private static final IndexPermutation PERMUTATION =
      new IndexPermutation(new byte[IndexPermutation.KEY_SIZE]);
  private static final Peer PEER = Stressed.peer();
  private static final Session SESSION = Stressed.session(PEER);

  /// The index that a new table gives first.
  private static final int FIRST = first();

  private final IndexTable table = new IndexTable(PERMUTATION, 0, 0);

  private static int first() {
    IndexEntry entry = new IndexTable(PERMUTATION, 0, 0).allocate(PEER);
    if (entry == null) {
      throw new IllegalStateException("a new table is full");
    }
    return entry.index();
  }

  @Actor
  public void handshakeThread() {
    IndexEntry entry = table.allocate(PEER);
    if (entry != null) {
      entry.setSession(SESSION);
    }
  }

  @Actor
  public void worker(I_Result result) {
    IndexEntry entry = table.lookup(FIRST);
    if (entry == null) {
      result.r1 = 0;
    } else if (entry.peer() != PEER || entry.index() != FIRST) {
      result.r1 = -1;
    } else {
      Session session = entry.session();
      result.r1 = session == null ? 1 : session.remoteIndex() == 1 ? 2 : -2;
    }
  }
}
