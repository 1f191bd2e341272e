package io.wiregate.control.doctor;

import io.wiregate.control.config.Configuration;
import java.util.ArrayList;
import java.util.List;

/// Looks at what a gateway of a configuration needs of this machine.
public final class Doctor {
  private Doctor() {}

  /// Looks; takes a second or two. Nothing stays: an interface and sockets that are made are
  /// removed.
  public static List<Check> examine(Configuration configuration) {
    List<Check> checks = new ArrayList<>();
    checks.addAll(MachineChecks.all(configuration.offloads()));
    checks.addAll(EngineChecks.all(configuration.cipher().engine()));
    checks.addAll(GatewayChecks.all(configuration));
    return checks;
  }

  /// The weightiest verdict.
  public static Check.Verdict verdict(List<Check> checks) {
    return checks.stream()
        .map(Check::verdict)
        .max(Check.Verdict::compareTo)
        .orElse(Check.Verdict.OK);
  }
}
