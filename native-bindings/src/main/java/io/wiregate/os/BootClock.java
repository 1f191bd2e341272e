package io.wiregate.os;

import io.wiregate.os.internal.Libc;

/// `CLOCK_BOOTTIME`: nanoseconds since boot, which go on while the machine is suspended and never
/// step. WireGuard's limits on the age of keys must count suspended time too.
///
/// Owner: one thread, since the kernel writes its answer into memory of this object. Source:
/// clock_gettime(2).
public final class BootClock implements AutoCloseable {
  private static final int CLOCK_BOOTTIME = 7;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final NativeBuffer timespec = NativeBuffer.allocate(16);

  public BootClock() {}

  /// Nanoseconds since boot. Costs some 30 ns: the call stays in user space.
  public long nanos() {
    if (Libc.clock_gettime(CLOCK_BOOTTIME, timespec.address(0, 16)) != 0) {
      throw new IllegalStateException("this kernel has no CLOCK_BOOTTIME (Linux 2.6.39)");
    }
    return timespec.getLong(0) * NANOS_PER_SECOND + timespec.getLong(8);
  }

  @Override
  public void close() {
    timespec.close();
  }
}
