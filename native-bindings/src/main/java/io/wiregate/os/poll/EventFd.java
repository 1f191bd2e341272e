package io.wiregate.os.poll;

import io.wiregate.os.FileDescriptor;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.internal.Libc;

/// A bell: any thread rings it, one thread that waits with [Epoll] hears it. Source: eventfd(2).
public final class EventFd implements AutoCloseable {
  private static final int EFD_CLOEXEC = 0x80000;
  private static final int EFD_NONBLOCK = 0x800;
  private static final int SIZE_OF_COUNTER = 8;

  private final FileDescriptor fd;
  private final NativeBuffer counters = NativeBuffer.allocate(2 * SIZE_OF_COUNTER);

  public EventFd() throws OsException {
    fd =
        new FileDescriptor(
            OsException.check(Libc.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd"));
    counters.putLong(0, 1);
  }

  public FileDescriptor fd() {
    return fd;
  }

  /// Wakes the thread that waits. Any thread; several rings before it looks are one.
  public void ring() {
    // Fails only where the counter would overflow, and then the bell is ringing already.
    Libc.write(fd.number(), counters.address(0, SIZE_OF_COUNTER), SIZE_OF_COUNTER);
  }

  /// Silences the bell, before looking at what it was rung for. Owner's thread only.
  public void silence() {
    Libc.read(fd.number(), counters.address(SIZE_OF_COUNTER, SIZE_OF_COUNTER), SIZE_OF_COUNTER);
  }

  @Override
  public void close() {
    fd.close();
    counters.close();
  }
}
