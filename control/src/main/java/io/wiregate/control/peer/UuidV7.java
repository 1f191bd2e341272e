package io.wiregate.control.peer;

import java.security.SecureRandom;
import java.util.UUID;

/// UUIDs of version 7 (RFC 9562, 5.7): ordered by time, so that new rows stand together in an index
/// and pages of peers follow their creation. Within one process they never go backward. Any thread.
public final class UuidV7 {
  private final SecureRandom random = new SecureRandom();
  private long lastStamp; // guarded by this

  public UUID next() {
    long stamp = nextStamp();
    long high = stamp >>> 12 << 16 | 0x7000 | (stamp & 0xfff);
    return new UUID(high, random.nextLong() >>> 2 | 0x8000_0000_0000_0000L);
  }

  /// Milliseconds in the upper 48 bits, and in the lower 12 a count within them (RFC 9562, 6.2).
  private synchronized long nextStamp() {
    lastStamp = Math.max(System.currentTimeMillis() << 12, lastStamp + 1);
    return lastStamp;
  }
}
