package io.wiregate.os.crypto;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Which engine was chosen, what was found of each, and how to get a faster one: for start-up
/// messages.
///
/// @param chosen its [Finding#id], null where none can be used
/// @param findings of every engine that was looked at, in the order of preference
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
  public record Finding(String id, String name, @Nullable String problem) {
    public boolean isUsable() {
      return problem == null;
    }
  }

  /// An engine, or the reason why it cannot be used.
  record Candidate<E>(String id, String name, @Nullable E engine, @Nullable String problem) {}

  /// The first of the candidates that can be used, unless one is asked for by name. They come in
  /// the order of their speed as careful measurements have it: measuring at start costs time, and
  /// on a busy machine gives the wrong answer. Those behind the chosen one are not looked at.
  ///
  /// @param findings gets what was found of those that were looked at
  static <E> @Nullable Candidate<E> choose(
      List<Supplier<Candidate<E>>> candidates, @Nullable String preferred, List<Finding> findings) {
    List<Candidate<E>> seen = new ArrayList<>();
    for (Supplier<Candidate<E>> each : candidates) {
      Candidate<E> candidate = each.get();
      seen.add(candidate);
      findings.add(new Finding(candidate.id(), candidate.name(), candidate.problem()));
      boolean wanted = preferred == null || candidate.id().equalsIgnoreCase(preferred);
      if (candidate.engine() != null && wanted) {
        return candidate;
      }
    }
    if (preferred != null) {
      throw new IllegalArgumentException(refusal(preferred, seen));
    }
    return null;
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
