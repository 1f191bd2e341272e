package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.session.SourceHash;
import io.wiregate.os.udp.UdpSource;
import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicIntegerArray;

/// Whom of the strangers a cookie was demanded of a moment ago. A reply is made and sent at many
/// times the price of the message that it answers, and whoever means it tries again after 5 s: so
/// an address and port is sure of one in a *draw* of 4.3 s, and has a chance of more. A flood from
/// some thousand addresses, forged or not, then costs little more than to read it, and whose
/// addresses they are hears little of it. One whose every message has an address or port of its own
/// costs a reply for each.
///
/// Its table is bounded: where five sources of a draw meet at a place for four, one is forgotten
/// and may be sent another reply. None is taken for another one but by a chance of one in two
/// million. Allocates nothing. Any thread; two that meet at a place may each send a reply.
final class CookieDemands {
  /// Of messages of those who were told, one in so many is answered all the same, by chance.
  /// Whoever forges a newcomer's address has its one reply sent to a message of the forger's, which
  /// nobody can use: so the next try must have its chance, whatever else comes from there.
  static final int TOLD_AGAIN = 16;

  private static final int SOURCES = 1 << 16;

  /// Sources that have the same place.
  private static final int WAYS = 4;

  /// Of a tag: the draw that it belongs to, for whose place may be taken.
  private static final int DRAW_MASK = 0xff;

  private static final int EMPTY = 0;

  private final AtomicIntegerArray tags = new AtomicIntegerArray(SOURCES);
  private final SourceHash hash;
  private final long secret;

  /// Messages of those who were told. Threads that count at once may count one: what comes of it is
  /// a chance anyhow.
  private long told;

  CookieDemands(SecureRandom random) {
    hash = new SourceHash(random);
    secret = random.nextLong();
  }

  /// Draws whether a message of who was told is answered all the same. Nobody can tell which one it
  /// will be, and have the answers go to messages of his own.
  boolean isToldAgain() {
    return (SourceHash.mix(secret + ++told) & TOLD_AGAIN - 1) == 0;
  }

  /// Whether a source was sent a reply in this draw.
  boolean contains(UdpSource source, long now) {
    return contains(source.isV6(), source.high(), source.low(), source.port(), now);
  }

  /// Whether a source was sent a reply in this draw.
  ///
  /// @param high as [UdpSource#high]
  /// @param low as [UdpSource#low]
  /// @param now the boot clock
  boolean contains(boolean v6, long high, long low, int port, long now) {
    long of = of(v6, high, low, port, now);
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
    long of = of(source.isV6(), source.high(), source.low(), source.port(), now);
    int place = place(of);
    int tag = tag(of, now);
    int way = 0;
    while (way < WAYS - 1 && isTaken(tags.getOpaque(place + way), tag)) {
      way++;
    }
    tags.setOpaque(place + way, tag);
  }

  /// By another source of this draw. One of 256 draws ago may be taken for one.
  private static boolean isTaken(int old, int tag) {
    return old != EMPTY && old != tag && (old & DRAW_MASK) == (tag & DRAW_MASK);
  }

  /// The number of a source in a draw; in another one it has another.
  private long of(boolean v6, long high, long low, int port, long now) {
    return SourceHash.mix(
        hash.of(high, low) ^ port ^ (v6 ? 1 << Character.SIZE : 0) ^ draw(now) << Integer.SIZE);
  }

  private static long draw(long now) {
    return now >>> HandshakeQueue.DRAW_SHIFT;
  }

  private static int place(long of) {
    return (int) of & (SOURCES - WAYS);
  }

  /// Never that of an empty place.
  private static int tag(long of, long now) {
    return ((int) (of >>> 32) & ~DRAW_MASK) | (DRAW_MASK + 1) | ((int) draw(now) & DRAW_MASK);
  }
}
