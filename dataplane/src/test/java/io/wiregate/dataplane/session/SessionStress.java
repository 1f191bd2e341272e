package io.wiregate.dataplane.session;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/// Two workers reserve counters of one session: nobody gets a number that the other has.
@JCStressTest
@Outcome(
    id = {"0, 2", "3, 0"},
    expect = Expect.ACCEPTABLE,
    desc = "one after the other")
@Outcome(expect = Expect.FORBIDDEN, desc = "a counter twice: the same key and nonce")
@State
public class SessionStress {
  private static final Peer PEER = Stressed.peer();

  private final Session session = Stressed.session(PEER);

  @Actor
  public void oneWorker(JJ_Result result) {
    result.r1 = session.reserveCounters(2);
  }

  @Actor
  public void another(JJ_Result result) {
    result.r2 = session.reserveCounters(3);
  }
}
