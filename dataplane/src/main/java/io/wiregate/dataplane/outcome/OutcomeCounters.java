package io.wiregate.dataplane.outcome;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// How often each [Outcome] happened on one thread. One thread counts; any thread reads.
public final class OutcomeCounters {
  private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);

  /// Longs before the first and after the last counter, so that no other thread's data shares their
  /// cache lines.
  private static final int PADDING = 16;

  private final long[] counts = new long[Outcome.values().length + 2 * PADDING];

  public OutcomeCounters() {}

  public void count(Outcome outcome) {
    count(outcome, 1);
  }

  public void count(Outcome outcome, long times) {
    int index = PADDING + outcome.index();
    COUNT.setOpaque(counts, index, counts[index] + times);
  }

  public long get(Outcome outcome) {
    return (long) COUNT.getOpaque(counts, PADDING + outcome.index());
  }
}
