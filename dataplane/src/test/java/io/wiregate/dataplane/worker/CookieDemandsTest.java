package io.wiregate.dataplane.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.udp.ReceiveBatch;
import io.wiregate.os.udp.UdpSource;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Who is sent a cookie reply, and who was sent one.
class CookieDemandsTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long STEP = SECOND / 20;
  private static final long NOW = 12_345 * SECOND;

  private final CookieDemands demands = new CookieDemands(new SecureRandom());

  private static UdpSource source(Sources sources, String address) throws OsException {
    UdpSource source = new UdpSource();
    try (ReceiveBatch batch = sources.from(IpAddress.parse(address))) {
      batch.copySource(0, source);
    }
    return source;
  }

  private static UdpSource[] sources(Sources sources, int count) throws OsException {
    UdpSource[] all = new UdpSource[count];
    for (int i = 0; i < count; i++) {
      all[i] = source(sources, "127.%d.%d.1".formatted(1 + i / 250, i % 250));
    }
    return all;
  }

  /// Not as long as who means it waits before it tries again.
  @Test
  void source_onceAdded_isContainedForThreeToFourSecondsAndABit() throws OsException {
    try (Sources sources = new Sources()) {
      for (UdpSource source : sources(sources, 200)) {
        assertThat(demands.contains(source, NOW)).isFalse();
        demands.add(source, NOW);
        for (long held = 0; held < 3_300_000_000L; held += STEP) {
          assertThat(demands.contains(source, NOW + held)).as("%d", held).isTrue();
        }
        for (long over = 4_500_000_000L; over < 20 * SECOND; over += STEP) {
          assertThat(demands.contains(source, NOW + over)).as("%d", over).isFalse();
        }
      }
    }
  }

  /// Else a flood that began at once is sent all its replies at once, again and again, and a forger
  /// knows when to come first.
  @Test
  void time_ofEachSource_isDrawn() throws OsException {
    try (Sources sources = new Sources()) {
      UdpSource[] all = sources(sources, 2000);
      for (UdpSource source : all) {
        demands.add(source, NOW);
      }
      for (int quarter = 1; quarter < 4; quarter++) {
        long now = NOW + 3_420_000_000L + quarter * 268_000_000L;
        assertThat(Arrays.stream(all).filter(source -> demands.contains(source, now)).count())
            .isBetween(500L * (4 - quarter) - 400, 500L * (4 - quarter) + 400);
      }
    }
  }

  @Test
  void source_addedAgain_isContainedNoLonger() throws OsException {
    try (Sources sources = new Sources()) {
      UdpSource source = source(sources, "127.1.2.3");
      long now = NOW;
      demands.add(source, now);
      for (; demands.contains(source, now); now += STEP) {
        demands.add(source, now);
      }
      assertThat(now).isLessThan(NOW + 5 * SECOND);
    }
  }

  /// Who floods is told more rarely; who has lost one or two replies is told in time.
  @Test
  void source_thatComesAgainAndAgain_waitsFourTimesAsLongFromTheSecondTimeOn() throws OsException {
    try (Sources sources = new Sources()) {
      for (UdpSource source : sources(sources, 50)) {
        CookieDemands demands = new CookieDemands(new SecureRandom());
        long at = NOW;
        for (double least : new double[] {3.3, 13.9, 13.9, 13.9}) {
          long told = at;
          demands.add(source, told);
          for (; demands.contains(source, at); at += STEP) {
            // it comes and comes
          }
          assertThat((double) (at - told) / SECOND).isBetween(least, least * 1.35);
        }
      }
    }
  }

  @Test
  void source_thatWasAwayForAMinute_waitsAsTheFirstTime() throws OsException {
    try (Sources sources = new Sources()) {
      UdpSource source = source(sources, "127.1.2.3");
      demands.add(source, NOW);
      demands.add(source, NOW + 5 * SECOND);
      assertThat(demands.contains(source, NOW + 18 * SECOND)).isTrue();
      demands.add(source, NOW + 84 * SECOND);
      assertThat(demands.contains(source, NOW + 87 * SECOND)).isTrue();
      assertThat(demands.contains(source, NOW + 89 * SECOND)).isFalse();
    }
  }

  @Test
  void source_ofAnotherPortOrAddress_isNotContained() throws OsException {
    try (Sources sources = new Sources();
        Sources otherPort = new Sources()) {
      demands.add(source(sources, "127.1.2.3"), NOW);
      assertThat(demands.contains(source(sources, "127.1.2.4"), NOW)).isFalse();
      assertThat(demands.contains(source(otherPort, "127.1.2.3"), NOW)).isFalse();
    }
  }

  /// What the time in a tag means comes again every 275 s: that must not show, whether others are
  /// told meanwhile or not.
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 30, 65, 70, 140, 300})
  void source_longAgo_isNotContained(int secondsBetweenOthers) throws OsException {
    try (Sources sources = new Sources()) {
      UdpSource[] others = sources(sources, 1000);
      UdpSource source = source(sources, "127.255.2.3");
      for (long at = 0; at < 30; at += 5) {
        demands.add(source, NOW + at * SECOND); // held for long, in the end
      }
      for (int second = 105; second < 1000; second++) {
        if (secondsBetweenOthers > 0 && second % secondsBetweenOthers == 0) {
          demands.add(others[second % others.length], NOW + second * SECOND);
        }
        assertThat(demands.contains(source, NOW + second * SECOND)).as("%d", second).isFalse();
      }
    }
  }

  /// It takes one place, not one after the other from its neighbours.
  @Test
  void source_addedAgainAndAgain_pushesOutNobody() throws OsException {
    try (Sources sources = new Sources()) {
      UdpSource[] all = sources(sources, 10_000);
      for (UdpSource source : all) {
        for (int i = 0; i < 8; i++) {
          demands.add(source, NOW);
        }
      }
      assertThat(IntStream.range(0, all.length).filter(i -> demands.contains(all[i], NOW)).count())
          .isGreaterThan(9_900);
    }
  }

  @Test
  void source_ofTheOtherFamilyWithTheSameBits_isNotContained() throws OsException {
    try (Sources sources = new Sources()) {
      UdpSource source = source(sources, "127.1.2.3");
      demands.add(source, NOW);
      assertThat(demands.contains(true, source.high(), source.low(), source.port(), NOW)).isFalse();
    }
  }

  @Test
  void isToldAgain_isSoForOneInThirtyTwo() {
    long answered = IntStream.range(0, 32_000).filter(i -> demands.isToldAgain()).count();
    assertThat(answered).isBetween(800L, 1200L); // six deviations
  }

  /// Who counts along cannot tell which message it is.
  @Test
  void isToldAgain_isNotTheSameElsewhere() {
    CookieDemands others = new CookieDemands(new SecureRandom());
    assertThat(IntStream.range(0, 500).mapToObj(i -> demands.isToldAgain()).toList())
        .isNotEqualTo(IntStream.range(0, 500).mapToObj(i -> others.isToldAgain()).toList());
  }

  /// However many messages a forger sends from a newcomer's address, and if it is one that always
  /// comes first, the newcomer's own is answered with the chance of one in 32, or more.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 10, 30, 200})
  void newcomer_whoseAddressIsForged_hasItsChanceAtEachTry(int forged) throws OsException {
    try (Sources sources = new Sources()) {
      UdpSource source = source(sources, "127.1.2.3");
      int answered = 0;
      for (int tries = 0; tries < 10_000; tries++) {
        long at = NOW + tries * (5 * SECOND);
        for (int i = forged; i > 0; i--) {
          isAnswered(source, at - i * SECOND / forged);
        }
        answered += isAnswered(source, at) ? 1 : 0;
      }
      assertThat(answered).isGreaterThan(10_000 / 32 * 2 / 3); // six deviations
    }
  }

  private boolean isAnswered(UdpSource source, long now) {
    boolean answered = !demands.contains(source, now) || demands.isToldAgain();
    if (answered) {
      demands.add(source, now);
    }
    return answered;
  }

  /// More than 10,000 sources are known nearly all, and nobody else is taken for one of them;
  /// whatever the time, which a place counts to 2,048 units.
  @ParameterizedTest
  @ValueSource(longs = {0, 12_345, 12_366, 12_368, 12_369, 12_370, 12_371, 1_000_000_000})
  void sources_many_areToldApart(long seconds) throws OsException {
    long now = seconds * SECOND;
    try (Sources sources = new Sources()) {
      UdpSource[] all = sources(sources, 12_000);
      IntStream.range(0, 10_000).forEach(i -> demands.add(all[i], now));
      assertThat(IntStream.range(0, 10_000).filter(i -> demands.contains(all[i], now)).count())
          .isGreaterThan(9_900);
      assertThat(IntStream.range(10_000, all.length).filter(i -> demands.contains(all[i], now)))
          .hasSizeLessThan(3);
    }
  }
}
