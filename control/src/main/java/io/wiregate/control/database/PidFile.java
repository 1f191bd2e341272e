package io.wiregate.control.database;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What a running PostgreSQL says of itself in its data directory's `postmaster.pid`.
///
/// @param status `starting`, `ready`, `stopping` …; empty while it is not known yet
record PidFile(long pid, String status) {
  private static final int STATUS_LINE = 7;

  static Optional<PidFile> read(Path data) throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(path(data));
    } catch (NoSuchFileException none) {
      return Optional.empty();
    }
    try {
      // A stand-alone backend writes its pid with a minus sign.
      long pid = Math.abs(Long.parseLong(lines.isEmpty() ? "" : lines.getFirst().strip()));
      String status = lines.size() > STATUS_LINE ? lines.get(STATUS_LINE).strip() : "";
      return Optional.of(new PidFile(pid, status));
    } catch (NumberFormatException halfWritten) {
      return Optional.empty();
    }
  }

  static Path path(Path data) {
    return data.resolve("postmaster.pid");
  }

  boolean isReady() {
    return status.equals("ready");
  }

  /// Whether the process is a PostgreSQL of that data directory: it runs as `user`, and its
  /// arguments name the directory. (Its working directory would tell too, but root without
  /// CAP_SYS_PTRACE, as in containers, may not look.)
  boolean isServerOf(Path data, ServiceUser user) {
    Path process = Path.of("/proc", Long.toString(pid));
    try {
      List<String> arguments = arguments(process);
      return ServiceUser.uidOf(process) == user.uid()
          && !arguments.isEmpty()
          && arguments.getFirst().endsWith("/postgres")
          && arguments.contains(data.toString());
    } catch (IOException | java.io.UncheckedIOException gone) {
      return false;
    }
  }

  /// Whether the process was started with exactly that command.
  boolean isRunning(List<String> command) {
    try {
      return arguments(Path.of("/proc", Long.toString(pid))).equals(command);
    } catch (IOException gone) {
      return false;
    }
  }

  private static List<String> arguments(Path process) throws IOException {
    String all = Files.readString(process.resolve("cmdline"));
    return all.isEmpty() ? List.of() : List.of(all.substring(0, all.length() - 1).split("\0", -1));
  }
}
