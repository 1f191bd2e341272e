package io.wiregate.control.database;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicInteger;

/// Databases for tests, on one real server that lives as long as the tests' virtual machine.
public final class TestDatabase {
  private static final AtomicInteger count = new AtomicInteger();

  private TestDatabase() {}

  private static final class Server {
    static final Path DIRECTORY = newDirectory();
    static final EmbeddedPostgres POSTGRES =
        EmbeddedPostgres.start(
            DIRECTORY.resolve("postgres"),
            // Nobody will miss these databases after a power cut.
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off");

    static {
      Runtime.getRuntime().addShutdownHook(new Thread(Server::end));
    }

    private static void end() {
      POSTGRES.close();
      try {
        PostgresBinaries.deleteAll(DIRECTORY);
      } catch (IOException left) {
        throw new UncheckedIOException(left);
      }
    }
  }

  /// A temporary directory that the service user may pass through, which JUnit's are not.
  public static Path newDirectory() {
    try {
      Path directory = Files.createTempDirectory("wiregate-test-");
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
      return directory;
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static final class Template {
    static final Path DIRECTORY = newDirectory();

    static {
      linkBinaries(DIRECTORY);
      EmbeddedPostgres.start(DIRECTORY).close();
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(DIRECTORY)));
    }
  }

  /// Spares a server in a directory of its own the unpacking.
  static void linkBinaries(Path postgres) {
    try {
      Files.createDirectories(postgres);
      Files.createSymbolicLink(
          postgres.resolve(PostgresBinaries.VERSION),
          Server.DIRECTORY.resolve("postgres").resolve(PostgresBinaries.VERSION));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /// Spares it the making of an empty database as well, which waits for the disk.
  public static void copyCluster(Path postgres) {
    linkBinaries(postgres);
    try {
      int status =
          new ProcessBuilder(
                  "cp",
                  "-a",
                  Template.DIRECTORY.resolve("data").toString(),
                  postgres.resolve("data").toString())
              .inheritIO()
              .start()
              .waitFor();
      if (status != 0) {
        throw new IllegalStateException("cp failed");
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  /// Deletes a directory and all in it.
  public static void delete(Path directory) {
    try {
      PostgresBinaries.deleteAll(directory);
    } catch (IOException left) {
      throw new UncheckedIOException(left);
    }
  }

  /// The JDBC URL of a new, empty database.
  public static String newUrl() {
    String name = "test" + count.incrementAndGet();
    try (Database all = new Database(Server.POSTGRES.connection(), 3)) {
      all.with(handle -> handle.execute("CREATE DATABASE " + name));
    }
    return url(Server.DIRECTORY, name);
  }

  /// The JDBC URL of an embedded server's database.
  ///
  /// @param state the server's directory is `postgres` in there
  public static String urlOf(Path state) {
    return url(state, "wiregate");
  }

  private static String url(Path state, String name) {
    return "jdbc:postgresql://localhost/"
        + name
        + "?user=wiregate&sslmode=disable&gssEncMode=disable&socketFactory="
        + UnixSocketFactory.class.getName()
        + "&socketFactoryArg="
        + state.resolve("postgres/run/.s.PGSQL.5432");
  }

  /// A connection pool to a database.
  public static Database open(String url) {
    return new Database(
        ConnectionSettings.external(
            new io.wiregate.control.config.DatabaseSettings(url, null, null, null, 10)),
        10);
  }
}
