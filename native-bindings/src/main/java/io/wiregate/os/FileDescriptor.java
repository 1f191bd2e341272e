package io.wiregate.os;

import io.wiregate.os.internal.Libc;
import java.util.concurrent.atomic.AtomicBoolean;

/// An open file of the kernel's, closed once.
///
/// Any thread may close it; the owner makes sure that no other thread is using the number by then,
/// since the kernel gives it to the next file that is opened.
public final class FileDescriptor implements AutoCloseable {
  private final int number;
  private final AtomicBoolean closed = new AtomicBoolean();

  /// Takes over a number that a system call returned.
  public FileDescriptor(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      Libc.close(number);
    }
  }
}
