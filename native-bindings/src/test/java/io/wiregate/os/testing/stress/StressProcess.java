package io.wiregate.os.testing.stress;

import io.wiregate.os.testing.ClassPath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Runs jcstress tests, in the processes that it makes: the same two steps side by side, millions
/// of times, compiled in several ways, and every result that was seen compared with those that may
/// be.
///
/// The system property `stress.millis` says how long each test runs in each way, `stress.split`
/// whether also with each step compiled by another compiler, which takes some five minutes more.
/// What it leaves is in `target/stress`.
public final class StressProcess {
  private static final long LIMIT_SECONDS = 1800;
  private static final Pattern PASSED =
      Pattern.compile("All remaining tests: ([0-9]+) matching test results");

  private StressProcess() {}

  /// Runs all tests of a package and those below it.
  ///
  /// @return how many
  /// @throws AssertionError with what was seen where that may not be
  public static int run(String inPackage) {
    try {
      Path directory = ClassPath.module().resolve("target/stress").toAbsolutePath();
      Files.createDirectories(directory);
      Path log = directory.resolve("log.txt");
      Process process =
          new ProcessBuilder(
                  List.of(
                      ClassPath.java(),
                      "-Xmx256m",
                      "-cp",
                      ClassPath.all(),
                      "org.openjdk.jcstress.Main",
                      "-t",
                      "^" + inPackage.replace(".", "\\.") + "\\.",
                      "-f",
                      "1",
                      "-iters",
                      "1",
                      "-time",
                      String.valueOf(Integer.getInteger("stress.millis", 200)),
                      "-sc",
                      String.valueOf(Boolean.getBoolean("stress.split")),
                      "-jvmArgs",
                      "-Xmx256m -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED",
                      "-r",
                      directory.toString()))
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      try {
        boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
        String said = Files.readString(log, StandardCharsets.ISO_8859_1);
        Matcher passed = PASSED.matcher(said);
        if (!ended
            || !said.contains("Failed tests: No matches.")
            || !said.contains("Error tests: No matches.")
            || !passed.find()) {
          throw new AssertionError(said.substring(Math.max(0, said.length() - 8000)));
        }
        return Integer.parseInt(passed.group(1));
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
