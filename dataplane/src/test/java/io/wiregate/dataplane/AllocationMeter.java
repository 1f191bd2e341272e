package io.wiregate.dataplane;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/// Counts the bytes that the current thread allocates.
public final class AllocationMeter {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private AllocationMeter() {}

  /// Runs an action until the compiler has had its turn.
  ///
  /// @return the fewest bytes that a round of 1000 runs allocated, 0 as soon as one does
  public static long allocatedBytes(Runnable action) {
    long fewest = Long.MAX_VALUE;
    for (int round = 0; round < 30 && fewest > 0; round++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 1000; i++) {
        action.run();
      }
      fewest = Math.min(fewest, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    return fewest;
  }
}
