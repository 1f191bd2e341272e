package io.wiregate.dataplane.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.udp.ReceiveBatch;
import io.wiregate.os.udp.UdpSource;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Random;
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
  void source_onceAdded_isContainedForThreeToFiveSeconds() throws OsException {
    try (Sources sources = new Sources()) {
      for (UdpSource source : sources(sources, 2000)) {
        assertThat(demands.contains(source, NOW)).isFalse();
        demands.add(source, NOW);
        for (long held = 0; held < 2_700_000_000L; held += STEP) {
          assertThat(demands.contains(source, NOW + held)).as("%d", held).isTrue();
        }
        for (long over = 5 * SECOND; over < 20 * SECOND; over += STEP) {
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
        long now = NOW + 2_880_000_000L + quarter * 534_000_000L;
        assertThat(Arrays.stream(all).filter(source -> demands.contains(source, now)).count())
            .isBetween(500L * (4 - quarter) - 250, 500L * (4 - quarter) + 250);
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

  @Test
  void source_ofAnotherPortOrAddress_isNotContained() throws OsException {
    try (Sources sources = new Sources();
        Sources otherPort = new Sources()) {
      demands.add(source(sources, "127.1.2.3"), NOW);
      assertThat(demands.contains(source(sources, "127.1.2.4"), NOW)).isFalse();
      assertThat(demands.contains(source(otherPort, "127.1.2.3"), NOW)).isFalse();
    }
  }

  /// What the time of a place means comes again, which is all that is not told apart.
  @Test
  void source_longAgo_isContainedForAMomentOfMinutesAtMost() throws OsException {
    try (Sources sources = new Sources()) {
      UdpSource source = source(sources, "127.1.2.3");
      demands.add(source, NOW);
      for (long ago = 5 * SECOND; ago < 270 * SECOND; ago += STEP) {
        assertThat(demands.contains(source, NOW + ago)).as("%d", ago).isFalse();
      }
      for (long ago = 280 * SECOND; ago < 540 * SECOND; ago += STEP) {
        assertThat(demands.contains(source, NOW + ago)).as("%d", ago).isFalse();
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
  void isToldAgain_ofASourceThatSendsMuch_isSoForOneInSixteen() throws OsException {
    try (Sources sources = new Sources()) {
      UdpSource source = source(sources, "127.1.2.3");
      demands.add(source, NOW);
      assertThat(IntStream.range(0, 16_000).filter(i -> demands.isToldAgain(source, NOW)).count())
          .isBetween(800L, 1200L); // six deviations
    }
  }

  /// Of 15 messages 0.94 are picked, 0.32 of them not as the first.
  @Test
  void isToldAgain_ofSourcesThatSendLittle_isSoForFewer() throws OsException {
    try (Sources sources = new Sources()) {
      UdpSource[] all = sources(sources, 2000);
      int answered = 0;
      for (UdpSource source : all) {
        demands.add(source, NOW);
        for (int i = 0; i < 15; i++) {
          answered += demands.isToldAgain(source, NOW) ? 1 : 0;
        }
      }
      assertThat(answered).isBetween(500, 800);
    }
  }

  /// Who is forgotten may be sent another reply.
  @Test
  void isToldAgain_ofWhoWasNotTold_isSoForOneInSixteen() throws OsException {
    try (Sources sources = new Sources()) {
      UdpSource source = source(sources, "127.1.2.3");
      assertThat(IntStream.range(0, 16_000).filter(i -> demands.isToldAgain(source, NOW)).count())
          .isBetween(800L, 1200L);
    }
  }

  /// Who counts along cannot tell which message it is.
  @Test
  void isToldAgain_isNotTheSameElsewhere() throws OsException {
    try (Sources sources = new Sources()) {
      UdpSource source = source(sources, "127.1.2.3");
      CookieDemands others = new CookieDemands(new SecureRandom());
      assertThat(IntStream.range(0, 200).mapToObj(i -> demands.isToldAgain(source, NOW)).toList())
          .isNotEqualTo(
              IntStream.range(0, 200).mapToObj(i -> others.isToldAgain(source, NOW)).toList());
    }
  }

  /// However many messages a forger sends from a newcomer's address, the newcomer's own is answered
  /// with the chance of one in twenty, or more.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 10, 16, 23, 30, 60, 200})
  void newcomer_whoseAddressIsForged_hasItsChanceAtEachTry(int forgedInFourSeconds)
      throws OsException {
    try (Sources sources = new Sources()) {
      UdpSource source = source(sources, "127.1.2.3");
      Random random = new Random(7);
      long between = 4 * SECOND / forgedInFourSeconds;
      long now = NOW;
      int answered = 0;
      for (int tries = 0; tries < 4000; tries++) {
        // Some 5 s later, at any time between two of the forger's messages.
        long at = now + 5 * SECOND / between * between + random.nextLong(between);
        for (; now < at; now += between) {
          isAnswered(source, now);
        }
        answered += isAnswered(source, at) ? 1 : 0;
      }
      assertThat(answered).isGreaterThan(4000 / 20 * 3 / 4); // nearly four deviations
    }
  }

  private boolean isAnswered(UdpSource source, long now) {
    boolean answered = !demands.contains(source, now) || demands.isToldAgain(source, now);
    if (answered) {
      demands.add(source, now);
    }
    return answered;
  }

  /// More than 10,000 sources are known nearly all, and nobody else is taken for one of them.
  @Test
  void sources_many_areToldApart() throws OsException {
    try (Sources sources = new Sources()) {
      UdpSource[] all = sources(sources, 12_000);
      IntStream.range(0, 10_000).forEach(i -> demands.add(all[i], NOW));
      assertThat(IntStream.range(0, 10_000).filter(i -> demands.contains(all[i], NOW)).count())
          .isGreaterThan(9_900);
      assertThat(IntStream.range(10_000, all.length).filter(i -> demands.contains(all[i], NOW)))
          .isEmpty();
    }
  }
}
