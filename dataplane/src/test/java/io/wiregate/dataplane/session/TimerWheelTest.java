package io.wiregate.dataplane.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

class TimerWheelTest {
  private static final long TICK = 1L << TimerWheel.TICK_SHIFT;
  private static final long SPAN = TICK * TimerWheel.SLOTS;
  private static final long START = 12_345_678_901L;

  private static final class Timer extends TimerWheel.Entry {}

  private static List<TimerWheel.Entry> pollAll(TimerWheel wheel, long now) {
    List<TimerWheel.Entry> entries = new ArrayList<>();
    TimerWheel.Entry entry;
    while ((entry = wheel.poll(now)) != null) {
      entries.add(entry);
    }
    return entries;
  }

  @Example
  void poll_deadline_wakesAfterItAndWithinATick() {
    TimerWheel wheel = new TimerWheel(START);
    Timer timer = new Timer();
    long deadline = START + 5_000_000_000L;
    wheel.arm(timer, deadline);

    assertThat(pollAll(wheel, deadline - 1)).isEmpty();
    assertThat(wheel.nextDeadline()).isBetween(deadline, deadline + TICK);
    assertThat(pollAll(wheel, wheel.nextDeadline())).containsExactly(timer);
    assertThat(wheel.size()).isZero();
    assertThat(wheel.nextDeadline()).isEqualTo(PeerTimers.NEVER);
  }

  @Example
  void poll_deadlineInThePast_wakesWithinATickAndNotTwiceInOne() {
    TimerWheel wheel = new TimerWheel(START);
    Timer timer = new Timer();
    wheel.arm(timer, START - 3 * TICK);

    assertThat(pollAll(wheel, START)).isEmpty();
    assertThat(pollAll(wheel, START + TICK)).containsExactly(timer);
    // Armed again while the wheel is read: there is no endless loop.
    wheel.arm(timer, START);
    assertThat(pollAll(wheel, START + TICK)).isEmpty();
  }

  @Example
  void poll_deadlineBeyondTheRing_wakesEarlyToBeArmedAgain() {
    TimerWheel wheel = new TimerWheel(START);
    Timer timer = new Timer();
    long deadline = START + 10 * SPAN;
    wheel.arm(timer, deadline);
    int wakes = 0;
    while (wheel.nextDeadline() < deadline) {
      assertThat(pollAll(wheel, wheel.nextDeadline())).containsExactly(timer);
      wheel.arm(timer, deadline);
      wakes++;
    }

    assertThat(wakes).isLessThanOrEqualTo(11);
    assertThat(wheel.nextDeadline()).isBetween(deadline, deadline + TICK);
  }

  @Example
  void poll_afterALongSleep_takesAllThatIsDue() {
    TimerWheel wheel = new TimerWheel(START);
    List<Timer> timers = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      timers.add(new Timer());
      wheel.arm(timers.get(i), START + i * SPAN / 1000);
    }

    assertThat(pollAll(wheel, START + 100 * SPAN)).containsExactlyInAnyOrderElementsOf(timers);
  }

  @Example
  void disarm_notArmed_isNoError() {
    TimerWheel wheel = new TimerWheel(START);
    wheel.disarm(new Timer());

    assertThat(wheel.size()).isZero();
  }

  /// A timer of the naive model: what it was armed for, and when.
  private record Armed(long deadline, long at) {
    /// Whether it may be woken before its time.
    boolean isBeyondTheRing() {
      return deadline - at > SPAN - 2 * TICK;
    }
  }

  @Property(tries = 300)
  void wheel_anySteps_wakesWhatANaiveModelWakes(
      @ForAll @Size(min = 1, max = 200)
          List<@LongRange(min = 0, max = Long.MAX_VALUE) Long> steps) {
    TimerWheel wheel = new TimerWheel(START);
    Map<TimerWheel.Entry, Armed> model = new HashMap<>();
    List<Timer> timers = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      timers.add(new Timer());
    }
    long now = START;
    for (long step : steps) {
      Timer timer = timers.get((int) (step % 10));
      long amount = step / 40 % (step % 3 == 0 ? 3 * SPAN : 20 * TICK);
      switch ((int) (step / 10 % 4)) {
        case 0, 1 -> {
          wheel.arm(timer, now + amount);
          model.put(timer, new Armed(now + amount, now));
        }
        case 2 -> {
          wheel.disarm(timer);
          model.remove(timer);
        }
        default -> {
          now += amount;
          for (TimerWheel.Entry woken : pollAll(wheel, now)) {
            Armed armed = Objects.requireNonNull(model.remove(woken));
            assertThat(armed.deadline() <= now || armed.isBeyondTheRing()).isTrue();
          }
        }
      }
      assertThat(wheel.size()).isEqualTo(model.size());
      long earliest = model.values().stream().mapToLong(Armed::deadline).min().orElse(now);
      if (model.isEmpty()) {
        assertThat(wheel.nextDeadline()).isEqualTo(PeerTimers.NEVER);
      } else {
        // Never late by more than a tick behind the deadline or the present.
        assertThat(wheel.nextDeadline()).isLessThanOrEqualTo(Math.max(earliest, now) + TICK);
        assertThat(wheel.nextDeadline()).isGreaterThan(now - TICK);
      }
    }
  }

  /// Within the ring nothing is ever early.
  @Property(tries = 300)
  void wheel_deadlinesWithinTheRing_areNeverEarlyAndNeverLate(
      @ForAll @Size(min = 1, max = 100)
          List<@LongRange(min = 0, max = 1_000_000_000_000L) Long> steps) {
    TimerWheel wheel = new TimerWheel(START);
    Map<TimerWheel.Entry, Long> model = new HashMap<>();
    long now = START;
    for (long step : steps) {
      if (step % 2 == 0) {
        Timer timer = new Timer();
        long deadline = now + step % (SPAN - 2 * TICK);
        wheel.arm(timer, deadline);
        model.put(timer, deadline);
      } else {
        now += step % (SPAN / 4);
        for (TimerWheel.Entry woken : pollAll(wheel, now)) {
          assertThat(model.remove(woken)).isLessThanOrEqualTo(now);
        }
        for (long deadline : model.values()) {
          assertThat(deadline).isGreaterThan(now - TICK);
        }
      }
    }
  }
}
