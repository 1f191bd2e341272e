package io.wiregate.dataplane.session;

import org.jspecify.annotations.Nullable;

/// Wakes entries at about their time: a ring of lists, one for each tick. Arming and disarming cost
/// the same whatever the number of entries; entries that are not armed cost nothing.
///
/// A time beyond the ring's span is put at its end: the entry is woken early, finds nothing due,
/// and is armed again. Owner: one worker thread.
public final class TimerWheel {
  /// Nanoseconds of a tick: 2^24, some 17 ms.
  static final int TICK_SHIFT = 24;

  /// Ticks in the ring: some 69 s.
  static final int SLOTS = 4096;

  /// What can be armed. Its fields belong to the wheel.
  public abstract static class Entry {
    private @Nullable Entry next;
    private @Nullable Entry previous;
    private int slot = -1;

    protected Entry() {}
  }

  private final @Nullable Entry[] heads = new @Nullable Entry[SLOTS];
  private final long[] occupied = new long[SLOTS / 64];
  private long currentTick;
  private int size;

  public TimerWheel(long now) {
    currentTick = now >>> TICK_SHIFT;
  }

  /// Wakes `entry` at `deadline` or at most a tick later, and no more at the time it was armed for
  /// before.
  public void arm(Entry entry, long deadline) {
    disarm(entry);
    // Rounded up: an entry is never woken before its time for want of resolution.
    long tick = (deadline >>> TICK_SHIFT) + 1;
    tick = Math.max(currentTick + 1, Math.min(tick, currentTick + SLOTS - 1));
    int slot = (int) (tick & (SLOTS - 1));
    entry.slot = slot;
    entry.previous = null;
    entry.next = heads[slot];
    if (entry.next != null) {
      entry.next.previous = entry;
    }
    heads[slot] = entry;
    occupied[slot >>> 6] |= 1L << (slot & 63);
    size++;
  }

  /// Forgets an entry; one that is not armed is no error.
  public void disarm(Entry entry) {
    int slot = entry.slot;
    if (slot < 0) {
      return;
    }
    if (entry.previous == null) {
      heads[slot] = entry.next;
      if (entry.next == null) {
        occupied[slot >>> 6] &= ~(1L << (slot & 63));
      }
    } else {
      entry.previous.next = entry.next;
    }
    if (entry.next != null) {
      entry.next.previous = entry.previous;
    }
    entry.next = null;
    entry.previous = null;
    entry.slot = -1;
    size--;
  }

  /// Takes one entry whose time has come, null where there is none (any more). It is disarmed.
  public @Nullable Entry poll(long now) {
    long nowTick = now >>> TICK_SHIFT;
    while (size > 0 && currentTick <= nowTick) {
      int slot = (int) (currentTick & (SLOTS - 1));
      Entry head = heads[slot];
      if (head != null) {
        disarm(head);
        return head;
      }
      if (currentTick == nowTick) {
        return null;
      }
      currentTick = Math.min(nowTick, nextOccupied(currentTick + 1));
    }
    currentTick = Math.max(currentTick, nowTick);
    return null;
  }

  /// When the earliest entry is due, [PeerTimers#NEVER] where none is armed.
  public long nextDeadline() {
    return size == 0 ? PeerTimers.NEVER : nextOccupied(currentTick) << TICK_SHIFT;
  }

  /// The first tick from `from` on that has entries; there must be one within the ring.
  private long nextOccupied(long from) {
    for (long tick = from; tick < from + SLOTS + 64; ) {
      int slot = (int) (tick & (SLOTS - 1));
      long bits = occupied[slot >>> 6] >>> (slot & 63);
      if (bits != 0) {
        return tick + Long.numberOfTrailingZeros(bits);
      }
      tick += 64 - (slot & 63);
    }
    throw new AssertionError("the wheel counts " + size + " entries and has none");
  }

  /// Entries armed.
  public int size() {
    return size;
  }
}
