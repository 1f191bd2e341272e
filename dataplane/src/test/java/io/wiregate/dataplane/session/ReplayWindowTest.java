package io.wiregate.dataplane.session;

import static io.wiregate.dataplane.session.ReplayWindow.REJECT_AFTER_MESSAGES;
import static io.wiregate.dataplane.session.ReplayWindow.SIZE;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.AllocationMeter;
import io.wiregate.os.testing.conformance.Proves;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/// The tables are those of the kernel's `selftest/counter.c` and wireguard-go's `replay_test.go`.
final class ReplayWindowTest {
  private static final long LIMIT = SIZE + 1;

  private final ReplayWindow window = new ReplayWindow();

  private void expect(long counter, boolean accepted) {
    assertThat(window.mayAccept(counter)).as("may accept %d", counter).isEqualTo(accepted);
    assertThat(window.accept(counter)).as("accept %d", counter).isEqualTo(accepted);
    assertThat(window.mayAccept(counter)).as("twice %d", counter).isFalse();
  }

  @Test
  @Proves("session.replay-window")
  void constants_areThoseOfThePaper() {
    assertThat(SIZE).isEqualTo(8128);
    assertThat(Long.toUnsignedString(REJECT_AFTER_MESSAGES)).isEqualTo("18446744073709543423");
  }

  @Test
  @Proves("session.replay-window")
  void accept_stepsOfTheSelfTest_areAsThere() {
    expect(0, true);
    expect(1, true);
    expect(1, false);
    expect(9, true);
    expect(8, true);
    expect(7, true);
    expect(7, false);
    expect(LIMIT, true);
    expect(LIMIT - 1, true);
    expect(LIMIT - 1, false);
    expect(LIMIT - 2, true);
    expect(2, true);
    expect(2, false);
    expect(LIMIT + 16, true);
    expect(3, false);
    expect(LIMIT + 16, false);
    expect(LIMIT * 4, true);
    expect(LIMIT * 4 - (LIMIT - 1), true);
    expect(10, false);
    expect(LIMIT * 4 - LIMIT, false);
    expect(LIMIT * 4 - (LIMIT + 1), false);
    expect(LIMIT * 4 - (LIMIT - 2), true);
    expect(LIMIT * 4 + 1 - LIMIT, false);
    expect(0, false);
    expect(REJECT_AFTER_MESSAGES, false);
    expect(REJECT_AFTER_MESSAGES - 1, true);
    expect(REJECT_AFTER_MESSAGES, false);
    expect(REJECT_AFTER_MESSAGES - 1, false);
    expect(REJECT_AFTER_MESSAGES - 2, true);
    expect(REJECT_AFTER_MESSAGES + 1, false);
    expect(REJECT_AFTER_MESSAGES + 2, false);
    expect(REJECT_AFTER_MESSAGES - 2, false);
    expect(REJECT_AFTER_MESSAGES - 3, true);
    expect(0, false);
    expect(-1, false);
  }

  @Test
  @Proves("session.replay-window")
  void accept_upwardsFromOne_thenZeroOnce() {
    for (long i = 1; i <= SIZE; i++) {
      expect(i, true);
    }
    expect(0, true);
    expect(0, false);
  }

  @Test
  @Proves("session.replay-window")
  void accept_upwardsFromTwo_thenOneButNotZero() {
    for (long i = 2; i <= SIZE + 1; i++) {
      expect(i, true);
    }
    expect(1, true);
    expect(0, false);
  }

  @Test
  @Proves("session.replay-window")
  void accept_downwardsToOne_takesAll() {
    for (long i = SIZE + 1; i > 0; i--) {
      expect(i, true);
    }
  }

  @Test
  @Proves("session.replay-window")
  void accept_downwardsToTwo_thenNotZero() {
    for (long i = SIZE + 2; i > 1; i--) {
      expect(i, true);
    }
    expect(0, false);
  }

  @Test
  @Proves("session.replay-window")
  void accept_downwardsThenAbove_zeroFellOut() {
    for (long i = SIZE; i > 0; i--) {
      expect(i, true);
    }
    expect(SIZE + 1, true);
    expect(0, false);
  }

  @Test
  @Proves("session.replay-window")
  void accept_downwardsThenZeroThenAbove_takesAll() {
    for (long i = SIZE; i > 0; i--) {
      expect(i, true);
    }
    expect(0, true);
    expect(SIZE + 1, true);
  }

  @Test
  void clear_afterUse_takesAllAgain() {
    expect(100_000, true);
    window.clear();
    assertThat(window.greatest()).isZero();
    expect(0, true);
    expect(100_000, true);
  }

  @Property(tries = 500)
  @Proves("session.replay-window")
  void accept_anyCounters_equalsASetOfAllThatWereSeen(@ForAll("walks") List<Long> steps) {
    ReplayWindow tested = new ReplayWindow();
    Set<Long> seen = new HashSet<>();
    long greatest = 0;
    long at = steps.getFirst();
    for (long step : steps.subList(1, steps.size())) {
      at += step;
      boolean fits =
          Long.compareUnsigned(at, REJECT_AFTER_MESSAGES) < 0
              && (Long.compareUnsigned(at, greatest) > 0
                  || Long.compareUnsigned(greatest - at, SIZE) <= 0)
              && !seen.contains(at);
      assertThat(tested.mayAccept(at)).isEqualTo(fits);
      assertThat(tested.accept(at)).isEqualTo(fits);
      if (fits) {
        seen.add(at);
        greatest = Long.compareUnsigned(at, greatest) > 0 ? at : greatest;
      }
      assertThat(tested.greatest()).isEqualTo(greatest);
    }
  }

  /// A start, anywhere among unsigned numbers, and steps from there.
  @Provide
  Arbitrary<List<Long>> walks() {
    Arbitrary<Long> start =
        Arbitraries.of(0L, 5L, 1L << 32, Long.MAX_VALUE - 3, Long.MIN_VALUE + 9)
            .edgeCases(cases -> cases.add(REJECT_AFTER_MESSAGES - 50, -1L));
    Arbitrary<Long> near = Arbitraries.longs().between(-20, 20);
    Arbitrary<Long> window = Arbitraries.longs().between(-SIZE - 70, SIZE + 70);
    Arbitrary<Long> far = Arbitraries.longs().between(-1_000_000, 1_000_000);
    Arbitrary<List<Long>> steps =
        Arbitraries.oneOf(near, near, window, far).list().ofMinSize(1).ofMaxSize(200);
    return start.flatMap(first ->
        steps.map(rest -> {
          List<Long> all = new java.util.ArrayList<>(rest);
          all.addFirst(first);
          return all;
        }));
  }

  @Test
  void accept_afterWarmUp_allocatesNothing() {
    long[] counter = {0};
    assertThat(
            AllocationMeter.allocatedBytes(() -> {
              long next = counter[0]++;
              if (window.mayAccept(next)) {
                window.accept(next);
              }
            }))
        .isZero();
  }
}
