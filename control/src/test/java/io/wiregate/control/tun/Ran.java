package io.wiregate.control.tun;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// How a program ended that may fail.
///
/// @param output standard output and error as they came
record Ran(int status, String output) {
  private static final int TIMEOUT_SECONDS = 60;

  static Ran of(List<String> command) {
    try {
      Path output = Files.createTempFile("wiregate-test", ".out");
      try {
        // To a file: reading a pipe would wait for children that the program leaves behind.
        Process process =
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        process.getOutputStream().close();
        if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
          throw new AssertionError(
              String.join(" ", command) + ": no end within a minute\n" + Files.readString(output));
        }
        return new Ran(process.exitValue(), Files.readString(output, StandardCharsets.ISO_8859_1));
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted in " + String.join(" ", command), e);
    }
  }

  boolean succeeded() {
    return status == 0;
  }
}
