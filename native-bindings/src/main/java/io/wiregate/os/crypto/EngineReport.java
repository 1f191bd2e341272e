package io.wiregate.os.crypto;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which engine was chosen, what was found of each, and how to get a faster one: for start-up
/// messages.
///
/// @param chosen its [Finding#id], null where none can be used
/// @param findings of every engine known, in the order of preference
/// @param advice the one command that installs a faster engine, null where the fastest is there
public record EngineReport(
    @Nullable String chosen, List<Finding> findings, @Nullable String advice) {
  public EngineReport {
    findings = List.copyOf(findings);
  }

  /// What was found of one engine.
  ///
  /// @param id what configurations name it by, e.g. `boringssl`
  /// @param name what operators know it by, with its version where it tells
  /// @param problem one sentence on why it cannot be used, null where it can
  /// @param nanos what one operation took in the measurement at start, 0 where none was made; good
  ///   for comparing engines of one report only
  public record Finding(String id, String name, @Nullable String problem, long nanos) {
    public boolean isUsable() {
      return problem == null;
    }
  }

  /// An engine, or the reason why it cannot be used.
  record Candidate<E>(String id, String name, @Nullable E engine, @Nullable String problem) {}

  /// Measures one engine.
  interface Stopwatch<E> {
    /// Nanoseconds that one operation takes, 0 where it is not worth measuring.
    long nanos(E engine);
  }

  /// An engine out of the usual order of preference has to be faster by this factor: less is within
  /// what a busy machine makes of two measurements of the same engine.
  private static final double CONVINCING = 0.93;

  private static final int ROUNDS = 8;

  /// The fastest of the candidates, which come in the order that careful measurements have put them
  /// in, unless one is asked for by name.
  static <E> @Nullable Candidate<E> choose(
      List<Candidate<E>> candidates,
      @Nullable String preferred,
      Stopwatch<E> stopwatch,
      List<Finding> findings) {
    long[] measured =
        preferred == null ? measure(candidates, stopwatch) : new long[candidates.size()];
    Candidate<E> best = null;
    long bestNanos = 0;
    for (int i = 0; i < candidates.size(); i++) {
      Candidate<E> candidate = candidates.get(i);
      E engine = candidate.engine();
      boolean asked = candidate.id().equalsIgnoreCase(preferred);
      long nanos = measured[i];
      findings.add(new Finding(candidate.id(), candidate.name(), candidate.problem(), nanos));
      if (engine != null
          && (preferred == null
              ? best == null || (nanos > 0 && nanos < bestNanos * CONVINCING)
              : asked)) {
        best = candidate;
        bestNanos = nanos;
      }
    }
    if (preferred != null && best == null) {
      throw new IllegalArgumentException(refusal(preferred, candidates));
    }
    return best;
  }

  /// Why a library cannot be used: where initialising its class failed, only the cause says.
  static String reason(Throwable unusable) {
    String message = unusable.getMessage();
    return message != null ? message : String.valueOf(unusable.getCause());
  }

  /// The best of several rounds, in which the engines take turns: a busy machine slows all of them,
  /// not the one whose turn it was.
  private static <E> long[] measure(List<Candidate<E>> candidates, Stopwatch<E> stopwatch) {
    long[] best = new long[candidates.size()];
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < best.length; i++) {
        E engine = candidates.get(i).engine();
        long nanos = engine == null ? 0 : stopwatch.nanos(engine);
        best[i] = round == 0 ? nanos : Math.min(best[i], nanos);
      }
    }
    return best;
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
