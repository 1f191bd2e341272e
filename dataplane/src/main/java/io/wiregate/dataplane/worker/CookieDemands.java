package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.session.SourceHash;
import io.wiregate.os.udp.UdpSource;
import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/// Whom of the strangers a cookie was demanded of a moment ago. A reply is made and sent at many
/// times the price of the message that it answers, and whoever means it tries again after 5 s: so
/// who was sent one has to wait for the next, some 4 s, and has a chance of more. Who comes without
/// it all the same, again and again, waits four times as long from then on. A flood from some
/// thousand addresses, forged or not, then costs little more than to read it, and whose addresses
/// they are hears little of it. One whose every message has an address or port of its own costs a
/// reply for each.
///
/// That time is drawn for each reply, and at first shorter than 5 s: so a flood that began at once
/// is not sent all its replies at once again, and a forger cannot know when to come first.
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

  /// Units that a source waits at least the first time, 3.4 s.
  private static final int LEAST = 26;

  /// Units of which so many are drawn in addition; with the most it is 4.4 s.
  private static final int DRAWN = 8;

  /// When it has to wait again both are so much longer, 14 to 18 s. Much more would let a forger
  /// keep a newcomer waiting with a few messages.
  private static final int REPEATED_SHIFT = 2;

  private static final int LONGEST = (LEAST + DRAWN) << REPEATED_SHIFT;

  /// Units for which it is remembered afterwards that a source has been told, 60 s.
  private static final int REMEMBERED = 448;

  /// Units in which all of the table is swept, 34 s.
  private static final int SWEEP = 256;

  /// Where nobody has been told for so many units, 103 s, all is forgotten. So no place goes
  /// unlooked at for longer than that and a sweep: after 2,048 units the time in a tag begins anew,
  /// and what is past would seem to lie ahead.
  private static final int FORGOTTEN = 3 * SWEEP;

  private static final int EMPTY = 0;

  /// Of a tag: until when it holds.
  private static final int UNTIL_MASK = 0x7ff;

  /// Of a tag: whose it is.
  private static final int NAME_MASK = ~UNTIL_MASK;

  private final AtomicIntegerArray tags = new AtomicIntegerArray(SOURCES);
  private final SourceHash hash;
  private final long secret;

  /// Up to when the table has been swept, in units since boot.
  private final AtomicLong swept = new AtomicLong();

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
    if (units(now) - swept.get() > FORGOTTEN) {
      return false;
    }
    long number = number(v6, high, low, port);
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

  /// Draws whether a message of who was told is answered all the same. Nobody can tell which one it
  /// will be, and have the answers go to messages of his own.
  boolean isToldAgain() {
    return draw(TOLD_AGAIN) == 0;
  }

  /// Remembers that it is sent a reply.
  ///
  /// @param now the boot clock
  void add(UdpSource source, long now) {
    sweep(now);
    long number = number(source.isV6(), source.high(), source.low(), source.port());
    int place = place(number);
    int name = name(number);
    int into = place + WAYS - 1;
    int shift = 0;
    for (int at = place + WAYS - 1; at >= place; at--) {
      int tag = tags.getOpaque(at);
      boolean holds = holds(tag, now);
      if (tag != EMPTY && (tag & NAME_MASK) == name) {
        if (holds) {
          return; // told again: that does not make it wait longer
        }
        into = at;
        shift = isOver(tag, now) ? 0 : REPEATED_SHIFT;
        break;
      }
      if (!holds) {
        into = at;
      }
    }
    int until = (time(now) + (LEAST << shift) + draw(DRAWN << shift)) & UNTIL_MASK;
    tags.setOpaque(into, name | until);
  }

  /// Empties places that nobody needs any more, some with each unit of time that has passed.
  private void sweep(long now) {
    long units = units(now);
    long from = swept.get();
    if (from >= units || !swept.compareAndSet(from, units)) {
      return;
    }
    boolean all = units - from > FORGOTTEN;
    for (long unit = Math.max(from, units - SWEEP); unit < units; unit++) {
      int first = (int) (unit & (SWEEP - 1)) * (SOURCES / SWEEP);
      for (int at = first; at < first + SOURCES / SWEEP; at++) {
        int tag = tags.getOpaque(at);
        if (tag != EMPTY && (all || isOver(tag, now))) {
          tags.compareAndSet(at, tag, EMPTY);
        }
      }
    }
  }

  private static boolean holds(int tag, long now) {
    int left = (tag - time(now)) & UNTIL_MASK;
    return tag != EMPTY && left != 0 && left < LONGEST;
  }

  /// Whether it neither holds nor is remembered.
  private static boolean isOver(int tag, long now) {
    int ago = (time(now) - tag) & UNTIL_MASK;
    return ago >= REMEMBERED && !holds(tag, now);
  }

  /// @param bound a power of two
  private int draw(int bound) {
    return (int) SourceHash.mix(secret + ++draws) & (bound - 1);
  }

  private long number(boolean v6, long high, long low, int port) {
    return SourceHash.mix(hash.of(high, low) ^ port ^ (v6 ? 1 << Character.SIZE : 0));
  }

  private static long units(long now) {
    return now >>> TIME_SHIFT;
  }

  private static int time(long now) {
    return (int) units(now) & UNTIL_MASK;
  }

  private static int place(long number) {
    return (int) number & (SOURCES - WAYS);
  }

  private static int name(long number) {
    return (int) (number >>> 32) & NAME_MASK;
  }
}
