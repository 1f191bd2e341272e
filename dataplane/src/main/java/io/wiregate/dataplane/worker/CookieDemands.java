package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.session.SourceHash;
import io.wiregate.os.udp.UdpSource;
import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicIntegerArray;

/// Whom of the strangers a cookie was demanded of a moment ago. A reply is made and sent at many
/// times the price of the message that it answers, and whoever means it tries again after 5 s: so
/// who was sent one has to wait for the next, some 4 s, and has a chance of more. A flood from some
/// thousand addresses, forged or not, then costs little more than to read it, and whose addresses
/// they are hears little of it. One whose every message has an address or port of its own costs a
/// reply for each.
///
/// That time is drawn for each reply, and shorter than 5 s: so a flood that began at once is not
/// sent all its replies at once again, and a forger cannot know when to come first.
///
/// Its table is bounded: where five sources meet at a place for four, one is forgotten and may be
/// sent another reply. None is taken for another one but by a chance of one in 520,000. Allocates
/// nothing. Any thread; two that meet at a place may each send a reply.
final class CookieDemands {
  /// Of messages of those who were told, one in so many is answered all the same, by chance.
  /// Whoever forges a newcomer's address has its one reply sent to a message of the forger's, which
  /// nobody can use: so the next try must have its chance, whatever else comes from there.
  static final int TOLD_AGAIN = 32;

  private static final int SOURCES = 1 << 16;

  /// Sources that have the same place.
  private static final int WAYS = 4;

  /// Time is counted in units of 0.134 s.
  private static final int TIME_SHIFT = 27;

  /// Units that a source waits at least, 3.4 s.
  private static final int LEAST = 26;

  /// Units of which so many are drawn in addition; with the most it is 4.4 s.
  private static final int DRAWN = 8;

  private static final int EMPTY = 0;

  /// Of a tag: until when it holds. The same comes again after 275 s; then one who was not sent a
  /// reply since may be taken for told, if nobody has come to its place.
  private static final int UNTIL_MASK = 0x7ff;

  /// Of a tag: whose it is.
  private static final int NAME_MASK = ~UNTIL_MASK;

  private final AtomicIntegerArray tags = new AtomicIntegerArray(SOURCES);
  private final SourceHash hash;
  private final long secret;

  /// What was drawn. Threads that draw at once may draw the same: it is a chance anyhow.
  private long draws;

  CookieDemands(SecureRandom random) {
    hash = new SourceHash(random);
    secret = random.nextLong();
  }

  /// Whether a source was sent a reply a moment ago.
  boolean contains(UdpSource source, long now) {
    return contains(source.isV6(), source.high(), source.low(), source.port(), now);
  }

  /// Whether a source was sent a reply a moment ago.
  ///
  /// @param high as [UdpSource#high]
  /// @param low as [UdpSource#low]
  /// @param now the boot clock
  boolean contains(boolean v6, long high, long low, int port, long now) {
    return contains(number(v6, high, low, port), now);
  }

  /// Draws whether a message of who was told is answered all the same. Nobody can tell which one it
  /// will be, and have the answers go to messages of his own.
  boolean isToldAgain() {
    return draw(TOLD_AGAIN) == 0;
  }

  /// Remembers that it is sent a reply.
  ///
  /// @param now the boot clock
  void add(UdpSource source, long now) {
    long number = number(source.isV6(), source.high(), source.low(), source.port());
    if (contains(number, now)) {
      return; // told again: that does not make it wait longer
    }
    int place = place(number);
    int way = 0;
    while (way < WAYS - 1 && holds(tags.getOpaque(place + way), now)) {
      way++;
    }
    int until = (time(now) + LEAST + draw(DRAWN)) & UNTIL_MASK;
    tags.setOpaque(place + way, name(number) | until);
  }

  private boolean contains(long number, long now) {
    int place = place(number);
    int name = name(number);
    for (int i = 0; i < WAYS; i++) {
      int tag = tags.getOpaque(place + i);
      if ((tag & NAME_MASK) == name && holds(tag, now)) {
        return true;
      }
    }
    return false;
  }

  private static boolean holds(int tag, long now) {
    int left = (tag - time(now)) & UNTIL_MASK;
    return tag != EMPTY && left != 0 && left < LEAST + DRAWN;
  }

  /// @param bound a power of two
  private int draw(int bound) {
    return (int) SourceHash.mix(secret + ++draws) & (bound - 1);
  }

  private long number(boolean v6, long high, long low, int port) {
    return SourceHash.mix(hash.of(high, low) ^ port ^ (v6 ? 1 << Character.SIZE : 0));
  }

  private static int time(long now) {
    return (int) (now >>> TIME_SHIFT) & UNTIL_MASK;
  }

  private static int place(long number) {
    return (int) number & (SOURCES - WAYS);
  }

  private static int name(long number) {
    return (int) (number >>> 32) & NAME_MASK;
  }
}
