package io.wiregate.control.database;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.tukaani.xz.XZInputStream;

/// PostgreSQL's programs, unpacked once into the state directory from the archive on the class path
/// (zonky's build: Apache-2.0, PostgreSQL licence).
final class PostgresBinaries {
  /// Of the archive; the parent pom names the same version, and a test compares the two.
  static final String VERSION = "18.6.0";

  static final String MAJOR = VERSION.substring(0, VERSION.indexOf('.'));

  private final Path directory;

  private PostgresBinaries(Path directory) {
    this.directory = directory;
  }

  /// @param parent where the versions stand side by side
  static PostgresBinaries unpack(Path parent) throws IOException {
    Path directory = parent.resolve(VERSION);
    if (!Files.isDirectory(directory)) {
      Path part = parent.resolve(VERSION + ".part");
      deleteAll(part);
      Files.createDirectories(part);
      Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rwxr-xr-x"));
      extract(part);
      Files.move(part, directory, StandardCopyOption.ATOMIC_MOVE);
    }
    return new PostgresBinaries(directory);
  }

  private static void extract(Path part) throws IOException {
    String name = "/postgres-linux-" + architecture() + ".txz";
    InputStream resource = PostgresBinaries.class.getResourceAsStream(name);
    if (resource == null) {
      throw new DatabaseException(
          "There is no embedded PostgreSQL for this processor ("
              + System.getProperty("os.arch")
              + "): set database.url to a PostgreSQL of yours.");
    }
    try (InputStream archive = new BufferedInputStream(new XZInputStream(resource), 1 << 16)) {
      new TarExtractor(archive, part).extract();
    }
    // A umask of 077 would keep the service user out.
    try (Stream<Path> all = Files.walk(part)) {
      for (Path path : (Iterable<Path>) all.filter(Files::isDirectory)::iterator) {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
      }
    }
  }

  private static String architecture() {
    String arch = System.getProperty("os.arch");
    return switch (arch) {
      case "amd64" -> "x86_64";
      case "aarch64" -> "arm_64";
      default -> arch;
    };
  }

  static void deleteAll(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    List<Path> paths;
    try (Stream<Path> all = Files.walk(directory)) {
      paths = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : paths) {
      Files.delete(path);
    }
  }

  Path initdb() {
    return directory.resolve("bin").resolve("initdb");
  }

  Path postgres() {
    return directory.resolve("bin").resolve("postgres");
  }
}
