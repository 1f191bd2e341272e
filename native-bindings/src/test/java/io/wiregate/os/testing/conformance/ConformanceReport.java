package io.wiregate.os.testing.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Makes the conformance report of what the tests of all modules wrote down in their last run. It
/// holds no times and no counts of runs, so that two runs which show the same make the same report.
public final class ConformanceReport {
  private static final String OTHER = "wireguard-go";

  private final Catalogue catalogue;
  // By rule, then by subject: the tests, and whether each held in every run.
  private final Map<String, Map<String, Map<String, Boolean>>> shown = new TreeMap<>();

  ConformanceReport(Catalogue catalogue, List<Observation> observations) {
    this.catalogue = catalogue;
    for (Observation each : observations) {
      shown
          .computeIfAbsent(each.rule(), _ -> new TreeMap<>())
          .computeIfAbsent(each.subject(), _ -> new TreeMap<>())
          .merge(each.test(), each.result() == Observation.Result.HELD, Boolean::logicalAnd);
    }
  }

  /// Rules that a test names and the catalogue does not, and rules of the catalogue that no test
  /// proved: each a sentence.
  List<String> faults() {
    Set<String> unknown = new TreeSet<>(shown.keySet());
    List<String> faults = new ArrayList<>();
    for (Catalogue.Section section : catalogue.sections()) {
      for (Catalogue.Rule rule : section.rules()) {
        unknown.remove(rule.name());
        if (rule.shown() && tests(rule, Observation.OURS).isEmpty()) {
          faults.add("no test of this run proves " + rule.name() + ".");
        }
      }
    }
    for (String name : unknown) {
      faults.add("a test proves " + name + ", which docs/conformance.rules does not have.");
    }
    return faults;
  }

  private Map<String, Boolean> tests(Catalogue.Rule rule, String subject) {
    return shown.getOrDefault(rule.name(), Map.of()).getOrDefault(subject, Map.of());
  }

  String text() {
    StringBuilder text = new StringBuilder();
    text.append("# Conformance\n\n");
    text.append(
        """
        What the protocol and its implementations' known faults ask for, the tests that prove it, and what they showed in
        the run that made this page. It is generated from `docs/conformance.rules` and the tests' `@Proves` marks by
        `./wiregate test`, which fails where this page says anything else of WireGate than the run. %s is the current
        release, under the same end-to-end tests in one run; a dash means that the rule is proved inside our own code, where no
        other program can be asked.
        """
            .formatted(OTHER));
    text.append('\n').append(summary());
    for (Catalogue.Section section : catalogue.sections()) {
      text.append("\n## ").append(section.title()).append("\n\n");
      text.append("| rule | source | WireGate | ").append(OTHER).append(" | proved by |\n");
      text.append("|---|---|---|---|---|\n");
      section.rules().forEach(rule -> text.append(row(rule)));
    }
    return text.toString();
  }

  private String summary() {
    int rules = 0;
    int held = 0;
    int compared = 0;
    int otherHeld = 0;
    int notShown = 0;
    for (Catalogue.Section section : catalogue.sections()) {
      for (Catalogue.Rule rule : section.rules()) {
        if (!rule.shown()) {
          notShown++;
          continue;
        }
        rules++;
        held += "yes".equals(verdict(rule, Observation.OURS)) ? 1 : 0;
        String other = verdict(rule, OTHER);
        compared += "–".equals(other) ? 0 : 1;
        otherHeld += "yes".equals(other) ? 1 : 0;
      }
    }
    return ("WireGate holds %d of %d rules; %d more cannot be shown by a TUN program. Of the %d that were asked of both, "
            + "%s holds %d.\n")
        .formatted(held, rules, notShown, compared, OTHER, otherHeld);
  }

  private String row(Catalogue.Rule rule) {
    String head = "| `" + rule.name() + "` " + rule.text() + " | ";
    if (!rule.shown()) {
      return head + "– | cannot be shown: " + rule.note() + " | – | |\n";
    }
    Set<String> tests = new TreeSet<>(tests(rule, Observation.OURS).keySet());
    return head
        + rule.note()
        + " | "
        + verdict(rule, Observation.OURS)
        + " | "
        + verdict(rule, OTHER)
        + " | "
        + String.join(", ", tests.stream().map(test -> "`" + test + "`").toList())
        + " |\n";
  }

  private String verdict(Catalogue.Rule rule, String subject) {
    Map<String, Boolean> tests = tests(rule, subject);
    if (tests.isEmpty()) {
      return "–";
    }
    return tests.containsValue(false) ? "**no**" : "yes";
  }

  /// Writes the report, and each fault on standard error.
  ///
  /// @param arguments the catalogue, the file to write, then the modules' directories
  public static void main(String[] arguments) throws IOException {
    Catalogue catalogue = Catalogue.read(Path.of(arguments[0]));
    List<Observation> observations = new ArrayList<>();
    for (String module : List.of(arguments).subList(2, arguments.length)) {
      Path directory = Path.of(module).resolve(Observation.DIRECTORY);
      if (Files.isDirectory(directory)) {
        try (Stream<Path> files = Files.list(directory)) {
          for (Path file : files.toList()) {
            Files.readAllLines(file).stream().map(Observation::parse).forEach(observations::add);
          }
        }
      }
    }
    ConformanceReport report = new ConformanceReport(catalogue, observations);
    Files.writeString(Path.of(arguments[1]), report.text());
    List<String> faults = report.faults();
    faults.forEach(fault -> System.err.println("wiregate: conformance: " + fault));
    if (!faults.isEmpty()) {
      System.exit(1);
    }
  }
}
