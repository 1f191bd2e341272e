package io.wiregate.control.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The directory in which one node keeps its token, its keys and its embedded database. Whoever
/// holds it open is the only appliance that uses it. Owner: the process; closed last.
public final class StateDirectory implements AutoCloseable {
  private final Path directory;
  private final FileChannel lockChannel;

  private StateDirectory(Path directory, FileChannel lockChannel) {
    this.directory = directory;
    this.lockChannel = lockChannel;
  }

  /// Makes the directory where it is missing, and locks it.
  ///
  /// @throws StateException if another process uses it, or if it cannot be written
  public static StateDirectory open(Path directory) {
    try {
      makeDirectory(directory);
      return new StateDirectory(directory, lock(directory));
    } catch (IOException failed) {
      throw new StateException(
          "The state directory "
              + directory
              + " cannot be used ("
              + reason(failed)
              + "): make it writable for this user, or name another with --state.");
    }
  }

  private static void makeDirectory(Path directory) throws IOException {
    Path parent = directory.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    // Others may pass through, which the database's service user must, but not look around.
    var passOnly = PosixFilePermissions.fromString("rwx--x--x");
    if (!Files.isDirectory(directory)) {
      Files.createDirectory(directory);
    }
    Files.setPosixFilePermissions(directory, passOnly);
  }

  /// Whether a gateway runs with a state directory. What a dead one left there may not be believed:
  /// its port may be another program's by now, which must not be given a token.
  public static boolean isInUse(Path directory) {
    try (FileChannel channel =
        FileChannel.open(
            directory.resolve("lock"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      return tryLock(channel) == null;
    } catch (AccessDeniedException notOurs) {
      return true; // another user's: who it is cannot be seen
    } catch (IOException unreadable) {
      return false;
    }
  }

  private static FileChannel lock(Path directory) throws IOException {
    Path file = directory.resolve("lock");
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      // Whoever may open it could lock it, and keep the gateway from starting.
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      FileLock lock = tryLock(channel);
      if (lock == null) {
        String holder = read(channel).strip();
        throw new StateException(
            "Another wiregate"
                + (holder.isEmpty() ? "" : " (process " + holder + ")")
                + " uses the state directory "
                + directory
                + ": stop it first, or name another directory with --state.");
      }
      channel.truncate(0);
      String pid = Long.toString(ProcessHandle.current().pid());
      channel.write(ByteBuffer.wrap((pid + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
      return channel;
    } catch (IOException | StateException refused) {
      channel.close();
      throw refused;
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException sameProcess) {
      return null;
    }
  }

  private static String read(FileChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(32);
    int count = channel.read(buffer, 0);
    return count <= 0 ? "" : new String(buffer.array(), 0, count, StandardCharsets.US_ASCII);
  }

  public Path path() {
    return directory;
  }

  /// The bootstrap token, for root's eyes only.
  public Path adminToken() {
    return adminToken(directory);
  }

  public static Path adminToken(Path directory) {
    return directory.resolve("admin.token");
  }

  /// Where the running appliance's API answers.
  public Path apiUrl() {
    return apiUrl(directory);
  }

  public static Path apiUrl(Path directory) {
    return directory.resolve("api.url");
  }

  /// The embedded database's part.
  public Path postgres() {
    return directory.resolve("postgres");
  }

  /// Reads a small text file; empty where there is none.
  public static Optional<String> read(Path file) {
    try {
      return Optional.of(Files.readString(file).strip());
    } catch (NoSuchFileException none) {
      return Optional.empty();
    } catch (IOException unreadable) {
      throw new StateException(
          "The file "
              + file
              + " cannot be read ("
              + reason(unreadable)
              + "): run as the user that owns it.");
    }
  }

  /// Writes a file that only its owner may read: whole or not at all, on the disk when it returns.
  public static void writeSecret(Path file, String text) {
    write(file, text, "rw-------");
  }

  /// Writes a file that everyone may read: whole or not at all, on the disk when it returns.
  public static void writePublic(Path file, String text) {
    write(file, text, "rw-r--r--");
  }

  private static void write(Path file, String text, String permissions) {
    try {
      Path part = file.resolveSibling(file.getFileName() + ".part");
      Files.deleteIfExists(part);
      Files.createFile(
          part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions)));
      try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        channel.force(true);
      }
      // The mask of this process may have taken bits away.
      Files.setPosixFilePermissions(part, PosixFilePermissions.fromString(permissions));
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      try (FileChannel directory = FileChannel.open(file.toAbsolutePath().resolveSibling("."))) {
        directory.force(true); // the new name too
      }
    } catch (IOException failed) {
      throw new StateException(
          "The file " + file + " cannot be written (" + reason(failed) + "): is the disk full?");
    }
  }

  private static String reason(IOException failed) {
    String message = failed.getMessage();
    String type = failed.getClass().getSimpleName();
    return message == null || type.endsWith("AccessDeniedException") ? type : message;
  }

  @Override
  public void close() {
    try {
      Files.deleteIfExists(apiUrl());
      lockChannel.close();
    } catch (IOException ignored) {
      // The lock goes with the process.
    }
  }
}
