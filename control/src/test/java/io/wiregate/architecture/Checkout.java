package io.wiregate.architecture;

import java.nio.file.Files;
import java.nio.file.Path;

/// The directory that the tests run in a module of.
final class Checkout {
  static final Path ROOT = find(Path.of("").toAbsolutePath());

  private Checkout() {}

  private static Path find(Path directory) {
    for (Path at = directory; at != null; at = at.getParent()) {
      if (Files.exists(at.resolve("CONTRIBUTING.md"))) {
        return at;
      }
    }
    throw new IllegalStateException("no checkout of WireGate above " + directory);
  }
}
