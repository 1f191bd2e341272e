package io.wiregate.dataplane.noise;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.conformance.Proves;
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
    Tai64nClock clock = new Tai64nClock(Tai64n.ZERO);
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
    Tai64nClock clock = new Tai64nClock(floor);
    Tai64n first = clock.stamp(1_000_000_000, 0);
    assertThat(first.isAfter(floor)).isTrue();
    assertThat(first.seconds()).isEqualTo(floor.seconds());

    clock.raise(Tai64n.whitened(2_000_000_001, 0));
    clock.raise(Tai64n.whitened(1, 0));
    assertThat(clock.stamp(1_000_000_000, 0).seconds()).isEqualTo(floor.seconds() + 1);
  }

  @Test
  void clock_floorNotOfOurGrain_givesALaterStamp() {
    Tai64n floor = new Tai64n(Tai64n.whitened(5, 0).seconds(), 999_999_999);
    assertThat(new Tai64nClock(floor).stamp(0, 0)).isEqualTo(Tai64n.whitened(6, 0));
  }

  @Test
  void clock_wallClockAhead_isTheWallClock() {
    Tai64nClock clock = new Tai64nClock(Tai64n.whitened(1, 0));
    assertThat(clock.stamp(100, 999_999_999)).isEqualTo(Tai64n.whitened(100, 999_999_999));
  }
}
