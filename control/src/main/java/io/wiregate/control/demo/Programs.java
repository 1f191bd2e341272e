package io.wiregate.control.demo;

import io.wiregate.control.command.CommandFailure;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Other programs.
final class Programs {
  private static final long LIMIT_SECONDS = 30;

  private Programs() {}

  /// Whether a program is in the path, or a file that may be run.
  static boolean isThere(String program) {
    if (program.indexOf('/') >= 0) {
      return Files.isExecutable(Path.of(program));
    }
    String path = System.getenv("PATH");
    for (String directory : (path == null ? "" : path).split(File.pathSeparator, -1)) {
      if (Files.isExecutable(Path.of(directory, program))) {
        return true;
      }
    }
    return false;
  }

  /// Runs one to its end.
  ///
  /// @return what it printed
  static String run(List<String> command) {
    return run(command, "");
  }

  /// @param input what it reads
  static String run(List<String> command, String input) {
    Path printed = null;
    Path read = null;
    try {
      // Files: nobody has to empty a pipe meanwhile, and a wait can be interrupted.
      printed = Files.createTempFile("wiregate-demo", ".out");
      read = Files.createTempFile("wiregate-demo", ".in");
      Files.writeString(read, input);
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(read.toFile())
              .redirectOutput(printed.toFile())
              .start();
      boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
      if (!ended) {
        process.destroyForcibly();
      }
      String text = Files.readString(printed, StandardCharsets.UTF_8);
      if (!ended || process.exitValue() != 0) {
        throw new CommandFailure(
            "'"
                + String.join(" ", command)
                + "' failed: "
                + (ended ? text.strip().replace('\n', ' ') : "it does not end")
                + ".");
      }
      return text;
    } catch (IOException failed) {
      throw new CommandFailure("'" + command.getFirst() + "' cannot be run.", failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("Interrupted.");
    } finally {
      delete(printed);
      delete(read);
    }
  }

  private static void delete(@Nullable Path file) {
    if (file != null) {
      var _ = file.toFile().delete();
    }
  }

  /// Starts one whose output goes to a file.
  static Process start(List<String> command, Path log) {
    try {
      return new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectInput(Path.of("/dev/null").toFile())
          .redirectOutput(log.toFile())
          .start();
    } catch (IOException failed) {
      throw new CommandFailure("'" + command.getFirst() + "' cannot be run.", failed);
    }
  }

  /// Ends them in order, all at once; those that do not, by force.
  static void end(List<Process> processes, long limitSeconds) {
    processes.forEach(Process::destroy);
    long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(limitSeconds);
    boolean interrupted = Thread.interrupted();
    for (Process process : processes) {
      while (process.isAlive() && System.nanoTime() < deadlineNanos) {
        try {
          var _ = process.waitFor(100, TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
          interrupted = true;
        }
      }
      process.destroyForcibly();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
