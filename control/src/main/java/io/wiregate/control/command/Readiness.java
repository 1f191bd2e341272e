package io.wiregate.control.command;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Tells the process that started this one, once, that it serves.
///
/// The starter leaves the writing end of a pipe open in this process and its number in
/// `WIREGATE_READY_FD`; a line `ready` on it says so. Without the variable nobody is told.
///
/// Opened at the start rather than when ready, and for reading too: opening a pipe only for writing
/// waits for a reader, for ever if the starter has been killed.
public final class Readiness implements AutoCloseable {
  private static final String LINE = "ready\n";

  private final @Nullable RandomAccessFile pipe;

  private Readiness(@Nullable RandomAccessFile pipe) {
    this.pipe = pipe;
  }

  /// The pipe named by `WIREGATE_READY_FD`.
  public static Readiness fromEnvironment() {
    return of(System.getenv("WIREGATE_READY_FD"));
  }

  static Readiness of(@Nullable String descriptor) {
    if (descriptor == null || descriptor.isEmpty()) {
      return new Readiness(null);
    }
    try {
      return new Readiness(
          new RandomAccessFile("/proc/self/fd/" + Integer.parseUnsignedInt(descriptor), "rw"));
    } catch (IOException | NumberFormatException e) {
      throw new CommandFailure(
          "WIREGATE_READY_FD is '" + descriptor + "', which is no open file descriptor.", e);
    }
  }

  /// Says that this process serves. Who was waiting may be gone: that is no failure.
  public void announce() {
    if (pipe == null) {
      return;
    }
    try {
      pipe.write(LINE.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException _) {
      // nobody waits any more
    }
  }

  @Override
  public void close() {
    if (pipe == null) {
      return;
    }
    try {
      pipe.close();
    } catch (IOException _) {
      // a pipe that only ever carried one line
    }
  }
}
