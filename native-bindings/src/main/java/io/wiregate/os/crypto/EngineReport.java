package io.wiregate.os.crypto;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Which engine was chosen, what was found of each, and how to get a faster one: for start-up
/// messages.
///
/// @param chosen its [Finding#id], null where none can be used
/// @param findings of every engine that was looked at, in the order of preference
/// @param advice the one command that installs an engine that is faster as a rule, null where it is
///   there
public record EngineReport(
    @Nullable String chosen, List<Finding> findings, @Nullable String advice) {
  /// What the time of a later one is at most of an earlier one's, to be taken in its place.
  private static final double CLEARLY = 0.9;

  public EngineReport {
    findings = List.copyOf(findings);
  }

  /// What was measured, for people to read: ` (BoringSSL 0.73 µs, OpenSSL 3.0.19 0.97 µs)`, or
  /// nothing where one alone was looked at.
  public String times() {
    List<Finding> measured = findings.stream().filter(finding -> finding.nanos() > 0).toList();
    return measured.size() < 2
        ? ""
        : measured.stream()
            .map(finding ->
                String.format(Locale.ROOT, "%s %.2f µs", finding.name(), finding.nanos() / 1000))
            .collect(Collectors.joining(", ", " (", ")"));
  }

  /// What was found of one engine.
  ///
  /// @param id what configurations name it by, e.g. `boringssl`
  /// @param name what operators know it by, with its version where it tells
  /// @param problem one sentence on why it cannot be used, null where it can
  /// @param nanos the time of one operation (see [EngineSpeed]), 0 where it was not measured
  public record Finding(String id, String name, @Nullable String problem, double nanos) {
    public boolean isUsable() {
      return problem == null;
    }
  }

  /// An engine, or the reason why it cannot be used.
  record Candidate<E>(String id, String name, @Nullable E engine, @Nullable String problem) {}

  /// The times of one operation of some engines, in nanoseconds.
  interface Stopwatch<E> {
    double[] nanos(List<E> engines);
  }

  /// The fastest of the candidates that can be used, unless one is asked for by name.
  ///
  /// They come in the order of their speed as careful measurements have it. A later one is taken
  /// only where it is faster by a tenth: less may be chance, and a choice that changes from start
  /// to start helps nobody.
  ///
  /// @param findings gets what was found of those that were looked at
  static <E> @Nullable Candidate<E> choose(
      List<Supplier<Candidate<E>>> candidates,
      Stopwatch<E> stopwatch,
      @Nullable String preferred,
      List<Finding> findings) {
    return preferred == null
        ? fastest(candidates, stopwatch, findings)
        : named(candidates, preferred, findings);
  }

  private static <E> @Nullable Candidate<E> fastest(
      List<Supplier<Candidate<E>>> candidates, Stopwatch<E> stopwatch, List<Finding> findings) {
    List<Candidate<E>> seen = new ArrayList<>();
    List<E> usable = new ArrayList<>();
    for (Supplier<Candidate<E>> each : candidates) {
      Candidate<E> candidate = each.get();
      E engine = candidate.engine();
      seen.add(candidate);
      if (engine != null) {
        usable.add(engine);
      }
    }
    double[] times = usable.size() < 2 ? new double[usable.size()] : stopwatch.nanos(usable);
    Candidate<E> best = null;
    double bestNanos = 0;
    int measured = 0;
    for (Candidate<E> candidate : seen) {
      double nanos = candidate.engine() == null ? 0 : times[measured++];
      findings.add(new Finding(candidate.id(), candidate.name(), candidate.problem(), nanos));
      if (candidate.engine() != null && (best == null || nanos < bestNanos * CLEARLY)) {
        best = candidate;
        bestNanos = nanos;
      }
    }
    return best;
  }

  private static <E> Candidate<E> named(
      List<Supplier<Candidate<E>>> candidates, String preferred, List<Finding> findings) {
    List<Candidate<E>> seen = new ArrayList<>();
    for (Supplier<Candidate<E>> each : candidates) {
      Candidate<E> candidate = each.get();
      seen.add(candidate);
      findings.add(new Finding(candidate.id(), candidate.name(), candidate.problem(), 0));
      if (candidate.engine() != null && candidate.id().equalsIgnoreCase(preferred)) {
        return candidate;
      }
    }
    throw new IllegalArgumentException(refusal(preferred, seen));
  }

  /// Why a library cannot be used: where initialising its class failed, only the cause says.
  static String reason(Throwable unusable) {
    String message = unusable.getMessage();
    return message != null ? message : String.valueOf(unusable.getCause());
  }

  private static <E> String refusal(String preferred, List<Candidate<E>> candidates) {
    List<String> usable = new ArrayList<>();
    for (Candidate<E> candidate : candidates) {
      if (candidate.engine() != null) {
        usable.add(candidate.id());
      } else if (candidate.id().equalsIgnoreCase(preferred)) {
        return "the engine '" + preferred + "' cannot be used: " + candidate.problem();
      }
    }
    return "there is no engine '" + preferred + "': choose one of " + String.join(", ", usable);
  }
}
