package io.wiregate.os.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;

/// Pings at an interval, of which each has time to be answered.
///
/// `ping -c` alone ends twice the longest round trip after its last ping: where a machine pauses
/// just then, whatever is on its way counts as lost. With a deadline it goes on until as many are
/// answered, so the first ones have had their time.
public final class PingSeries {
  private static final String DEADLINE_SECONDS = "300";

  private final int count;
  private final Process process;

  private PingSeries(int count, Process process) {
    this.count = count;
    this.process = process;
  }

  /// Begins.
  ///
  /// @param interval seconds between two, e.g. `0.02`
  public static PingSeries start(NetworkNamespace from, String target, String interval, int count) {
    String[] command = {
      "ping", "-n", "-i", interval, "-c", String.valueOf(count), "-w", DEADLINE_SECONDS, target
    };
    try {
      return new PingSeries(
          count, new ProcessBuilder(from.inside(command)).redirectErrorStream(true).start());
    } catch (IOException noPing) {
      throw new AssertionError(noPing);
    }
  }

  /// Waits for the end.
  ///
  /// @return the numbers, from 1, of those that were not answered
  public List<Integer> lost() {
    try {
      String said =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      return IntStream.rangeClosed(1, count)
          .filter(number -> !said.contains("icmp_seq=" + number + " "))
          .boxed()
          .toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
