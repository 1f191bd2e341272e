package io.wiregate.dataplane.noise;

import java.nio.ByteBuffer;

/// A point in time as initiations carry it: TAI64N, 12 bytes (paper, 5.1;
/// <https://cr.yp.to/libtai/tai64.html>). Immutable.
///
/// A responder only compares them, so any two values are ordered, sensible or not.
///
/// @param seconds the label of the second, unsigned: 2^62 + 10 at the start of 1970
/// @param nanoseconds within the second, unsigned
public record Tai64n(long seconds, int nanoseconds) implements Comparable<Tai64n> {
  /// Bytes.
  public static final int SIZE = 12;

  /// Before every other one.
  public static final Tai64n ZERO = new Tai64n(0, 0);

  private static final long LABEL_OF_1970 = (1L << 62) + 10;
  private static final int NANOS_PER_SECOND = 1_000_000_000;

  /// What a stamp of ours is rounded down to: the largest power of two below the 20 ms that lie
  /// between two initiations at least. A finer one would tell how our clock is off, and when
  /// exactly we work.
  private static final int GRAIN_NANOS = 1 << 24;

  /// The wall clock's time, rounded down to 2^24 ns.
  ///
  /// @param epochSeconds seconds since 1970, as [java.time.Instant#getEpochSecond]
  /// @param nanos nanoseconds within the second
  public static Tai64n whitened(long epochSeconds, int nanos) {
    return new Tai64n(LABEL_OF_1970 + epochSeconds, nanos & -GRAIN_NANOS);
  }

  /// Reads 12 bytes.
  public static Tai64n of(byte[] bytes, int offset) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, SIZE);
    return new Tai64n(buffer.getLong(), buffer.getInt());
  }

  public void writeTo(byte[] bytes, int offset) {
    ByteBuffer.wrap(bytes, offset, SIZE).putLong(seconds).putInt(nanoseconds);
  }

  public byte[] toBytes() {
    byte[] bytes = new byte[SIZE];
    writeTo(bytes, 0);
    return bytes;
  }

  /// The next stamp of the same grain.
  Tai64n next() {
    int nanos = (nanoseconds & -GRAIN_NANOS) + GRAIN_NANOS;
    boolean carries = Integer.compareUnsigned(nanos, NANOS_PER_SECOND) >= 0;
    return carries ? new Tai64n(seconds + 1, 0) : new Tai64n(seconds, nanos);
  }

  Tai64n plusSeconds(long more) {
    return new Tai64n(seconds + more, nanoseconds);
  }

  public boolean isAfter(Tai64n other) {
    return compareTo(other) > 0;
  }

  @Override
  public int compareTo(Tai64n other) {
    int bySeconds = Long.compareUnsigned(seconds, other.seconds);
    return bySeconds != 0 ? bySeconds : Integer.compareUnsigned(nanoseconds, other.nanoseconds);
  }
}
