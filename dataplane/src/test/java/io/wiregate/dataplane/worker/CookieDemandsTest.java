package io.wiregate.dataplane.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.udp.ReceiveBatch;
import io.wiregate.os.udp.UdpSource;
import java.security.SecureRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Who is sent a cookie reply, and who was sent one.
class CookieDemandsTest {
  private static final long DRAW = 1L << HandshakeQueue.DRAW_SHIFT;
  private static final long NOW = 77 * DRAW;

  private final CookieDemands demands = new CookieDemands(new SecureRandom());

  private static UdpSource source(Sources sources, String address) throws OsException {
    UdpSource source = new UdpSource();
    try (ReceiveBatch batch = sources.from(IpAddress.parse(address))) {
      batch.copySource(0, source);
    }
    return source;
  }

  @Test
  void source_onceAdded_isContainedUntilTheNextDraw() throws OsException {
    try (Sources sources = new Sources()) {
      UdpSource source = source(sources, "127.1.2.3");
      assertThat(demands.contains(source, NOW)).isFalse();
      demands.add(source, NOW);
      assertThat(demands.contains(source, NOW)).isTrue();
      assertThat(demands.contains(source, NOW + DRAW - 1)).isTrue();
      assertThat(demands.contains(source, NOW + DRAW)).isFalse();
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

  /// 18 minutes later, when the draw has the same low bits.
  @Test
  void source_afterManyDraws_isNotContained() throws OsException {
    try (Sources sources = new Sources()) {
      UdpSource source = source(sources, "127.1.2.3");
      demands.add(source, NOW);
      for (int draws = 1; draws < 2000; draws++) {
        assertThat(demands.contains(source, NOW + draws * DRAW)).as("%d", draws).isFalse();
      }
    }
  }

  /// It takes one place, not one after the other from its neighbours.
  @Test
  void source_addedAgainAndAgain_pushesOutNobody() throws OsException {
    try (Sources sources = new Sources()) {
      UdpSource[] all = new UdpSource[10_000];
      for (int i = 0; i < all.length; i++) {
        all[i] = source(sources, "127.%d.%d.1".formatted(1 + i / 250, i % 250));
      }
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
  void isToldAgain_isSoForOneInSixteen() {
    long answered = IntStream.range(0, 16_000).filter(i -> demands.isToldAgain()).count();
    assertThat(answered).isBetween(800L, 1200L); // six deviations
  }

  /// Who counts along cannot tell which message it is.
  @Test
  void isToldAgain_isNotTheSameElsewhere() {
    CookieDemands others = new CookieDemands(new SecureRandom());
    assertThat(IntStream.range(0, 200).mapToObj(i -> demands.isToldAgain()).toList())
        .isNotEqualTo(IntStream.range(0, 200).mapToObj(i -> others.isToldAgain()).toList());
  }

  /// More than 10,000 sources are known nearly all, and nobody else is taken for one of them.
  @Test
  void sources_many_areToldApart() throws OsException {
    try (Sources sources = new Sources()) {
      UdpSource[] all = new UdpSource[12_000];
      for (int i = 0; i < all.length; i++) {
        all[i] = source(sources, "127.%d.%d.1".formatted(1 + i / 250, i % 250));
      }
      IntStream.range(0, 10_000).forEach(i -> demands.add(all[i], NOW));
      assertThat(IntStream.range(0, 10_000).filter(i -> demands.contains(all[i], NOW)).count())
          .isGreaterThan(9_900);
      assertThat(IntStream.range(10_000, all.length).filter(i -> demands.contains(all[i], NOW)))
          .isEmpty();
    }
  }
}
