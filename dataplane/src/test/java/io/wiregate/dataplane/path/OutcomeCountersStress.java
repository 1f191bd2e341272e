package io.wiregate.dataplane.path;

import io.wiregate.dataplane.outcome.OutcomeCounters;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/// One worker counts what became of its packets while another thread reads: what it reads never
/// goes back, and is never torn.
@JCStressTest
@Outcome(
    id = {"0, 0", "0, 4294967297", "4294967297, 4294967297"},
    expect = Expect.ACCEPTABLE)
@Outcome(expect = Expect.FORBIDDEN, desc = "half a number, or one that went back")
@State
public class OutcomeCountersStress {
  private final OutcomeCounters counters = new OutcomeCounters();

  @Actor
  public void worker() {
    counters.count(io.wiregate.dataplane.outcome.Outcome.IN_FORWARDED, (1L << 32) + 1);
  }

  @Actor
  public void reader(JJ_Result result) {
    result.r1 = counters.get(io.wiregate.dataplane.outcome.Outcome.IN_FORWARDED);
    result.r2 = counters.get(io.wiregate.dataplane.outcome.Outcome.IN_FORWARDED);
  }
}
