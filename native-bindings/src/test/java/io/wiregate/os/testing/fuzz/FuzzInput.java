package io.wiregate.os.testing.fuzz;

import java.util.Arrays;

/// Reads an input of a fuzzer from front to back; past its end there are zeros. Owner: one thread.
///
/// Why not Jazzer's `FuzzedDataProvider`: that takes numbers from the end, so that an input says
/// nothing to who reads it, and a corpus does not outlive a change of its rules.
public final class FuzzInput {
  private final byte[] bytes;
  private int at;

  public FuzzInput(byte[] bytes) {
    this.bytes = bytes;
  }

  public boolean isEmpty() {
    return at >= bytes.length;
  }

  /// Bytes that were not read yet.
  public int remaining() {
    return bytes.length - at;
  }

  /// From 0 to 255.
  public int next() {
    return at < bytes.length ? bytes[at++] & 0xff : 0;
  }

  /// From 0 to 65535.
  public int nextShort() {
    return next() << 8 | next();
  }

  public int nextInt() {
    return nextShort() << 16 | nextShort();
  }

  public long nextLong() {
    return (long) nextInt() << 32 | (nextInt() & 0xffff_ffffL);
  }

  /// That many bytes, or fewer where there are no more.
  public byte[] nextBytes(int length) {
    byte[] taken = Arrays.copyOfRange(bytes, at, at + Math.min(length, remaining()));
    at += taken.length;
    return taken;
  }
}
