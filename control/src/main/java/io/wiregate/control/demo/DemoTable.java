package io.wiregate.control.demo;

import io.wiregate.control.demo.WebServer.Visit;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/// What happened, a line for each zone.
final class DemoTable {
  private DemoTable() {}

  /// Prints it, and tells whether all is as it should be.
  static boolean print(List<ZoneTrial> trials, PrintWriter out) {
    line(
        out,
        "ZONE",
        "PORT",
        "CONNECT",
        "PING V4",
        "PING V6",
        "TRANSFER",
        "PEERS",
        "INTERNET",
        "OVER IPV6",
        "");
    for (ZoneTrial trial : trials) {
      line(
          out,
          trial.name(),
          Integer.toString(trial.port()),
          millis(trial.connectMillis),
          millis(trial.ping4Millis),
          millis(trial.ping6Millis),
          trial.transfer.isWhole()
              ? String.format(Locale.ROOT, "%.0f MB/s", trial.transfer.megabytesPerSecond())
              : trial.transfers() ? "none" : "-",
          both(trial.friend4, trial.friend6),
          both(trial.web4, trial.web6),
          trial.isHeardOverIpv6 ? "yes" : "no",
          trial.isAsItShouldBe() ? "OK" : "FAILED");
    }
    out.flush();
    return !trials.isEmpty() && trials.stream().allMatch(ZoneTrial::isAsItShouldBe);
  }

  private static void line(PrintWriter out, Object... cells) {
    out.println(
        String.format(Locale.ROOT, "%-8s %5s  %7s  %7s  %7s  %9s  %-11s  %-11s  %-9s  %s", cells)
            .stripTrailing());
  }

  private static String millis(double millis) {
    return millis < 0 ? "none" : String.format(Locale.ROOT, "%.1f ms", millis);
  }

  private static String both(Visit v4, Visit v6) {
    String four = word(v4);
    String six = word(v6);
    return four.equals(six) ? four : four + "/" + six;
  }

  private static String word(Visit visit) {
    return visit.bytes() > 0 ? "yes" : visit.isRefused() ? "refused" : "lost";
  }
}
