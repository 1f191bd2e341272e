package io.wiregate.dataplane.session;

import java.util.Arrays;

/// Which counters of a session were seen (RFC 6479; WireGuard paper, 5.4.6).
///
/// A ring of 128 blocks of 64 bits. The block of the greatest counter is only partly used, so that
/// what is sure to be remembered is [#SIZE] counters back, as in the kernel. Counters are unsigned.
///
/// Owner: the worker that the session is pinned to. 1 KiB.
public final class ReplayWindow {
  /// A counter that is further behind the greatest one than this is refused.
  public static final int SIZE = 127 * Long.SIZE;

  /// `REJECT_AFTER_MESSAGES` of the paper (6.1): no counter from here on is ever sent or accepted.
  public static final long REJECT_AFTER_MESSAGES = -(1L << 13) - 1;

  private static final int BLOCKS = 128;
  private static final int BLOCK_MASK = BLOCKS - 1;

  private final long[] seen = new long[BLOCKS];
  private long greatest;

  /// Whether [#accept] would take that counter: tells replays before they cost a decryption.
  /// Changes nothing.
  public boolean mayAccept(long counter) {
    if (Long.compareUnsigned(counter, REJECT_AFTER_MESSAGES) >= 0) {
      return false;
    }
    if (Long.compareUnsigned(counter, greatest) > 0) {
      return true;
    }
    return Long.compareUnsigned(greatest - counter, SIZE) <= 0
        && (seen[block(counter)] & 1L << counter) == 0;
  }

  /// Takes a counter, once. Only for a message that is authentic: anything else could move the
  /// window away from the real sender.
  ///
  /// @return whether it was neither seen before nor too old nor too great
  public boolean accept(long counter) {
    if (!mayAccept(counter)) {
      return false;
    }
    if (Long.compareUnsigned(counter, greatest) > 0) {
      advance(counter);
    }
    seen[block(counter)] |= 1L << counter;
    return true;
  }

  private void advance(long counter) {
    long current = greatest >>> 6;
    long blocks = Math.min((counter >>> 6) - current, BLOCKS);
    for (long i = 1; i <= blocks; i++) {
      seen[(int) (current + i) & BLOCK_MASK] = 0;
    }
    greatest = counter;
  }

  private static int block(long counter) {
    return (int) (counter >>> 6) & BLOCK_MASK;
  }

  /// The greatest counter accepted, 0 if none was.
  public long greatest() {
    return greatest;
  }

  /// Forgets everything.
  public void clear() {
    Arrays.fill(seen, 0);
    greatest = 0;
  }
}
