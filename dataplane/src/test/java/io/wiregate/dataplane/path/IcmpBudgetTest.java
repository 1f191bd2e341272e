package io.wiregate.dataplane.path;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.conformance.Proves;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class IcmpBudgetTest {
  private static final long START = 7_000_000_000L;

  @Example
  void take_burst_isGrantedAndThenOneForEachInterval() {
    IcmpBudget budget = new IcmpBudget();
    for (int i = 0; i < IcmpBudget.BURST; i++) {
      assertThat(budget.take(START)).isTrue();
    }
    assertThat(budget.take(START)).isFalse();
    assertThat(budget.take(START + IcmpBudget.COST_NANOS - 1)).isFalse();
    assertThat(budget.take(START + IcmpBudget.COST_NANOS)).isTrue();
    assertThat(budget.take(START + IcmpBudget.COST_NANOS)).isFalse();
  }

  @Example
  void take_afterSilence_hasTheBurstAgainAndNoMore() {
    IcmpBudget budget = new IcmpBudget();
    while (budget.take(START)) {
      // all
    }
    long later = START + 3600 * 1_000_000_000L;
    int taken = 0;
    while (budget.take(later)) {
      taken++;
    }
    assertThat(taken).isEqualTo((int) IcmpBudget.BURST);
  }

  @Property
  @Proves("data.icmp-limits")
  void take_anyTimes_isWithinTheRate(
      @ForAll @Size(max = 400) List<@IntRange(max = 30_000_000) Integer> pauses) {
    IcmpBudget budget = new IcmpBudget();
    long now = START;
    int taken = 0;
    for (int pause : pauses) {
      now += pause;
      taken += budget.take(now) ? 1 : 0;
      assertThat(taken)
          .isLessThanOrEqualTo((int) (IcmpBudget.BURST + (now - START) / IcmpBudget.COST_NANOS));
    }
  }
}
