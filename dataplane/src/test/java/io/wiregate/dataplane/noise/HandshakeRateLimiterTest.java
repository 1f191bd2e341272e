package io.wiregate.dataplane.noise;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.net.IpAddress;
import io.wiregate.os.testing.conformance.Proves;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class HandshakeRateLimiterTest {
  private static final long NOW = 1_000_000_000_000L;
  private static final long MILLIS = 1_000_000;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final HandshakeRateLimiter limiter = new HandshakeRateLimiter(65536, RANDOM, NOW);

  @Test
  @Proves("load.rate-limit")
  void source_burst_getsFive() {
    IpAddress source = IpAddress.v4(0x01020304);
    assertThat(allowed(source, 10, NOW)).isEqualTo(5);
  }

  @Test
  @Proves("load.rate-limit")
  void source_refill_getsOneEach50ms() {
    IpAddress source = IpAddress.v4(0x01020304);
    allowed(source, 5, NOW);
    assertThat(limiter.allow(source, NOW + 50 * MILLIS - 1)).isFalse();
    assertThat(limiter.allow(source, NOW + 50 * MILLIS)).isTrue();
    assertThat(limiter.allow(source, NOW + 50 * MILLIS)).isFalse();
    assertThat(allowed(source, 5, NOW + 150 * MILLIS)).isEqualTo(2);
  }

  @Test
  void source_longSilence_getsNoMoreThanFive() {
    IpAddress source = IpAddress.v4(0x01020304);
    allowed(source, 5, NOW);
    assertThat(allowed(source, 10, NOW + 900 * MILLIS)).isEqualTo(5);
    assertThat(allowed(source, 10, NOW + 100_000 * MILLIS)).isEqualTo(5);
  }

  @Test
  @Proves({"load.rate-limit", "fault.18-global-limiter"})
  void sources_ofIpv4_areCountedApart() {
    for (int i = 0; i < 14; i++) {
      assertThat(allowed(IpAddress.v4(0x0a000000 + i), 10, NOW)).isEqualTo(5);
    }
  }

  @Test
  @Proves("load.rate-limit")
  void sources_ofOneIpv6Network64_areCountedTogether() {
    IpAddress first = IpAddress.parse("2001:db8:0:1::1");
    IpAddress second = IpAddress.parse("2001:db8:0:1:ffff::2");
    IpAddress other = IpAddress.parse("2001:db8:0:2::1");
    assertThat(allowed(first, 3, NOW)).isEqualTo(3);
    assertThat(allowed(second, 10, NOW)).isEqualTo(2);
    assertThat(allowed(other, 10, NOW)).isEqualTo(5);
  }

  @Test
  void sources_ofBothFamiliesWithEqualBits_areCountedApart() {
    assertThat(allowed(IpAddress.v4(5), 10, NOW)).isEqualTo(5);
    assertThat(allowed(IpAddress.v6(5, 0), 10, NOW)).isEqualTo(5);
    assertThat(allowed(IpAddress.v6(0, 5), 10, NOW)).isEqualTo(5);
    assertThat(allowed(IpAddress.v4(0), 10, NOW)).isEqualTo(5);
  }

  @Test
  @Proves("load.rate-table-bounded")
  void table_full_refusesNewSourcesOnly() {
    for (int i = 0; i < 65536; i++) {
      assertThat(limiter.allow(IpAddress.v4(i), NOW)).isTrue();
    }
    assertThat(limiter.allow(IpAddress.v4(65536), NOW)).isFalse();
    assertThat(limiter.allow(IpAddress.v6(1, 0), NOW)).isFalse();
    assertThat(allowed(IpAddress.v4(17), 10, NOW)).isEqualTo(4);
    // A second of silence later they are forgotten.
    assertThat(limiter.allow(IpAddress.v4(65536), NOW + 1000 * MILLIS + 1)).isTrue();
    assertThat(allowed(IpAddress.v4(17), 10, NOW + 1000 * MILLIS + 1)).isEqualTo(5);
  }

  @Test
  void clock_readEarlierByAnotherThread_isNoHarm() {
    IpAddress source = IpAddress.v4(0x01020304);
    assertThat(limiter.allow(source, NOW)).isTrue();
    assertThat(allowed(source, 10, NOW - 70 * MILLIS)).isEqualTo(4);
    assertThat(limiter.allow(source, NOW + 49 * MILLIS)).isFalse();
  }

  /// Against a model with one bucket per source in a map, with a table so small that entries move
  /// whenever others are forgotten.
  @Property(tries = 200)
  void limiter_anyTraffic_isThatOfTheModel(
      @ForAll @Size(max = 400) List<@IntRange(max = 40) Integer> sources,
      @ForAll @Size(value = 40) List<@IntRange(max = 400) Integer> pausesMillis) {
    HandshakeRateLimiter small = new HandshakeRateLimiter(16, RANDOM, NOW);
    Map<Integer, long[]> model = new HashMap<>(); // last, tokens
    long swept = NOW;
    long now = NOW;
    for (int i = 0; i < sources.size(); i++) {
      now += i % 10 == 0 ? pausesMillis.get(i / 10) * MILLIS : 0;
      if (now - swept >= 1000 * MILLIS) {
        long at = now;
        model.values().removeIf(bucket -> at - bucket[0] > 1000 * MILLIS);
        swept = now;
      }
      int source = sources.get(i);
      long[] bucket = model.get(source);
      boolean expected;
      if (bucket == null) {
        expected = model.size() < 16;
        if (expected) {
          model.put(source, new long[] {now, 200 * MILLIS});
        }
      } else {
        long tokens = Math.min(250 * MILLIS, bucket[1] + now - bucket[0]);
        expected = tokens >= 50 * MILLIS;
        bucket[0] = now;
        bucket[1] = expected ? tokens - 50 * MILLIS : tokens;
      }
      assertThat(small.allow(IpAddress.v4(source), now)).isEqualTo(expected);
    }
  }

  private int allowed(IpAddress source, int messages, long nowNanos) {
    List<Boolean> answers = new ArrayList<>();
    for (int i = 0; i < messages; i++) {
      answers.add(limiter.allow(source, nowNanos));
    }
    return (int) answers.stream().filter(answer -> answer).count();
  }
}
