package io.wiregate.os.testing.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.platform.commons.support.AnnotationSupport;

/// What one run of one test showed about one rule: a line of tab-separated fields in a file of the
/// test process, below the module's `target`.
///
/// @param rule its name in the catalogue
/// @param test class and method, e.g. `ReplayWindowTest.accept_again_isReplayed`
/// @param subject the implementation that was looked at
record Observation(String rule, String test, String subject, Result result) {
  /// Where the observations of a module are, from the module's directory.
  static final Path DIRECTORY = Path.of("target", "conformance");

  /// The implementation whose tests these are.
  static final String OURS = "WireGate";

  private static final String SEPARATOR = "\t";

  enum Result {
    HELD,
    FAILED
  }

  /// Of a nested class, it may be the surrounding one that says so.
  static String subject(Class<?> type) {
    for (Class<?> each = type; each != null; each = each.getEnclosingClass()) {
      Optional<Subject> subject = AnnotationSupport.findAnnotation(each, Subject.class);
      if (subject.isPresent()) {
        return subject.get().value();
      }
    }
    return OURS;
  }

  /// One line for each rule that the test proves; several runs of a test make several lines.
  static void write(Class<?> type, Method method, Result result) {
    String test = type.getSimpleName() + "." + method.getName();
    StringBuilder lines = new StringBuilder();
    for (String rule : rules(type, method)) {
      lines.append(String.join(SEPARATOR, rule, test, subject(type), result.name())).append('\n');
    }
    Path file = DIRECTORY.resolve(ProcessHandle.current().pid() + ".tsv");
    try {
      Files.createDirectories(DIRECTORY);
      // One write: tests may run beside each other.
      Files.writeString(file, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException failed) {
      throw new UncheckedIOException("cannot write down what the test showed", failed);
    }
  }

  private static Set<String> rules(Class<?> type, Method method) {
    Set<String> rules = new TreeSet<>();
    for (Class<?> each = type; each != null; each = each.getEnclosingClass()) {
      AnnotationSupport.findAnnotation(each, Proves.class)
          .ifPresent(proves -> rules.addAll(List.of(proves.value())));
    }
    AnnotationSupport.findAnnotation(method, Proves.class)
        .ifPresent(proves -> rules.addAll(List.of(proves.value())));
    return rules;
  }

  static Observation parse(String line) {
    String[] fields = line.split(SEPARATOR, -1);
    if (fields.length != 4) {
      throw new IllegalArgumentException("not an observation: " + line);
    }
    return new Observation(fields[0], fields[1], fields[2], Result.valueOf(fields[3]));
  }
}
