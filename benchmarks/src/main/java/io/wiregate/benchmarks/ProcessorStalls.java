package io.wiregate.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/// When a processor did not come to who had the first right to it: its host took it, or the kernel
/// did not switch, for an interrupt or, where it is built without preemption, a system call of
/// another process. What all processors show at once is the host's doing.
///
/// ```
///   taskset -c PROCESSOR chrt -f 99 java -Xint … ProcessorStalls PROCESSOR LEAST_MS
/// ```
///
/// It sleeps for a millisecond at a time; at the highest real-time priority (sched(7)) it goes
/// before whoever else wants the processor, and is late only by the above. The JVM's own threads
/// have that priority too, hence no compiler, and to be killed rather than told to end. Prints,
/// times in seconds since 1970:
///
/// ```
///   ready
///   BEGIN stall MS     at least LEAST_MS late
///   BEGIN steal MS     what /proc/stat counts as stolen from this processor in the second before
/// ```
final class ProcessorStalls {
  private static final long NAP_NANOS = 1_000_000;
  private static final long SECOND_NANOS = 1_000_000_000;

  /// Naps before any counts: what a JVM does after its start is done by then.
  private static final int NAPS_BEFORE = 500;

  /// `USER_HZ`: a tick of /proc/stat, the same on every Linux that Java runs on (proc(5)).
  private static final double TICK_MS = 10;

  private ProcessorStalls() {}

  public static void main(String[] arguments) throws IOException {
    String processor = "cpu" + arguments[0] + ' ';
    long least = (long) (Double.parseDouble(arguments[1]) * 1e6);
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
    try (RandomAccessFile stat = new RandomAccessFile("/proc/stat", "r")) {
      long stolen = stolen(stat, processor);
      // What the first line loads is loaded before anything is counted.
      out.println(line(0, "stall", 0));
      for (int i = 0; i < NAPS_BEFORE; i++) {
        LockSupport.parkNanos(NAP_NANOS);
      }
      out.println("ready");
      long last = System.nanoTime();
      long second = last;
      while (true) {
        LockSupport.parkNanos(NAP_NANOS);
        long now = System.nanoTime();
        if (now - last - NAP_NANOS >= least) {
          out.println(line(now - last, "stall", (now - last - NAP_NANOS) / 1e6));
        }
        if (now - second >= SECOND_NANOS) {
          long ticks = stolen(stat, processor);
          if (ticks != stolen) {
            out.println(line(now - second, "steal", (ticks - stolen) * TICK_MS));
          }
          stolen = ticks;
          second = now;
        }
        last = System.nanoTime();
      }
    }
  }

  private static String line(long nanosAgo, String what, double ms) {
    return String.format(
        Locale.ROOT, "%.3f %s %.1f", System.currentTimeMillis() / 1e3 - nanosAgo / 1e9, what, ms);
  }

  /// Ticks: the eighth figure of the processor's line.
  private static long stolen(RandomAccessFile stat, String processor) throws IOException {
    stat.seek(0);
    for (String line = stat.readLine(); line != null; line = stat.readLine()) {
      if (line.startsWith(processor)) {
        return Long.parseLong(line.split(" +", -1)[8]);
      }
    }
    throw new IOException("/proc/stat has no line '" + processor + "'.");
  }
}
