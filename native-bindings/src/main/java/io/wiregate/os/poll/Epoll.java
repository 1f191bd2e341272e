package io.wiregate.os.poll;

import io.wiregate.os.Errno;
import io.wiregate.os.FileDescriptor;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.internal.Libc;

/// Waits until one of several files can be read. Level-triggered: a file that still has something
/// is reported again.
///
/// Owner: one thread waits; [#add] and [#remove] may be called by any. Source: epoll(7).
public final class Epoll implements AutoCloseable {
  /// The file was closed at the other end or has failed: `EPOLLERR | EPOLLHUP`.
  private static final int BROKEN = 0x008 | 0x010;

  private static final int EPOLLIN = 0x001;
  private static final int EPOLL_CLOEXEC = 0x80000;
  private static final int EPOLL_CTL_ADD = 1;
  private static final int EPOLL_CTL_DEL = 2;

  /// `struct epoll_event` is packed on x86-64 only (`EPOLL_PACKED` in linux/eventpoll.h).
  private static final boolean PACKED = System.getProperty("os.arch").equals("amd64");

  private static final int SIZE_OF_EVENT = PACKED ? 12 : 16;
  private static final int DATA = PACKED ? 4 : 8;

  private final FileDescriptor fd;
  private final NativeBuffer events;
  private final int capacity;

  /// @param capacity how many files one [#await] reports at most; the others come next time
  public Epoll(int capacity) throws OsException {
    this.fd =
        new FileDescriptor(OsException.check(Libc.epoll_create1(EPOLL_CLOEXEC), "epoll_create1"));
    this.capacity = capacity;
    this.events = NativeBuffer.allocate(capacity * SIZE_OF_EVENT);
  }

  /// Watches a file for reading.
  ///
  /// @param token what [#token] returns for it
  public void add(FileDescriptor file, long token) throws OsException {
    try (NativeBuffer event = NativeBuffer.allocate(SIZE_OF_EVENT)) {
      event.putInt(0, EPOLLIN);
      event.putLong(DATA, token);
      OsException.check(
          Libc.epoll_ctl(
              fd.number(), EPOLL_CTL_ADD, file.number(), event.address(0, SIZE_OF_EVENT)),
          "epoll_ctl");
    }
  }

  /// Stops watching a file; one that is not watched, or closed already, is no error.
  public void remove(FileDescriptor file) {
    Libc.epoll_ctl(fd.number(), EPOLL_CTL_DEL, file.number(), 0);
  }

  /// Waits until a file is ready or the time is over.
  ///
  /// @param timeoutMillis -1 waits without end, 0 not at all
  /// @return how many files are ready; 0 also where a signal ended the wait
  public int await(int timeoutMillis) throws OsException {
    int ready =
        Libc.epoll_wait(fd.number(), events.address(0, events.size()), capacity, timeoutMillis);
    return ready == -Errno.EINTR ? 0 : OsException.check(ready, "epoll_wait");
  }

  /// The token of ready file `index`.
  public long token(int index) {
    return events.getLong(index * SIZE_OF_EVENT + DATA);
  }

  /// Whether ready file `index` has an error or was hung up; it may still have something to read.
  public boolean isBroken(int index) {
    return (events.getInt(index * SIZE_OF_EVENT) & BROKEN) != 0;
  }

  @Override
  public void close() {
    fd.close();
    events.close();
  }
}
