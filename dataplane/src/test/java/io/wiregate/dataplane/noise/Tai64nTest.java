package io.wiregate.dataplane.noise;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.conformance.Proves;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Tai64nTest {
  @Test
  void bytes_ofAKnownTime_areThoseOfTai64n() {
    Tai64n stamp = Tai64n.whitened(1_700_000_000, 200_000_000);
    // 2^62 + 10 + 1700000000; 200000000 rounded down to 11 * 2^24
    assertThat(HexFormat.of().formatHex(stamp.toBytes())).isEqualTo("400000006553f10a0b000000");
    assertThat(Tai64n.of(stamp.toBytes(), 0)).isEqualTo(stamp);
  }

  @ParameterizedTest
  @CsvSource({
    "10, false",
    "10_000, false",
    "1_000_000, false",
    "10_000_000, false",
    "20_000_000, true"
  })
  @Proves("handshake.timestamp-grid")
  void whitened_laterTime_isLaterOnlyBeyondTheGrain(String laterNanos, boolean isAfter) {
    int start = 123_456_789;
    int later = start + Integer.parseInt(laterNanos.replace("_", ""));
    assertThat(Tai64n.whitened(0, later).isAfter(Tai64n.whitened(0, start))).isEqualTo(isAfter);
  }

  @Test
  void order_isUnsigned() {
    assertThat(new Tai64n(-1, 0).isAfter(new Tai64n(1, 0))).isTrue();
    assertThat(new Tai64n(1, -1).isAfter(new Tai64n(1, 1))).isTrue();
    assertThat(Tai64n.ZERO.isAfter(Tai64n.ZERO)).isFalse();
  }

  @Property
  @Proves({"handshake.timestamp-monotonic", "handshake.timestamp-grid"})
  void clock_anyWallClock_givesStrictlyIncreasingWhitenedStamps(
      @ForAll @Size(min = 2, max = 50) List<@LongRange(min = 0, max = 4_000_000_000L) Long> seconds,
      @ForAll @IntRange(min = 0, max = 999_999_999) int nanos) {
    Tai64nClock clock = Tai64nClock.ofWallClock();
    Tai64n last = Tai64n.ZERO;
    for (long second : seconds) {
      for (int i = 0; i < 3; i++) {
        Tai64n stamp = clock.stamp(second, nanos);
        assertThat(stamp.isAfter(last)).isTrue();
        assertThat(stamp.nanoseconds() & 0xff_ffff).isZero();
        assertThat(stamp.nanoseconds()).isBetween(0, 999_999_999);
        last = stamp;
      }
    }
    assertThat(clock.last()).isEqualTo(last);
  }

  @Test
  void clock_wallClockBelowTheFloor_goesOnFromTheFloor() {
    Tai64n floor = Tai64n.whitened(2_000_000_000, 0);
    Tai64nClock clock = new Tai64nClock(floor, StampJournal.NONE);
    Tai64n first = clock.stamp(1_000_000_000, 0);
    assertThat(first.isAfter(floor)).isTrue();
    assertThat(first.seconds()).isEqualTo(floor.seconds());
  }

  @Test
  void clock_floorNotOfOurGrain_givesALaterStamp() {
    Tai64n floor = new Tai64n(Tai64n.whitened(5, 0).seconds(), 999_999_999);
    assertThat(new Tai64nClock(floor, StampJournal.NONE).stamp(0, 0))
        .isEqualTo(Tai64n.whitened(6, 0));
  }

  @Test
  void clock_wallClockAhead_isTheWallClock() {
    Tai64nClock clock = new Tai64nClock(Tai64n.whitened(1, 0), StampJournal.NONE);
    assertThat(clock.stamp(100, 999_999_999)).isEqualTo(Tai64n.whitened(100, 999_999_999));
  }

  private static Tai64n at(long second) {
    return Tai64n.whitened(second, 0);
  }

  @Test
  void journal_clockOnTime_isToldOnceAnHourAndAhead() {
    List<Tai64n> told = new ArrayList<>();
    Tai64nClock clock = new Tai64nClock(Tai64n.ZERO, told::add);
    for (int second = 0; second < 3 * 3600; second += 5) {
      Tai64n stamp = clock.stamp(1_000_000 + second, 0);
      assertThat(stamp.isAfter(told.getLast())).isFalse();
    }

    assertThat(told).hasSize(3);
    assertThat(told.getFirst()).isEqualTo(at(1_000_000 + 3600));
  }

  /// However it ended, and whatever the wall clock says by then.
  @Property
  @Proves("handshake.timestamp-monotonic")
  void clock_begunAnewFromTheJournal_givesStampsLaterThanAnyBefore(
      @ForAll @Size(min = 1, max = 20) List<@LongRange(min = 1, max = 100_000) Long> seconds,
      @ForAll boolean settles) {
    Tai64n[] told = {Tai64n.ZERO};
    Tai64n last = Tai64n.ZERO;
    for (long second : seconds) {
      Tai64nClock clock = new Tai64nClock(told[0], until -> tell(told, until));
      for (int i = 0; i < 3; i++) {
        Tai64n stamp = clock.stamp(second, 0);
        assertThat(stamp.isAfter(last)).isTrue();
        last = stamp;
      }
      if (settles) {
        clock.settle();
        assertThat(told[0]).isEqualTo(last);
      }
    }
  }

  @Test
  void clock_endingAgainAndAgainWithoutOrder_isNotCarriedAway() {
    Tai64n[] told = {Tai64n.ZERO};
    for (int i = 0; i < 100; i++) {
      new Tai64nClock(told[0], until -> tell(told, until)).stamp(1_000_000 + i, 0);
    }

    assertThat(told[0].isAfter(at(1_000_000 + 3 * 3600))).isFalse();
  }

  private static boolean tell(Tai64n[] told, Tai64n until) {
    told[0] = until;
    return true;
  }

  @Test
  void journal_thatFails_isAskedAgainSoonAndNotWithEachStamp() {
    List<Tai64n> asked = new ArrayList<>();
    Tai64nClock clock =
        new Tai64nClock(
            Tai64n.ZERO,
            until -> {
              asked.add(until);
              return false;
            });
    for (int second = 0; second < 60; second++) {
      clock.stamp(1000 + second, 0);
    }
    assertThat(asked).hasSize(4);
  }

  @Test
  void settle_nothingGivenOut_tellsNothing() {
    List<Tai64n> told = new ArrayList<>();
    Tai64nClock clock = new Tai64nClock(at(7), told::add);
    clock.settle();
    assertThat(told).isEmpty();

    clock.stamp(100, 0);
    clock.settle();
    clock.settle();
    assertThat(told).containsExactly(at(3700), at(100));
    clock.stamp(101, 0);
    assertThat(told).hasSize(3);
  }
}
