package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.session.SourceHash;
import io.wiregate.os.udp.UdpSource;
import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicIntegerArray;

/// Whom a cookie was demanded of a moment ago. A reply is made and sent at many times the price of
/// the message that it answers, and whoever means it tries again after 5 s: so an address and port
/// is sure of one in a *draw* of 4.3 s, and has a chance of more ([HandshakeAdmission]). A flood
/// from forged addresses then costs little more than to read it, and whose addresses they are hears
/// little of it.
///
/// Its table is bounded: where five sources of a draw meet at a place for four, one is forgotten
/// and may be sent another reply. None is taken for another one but by a chance of one in four
/// million. Allocates nothing. Any thread; two that meet at a place may each send a reply.
final class CookieDemands {
  private static final int SOURCES = 1 << 16;

  /// Sources that have the same place.
  private static final int WAYS = 4;

  /// Of a tag: the draw that it belongs to.
  private static final int DRAW_MASK = 0xff;

  private static final int EMPTY = 0;

  private final AtomicIntegerArray tags = new AtomicIntegerArray(SOURCES);
  private final SourceHash hash;

  CookieDemands(SecureRandom random) {
    hash = new SourceHash(random);
  }

  /// Whether it was sent a reply in this draw.
  ///
  /// @param now the boot clock
  boolean contains(UdpSource source, long now) {
    long of = of(source);
    int place = place(of);
    int tag = tag(of, now);
    for (int i = 0; i < WAYS; i++) {
      if (tags.getOpaque(place + i) == tag) {
        return true;
      }
    }
    return false;
  }

  /// Remembers that it is sent a reply.
  ///
  /// @param now the boot clock
  void add(UdpSource source, long now) {
    long of = of(source);
    int place = place(of);
    int tag = tag(of, now);
    int way = 0;
    while (way < WAYS - 1 && isOfNow(tags.getOpaque(place + way), tag)) {
      way++;
    }
    tags.setOpaque(place + way, tag);
  }

  private static boolean isOfNow(int old, int tag) {
    return old != EMPTY && (old & DRAW_MASK) == (tag & DRAW_MASK);
  }

  private long of(UdpSource source) {
    return SourceHash.mix(hash.of(source.high(), source.low()) ^ source.port());
  }

  private static int place(long of) {
    return (int) of & (SOURCES - WAYS);
  }

  /// Never that of an empty place.
  private static int tag(long of, long now) {
    int draw = (int) (now >>> HandshakeQueue.DRAW_SHIFT) & DRAW_MASK;
    return ((int) (of >>> 32) & ~DRAW_MASK) | (DRAW_MASK + 1) | draw;
  }
}
