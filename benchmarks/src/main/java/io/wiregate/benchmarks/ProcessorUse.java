package io.wiregate.benchmarks;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// The processor time that a process has used (proc(5)).
///
/// @param userNanos and `systemNanos` in ticks of 10 ms
/// @param threadNanos of the threads that are alive, by their names
record ProcessorUse(long userNanos, long systemNanos, Map<String, Long> threadNanos) {
  private static final long TICK_NANOS = 10_000_000;

  static ProcessorUse of(long pid) throws IOException {
    Path process = Path.of("/proc", Long.toString(pid));
    String stat = Files.readString(process.resolve("stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    Map<String, Long> threads = new TreeMap<>();
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(process.resolve("task"))) {
      for (Path task : tasks) {
        String name = readOfThread(task.resolve("comm")).strip();
        String used = readOfThread(task.resolve("schedstat"));
        if (!used.isEmpty()) {
          threads.merge(name, Long.parseLong(used.substring(0, used.indexOf(' '))), Long::sum);
        }
      }
    }
    return new ProcessorUse(
        Long.parseLong(fields[11]) * TICK_NANOS, Long.parseLong(fields[12]) * TICK_NANOS, threads);
  }

  /// @return nothing where the thread has ended meanwhile: its time is in that of the process
  private static String readOfThread(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException ended) {
      return "";
    }
  }

  long nanos() {
    return userNanos + systemNanos;
  }

  /// What was used from then to now.
  ProcessorUse since(ProcessorUse then) {
    Map<String, Long> threads = new TreeMap<>();
    threadNanos.forEach(
        (name, nanos) -> threads.put(name, nanos - then.threadNanos.getOrDefault(name, 0L)));
    return new ProcessorUse(userNanos - then.userNanos, systemNanos - then.systemNanos, threads);
  }

  /// A line `# NAME NANOSECONDS` for each thread that took a thousandth or more of the whole.
  ///
  /// @param things what the time is divided by
  void printThreads(double things) {
    threadNanos.forEach((name, nanos) -> {
      if (nanos > nanos() / 1000) {
        System.out.printf("# %-16s %.0f%n", name, nanos / things);
      }
    });
  }
}
