package io.wiregate.control.database;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/// The embedded database's files: programs, data and socket directory, made where they are missing.
///
/// @param data owned by the service user, mode 0700
/// @param run holds the socket; whoever may enter it (the service user and root) is let in without
///   a password
record PostgresCluster(PostgresBinaries binaries, ServiceUser user, Path data, Path run, Path log) {
  static final String ROLE = "wiregate";
  static final String DATABASE = "wiregate";

  /// sun_path of unix(7) holds 107 bytes and a zero.
  private static final int LONGEST_SOCKET_PATH = 107;

  private static final long LARGEST_LOG_BYTES = 8 << 20;

  static PostgresCluster prepare(Path directory) {
    ServiceUser user = ServiceUser.choose();
    try {
      Files.createDirectories(directory);
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
      user.checkReach(directory);
      PostgresCluster cluster =
          new PostgresCluster(
              PostgresBinaries.unpack(directory),
              user,
              directory.resolve("data"),
              directory.resolve("run"),
              directory.resolve("postgres.log"));
      cluster.checkSocketPath();
      cluster.rotateLog();
      cluster.makeOwned(cluster.run, user);
      if (Files.exists(cluster.data)) {
        cluster.checkVersion();
      } else {
        cluster.initialise(directory.resolve("init"));
      }
      return cluster;
    } catch (IOException failed) {
      throw new DatabaseException(
          "The embedded database cannot be set up in "
              + directory
              + " ("
              + failed.getMessage()
              + "): check the disk's space and that this user may write and chown there.",
          failed);
    }
  }

  Path socket() {
    return run.resolve(".s.PGSQL.5432");
  }

  private void checkSocketPath() {
    if (socket().toString().length() > LONGEST_SOCKET_PATH) {
      throw new DatabaseException(
          "The path "
              + run
              + " is too long for the database's socket: choose a state directory with a shorter"
              + " path (--state).");
    }
  }

  private void rotateLog() throws IOException {
    if (Files.exists(log) && Files.size(log) > LARGEST_LOG_BYTES) {
      Files.move(
          log, log.resolveSibling(log.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private void makeOwned(Path path, ServiceUser owner) throws IOException {
    Files.createDirectories(path);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
    owner.own(path);
  }

  private void checkVersion() throws IOException {
    String version = Files.readString(data.resolve("PG_VERSION")).strip();
    if (!version.equals(PostgresBinaries.MAJOR)) {
      throw new DatabaseException(
          "The database in "
              + data
              + " was made by PostgreSQL "
              + version
              + " and this wiregate brings "
              + PostgresBinaries.MAJOR
              + ": start the wiregate that made it, or move its contents with pg_dump and restore.");
    }
  }

  /// Makes the data in a place of its own and moves it over when it is whole, so that a start that
  /// is cut short leaves nothing half made.
  private void initialise(Path workplace) throws IOException {
    PostgresBinaries.deleteAll(workplace);
    makeOwned(workplace, user.initdb());
    Path made = workplace.resolve("data");
    run(
        List.of(
            binaries.initdb().toString(),
            "--pgdata=" + made,
            "--username=" + ROLE,
            "--auth-local=trust",
            "--auth-host=reject",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions"),
        "");
    run(
        List.of(binaries.postgres().toString(), "--single", "-D", made.toString(), "postgres"),
        "CREATE DATABASE " + DATABASE + "\n");
    user.ownAll(made);
    Files.move(made, data, StandardCopyOption.ATOMIC_MOVE);
    PostgresBinaries.deleteAll(workplace);
  }

  private void run(List<String> command, String input) throws IOException {
    List<String> whole = new ArrayList<>(user.initdb().prefix());
    whole.addAll(command);
    Process process =
        process(whole)
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    try (var stdin = process.outputWriter()) {
      stdin.write(input);
    }
    try {
      if (process.waitFor() != 0) {
        throw new IOException(
            Path.of(command.getFirst()).getFileName() + " failed: " + lastLine(log));
      }
    } catch (InterruptedException interrupted) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", interrupted);
    }
  }

  /// A process that inherits nothing but a locale: PostgreSQL reads settings and files from its
  /// environment (PGDATA, PGOPTIONS …).
  static ProcessBuilder process(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    String path = System.getenv("PATH");
    builder.environment().clear();
    builder.environment().put("LC_ALL", "C");
    builder.environment().put("PATH", path != null ? path : "/usr/sbin:/usr/bin:/sbin:/bin");
    builder.directory(Path.of("/").toFile());
    return builder;
  }

  static String lastLine(Path log) {
    try {
      List<String> lines = Files.readAllLines(log);
      return lines.reversed().stream()
          .filter(line -> line.contains("FATAL") || line.contains("error"))
          .findFirst()
          .or(() -> lines.reversed().stream().findFirst())
          .orElse("it said nothing");
    } catch (IOException | UncheckedIOException unreadable) {
      return "see " + log;
    }
  }
}
