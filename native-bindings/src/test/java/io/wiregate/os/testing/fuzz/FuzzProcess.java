package io.wiregate.os.testing.fuzz;

import io.wiregate.os.testing.ClassPath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Runs a fuzz target in a process of its own: a public class with `public static void
/// fuzzerTestOneInput(byte[])` that throws where something is wrong.
///
/// First every input that is kept runs once: one a line, in hexadecimal, in
/// `src/test/resources/fuzz/TARGET.hex`, behind `#` what is to be said of the next. Then the fuzzer
/// looks for others as long as the system property `fuzz.seconds` says. With `fuzz.keep` it writes
/// back the smallest set that reaches as much as all that it has found.
///
/// Why a process: the tests of several targets in one Java machine would have to share one fuzzer,
/// which Jazzer does not do; a small heap shows what takes memory without bound; and on the class
/// path a target may be beside what it tests. What it leaves is in `target/fuzz/TARGET`: the inputs
/// found, and those that failed.
public final class FuzzProcess {
  private static final HexFormat HEX = HexFormat.of();

  /// One input may not take longer.
  private static final int INPUT_SECONDS = 10;

  private final String target;
  private final Path directory;
  private final Path kept;

  private FuzzProcess(String target) {
    this.target = target;
    String name = target.substring(target.lastIndexOf('.') + 1);
    directory = ClassPath.module().resolve("target/fuzz").resolve(name).toAbsolutePath();
    kept = ClassPath.module().resolve("src/test/resources/fuzz").resolve(name + ".hex");
  }

  /// Runs a target.
  ///
  /// @param target the name of the class
  /// @throws AssertionError with the fuzzer's words where an input fails
  public static void run(String target) {
    try {
      new FuzzProcess(target).run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private void run() throws IOException, InterruptedException {
    Path corpus = directory.resolve("corpus");
    deleteFiles(directory);
    deleteFiles(corpus);
    Files.createDirectories(corpus);
    List<String> lines = Files.exists(kept) ? Files.readAllLines(kept) : List.of();
    int inputs = 0;
    for (String line : lines) {
      if (!line.startsWith("#")) {
        Files.write(corpus.resolve("kept-" + inputs++), HEX.parseHex(line));
      }
    }
    int seconds = Integer.getInteger("fuzz.seconds", 0);
    execute(
        seconds + 120, seconds > 0 ? "-max_total_time=" + seconds : "-runs=0", corpus.toString());
    if (Boolean.getBoolean("fuzz.keep")) {
      keep(corpus, lines);
    }
  }

  private void execute(int limitSeconds, String... arguments)
      throws IOException, InterruptedException {
    Path log = directory.resolve("log.txt");
    List<String> command = new ArrayList<>();
    command.add(ClassPath.java());
    command.addAll(
        List.of(
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:+EnableDynamicAgentLoading",
            "--sun-misc-unsafe-memory-access=allow",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            ClassPath.all(),
            "com.code_intelligence.jazzer.Jazzer",
            "--target_class=" + target,
            "--instrumentation_includes=io.wiregate.**",
            "--reproducer_path=" + directory,
            "-artifact_prefix=" + directory + "/",
            "-timeout=" + INPUT_SECONDS,
            "-rss_limit_mb=2048"));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      if (!process.waitFor(limitSeconds, TimeUnit.SECONDS)) {
        throw new AssertionError(target + " did not end; " + end(log));
      }
    } finally {
      process.destroyForcibly();
    }
    if (process.exitValue() != 0) {
      throw new AssertionError(
          target
              + " failed; once it is mended, add a line to "
              + kept
              + ":\n"
              + failedInputs()
              + end(log));
    }
  }

  private String failedInputs() throws IOException {
    StringBuilder found = new StringBuilder();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        String name = Objects.requireNonNull(file.getFileName()).toString();
        if (name.startsWith("crash-") || name.startsWith("timeout-") || name.startsWith("oom-")) {
          found.append(HEX.formatHex(Files.readAllBytes(file))).append('\n');
        }
      }
    }
    return found.toString();
  }

  private static String end(Path log) throws IOException {
    String text = Files.readString(log, StandardCharsets.ISO_8859_1);
    return text.substring(Math.max(0, text.length() - 6000));
  }

  /// Writes the smallest set of inputs back, behind those that somebody said something of.
  private void keep(Path corpus, List<String> before) throws IOException, InterruptedException {
    Path merged = directory.resolve("merged");
    deleteFiles(merged);
    Files.createDirectories(merged);
    execute(600, "-merge=1", merged.toString(), corpus.toString());
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < before.size(); i++) {
      if (before.get(i).startsWith("#")) {
        lines.add(before.get(i));
        lines.add(before.get(++i));
      }
    }
    TreeSet<String> inputs = new TreeSet<>();
    try (Stream<Path> files = Files.list(merged)) {
      for (Path file : files.toList()) {
        inputs.add(HEX.formatHex(Files.readAllBytes(file)));
      }
    }
    inputs.removeAll(lines);
    lines.addAll(inputs);
    Files.createDirectories(Objects.requireNonNull(kept.getParent()));
    Files.write(kept, lines);
  }

  private static void deleteFiles(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
