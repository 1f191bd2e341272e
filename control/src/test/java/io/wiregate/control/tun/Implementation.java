package io.wiregate.control.tun;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

/// A program that serves one WireGuard interface.
enum Implementation {
  WIREGATE,
  WIREGUARD_GO;

  /// The command that serves an interface in the foreground.
  ///
  /// @throws TestAbortedException where there is no wireguard-go; in CI that is a failure
  List<String> command(String name) {
    return switch (this) {
      case WIREGATE -> List.of(Installation.wiregate(), "tun", "-f", name);
      case WIREGUARD_GO -> List.of(wireguardGo(), "-f", name);
    };
  }

  /// The one that the environment names, else the installed one.
  private static String wireguardGo() {
    String named = System.getenv("WIREGUARD_GO");
    String program = named != null && !named.isEmpty() ? named : inPath("wireguard-go");
    if (program != null) {
      return program;
    }
    String message = "this test needs wireguard-go: install it, or name it in WIREGUARD_GO";
    if (System.getenv("CI") != null) {
      throw new AssertionFailedError(message);
    }
    throw new TestAbortedException(message);
  }

  private static @Nullable String inPath(String program) {
    String path = System.getenv("PATH");
    for (String directory : (path == null ? "" : path).split(File.pathSeparator, -1)) {
      Path file = Path.of(directory, program);
      if (Files.isExecutable(file)) {
        return file.toString();
      }
    }
    return null;
  }
}
