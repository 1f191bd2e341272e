package io.wiregate.os.internal;

import static io.wiregate.os.internal.NativeLibrary.intFunction;
import static io.wiregate.os.internal.NativeLibrary.longFunction;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// The C library's system calls, named and documented as in section 2 of the manual.
///
/// A negative result is `-errno`. Any thread may call; the error number is kept per thread.
public final class Libc {
  private static final NativeLibrary LIBRARY = NativeLibrary.c();

  private static final Linker.Option ERRNO_CAPTURED = Linker.Option.captureCallState("errno");

  /// Where calls of this thread leave `errno`.
  private static final ThreadLocal<MemorySegment> ERRNO =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(Linker.Option.captureStateLayout()));

  private static final MethodHandle open$mh =
      LIBRARY.function(
          "open",
          intFunction(long.class, int.class, int.class),
          ERRNO_CAPTURED,
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle close$mh =
      LIBRARY.function("close", intFunction(int.class), ERRNO_CAPTURED);
  private static final MethodHandle read$mh =
      LIBRARY.function("read", longFunction(int.class, long.class, long.class), ERRNO_CAPTURED);
  private static final MethodHandle write$mh =
      LIBRARY.function("write", longFunction(int.class, long.class, long.class), ERRNO_CAPTURED);
  private static final MethodHandle writev$mh =
      LIBRARY.function("writev", longFunction(int.class, long.class, int.class), ERRNO_CAPTURED);
  private static final MethodHandle ioctl$mh =
      LIBRARY.function(
          "ioctl",
          intFunction(int.class, long.class, long.class),
          ERRNO_CAPTURED,
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle fcntl$mh =
      LIBRARY.function(
          "fcntl",
          intFunction(int.class, int.class, long.class),
          ERRNO_CAPTURED,
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle dup2$mh =
      LIBRARY.function("dup2", intFunction(int.class, int.class), ERRNO_CAPTURED);
  private static final MethodHandle socket$mh =
      LIBRARY.function("socket", intFunction(int.class, int.class, int.class), ERRNO_CAPTURED);
  private static final MethodHandle bind$mh =
      LIBRARY.function("bind", intFunction(int.class, long.class, int.class), ERRNO_CAPTURED);
  private static final MethodHandle connect$mh =
      LIBRARY.function("connect", intFunction(int.class, long.class, int.class), ERRNO_CAPTURED);
  private static final MethodHandle getsockname$mh =
      LIBRARY.function(
          "getsockname", intFunction(int.class, long.class, long.class), ERRNO_CAPTURED);
  private static final MethodHandle setsockopt$mh =
      LIBRARY.function(
          "setsockopt",
          intFunction(int.class, int.class, int.class, long.class, int.class),
          ERRNO_CAPTURED);
  private static final MethodHandle getsockopt$mh =
      LIBRARY.function(
          "getsockopt",
          intFunction(int.class, int.class, int.class, long.class, long.class),
          ERRNO_CAPTURED);
  private static final MethodHandle send$mh =
      LIBRARY.function(
          "send", longFunction(int.class, long.class, long.class, int.class), ERRNO_CAPTURED);
  private static final MethodHandle recv$mh =
      LIBRARY.function(
          "recv", longFunction(int.class, long.class, long.class, int.class), ERRNO_CAPTURED);
  private static final MethodHandle recvmmsg$mh =
      LIBRARY.function(
          "recvmmsg",
          intFunction(int.class, long.class, int.class, int.class, long.class),
          ERRNO_CAPTURED);
  private static final MethodHandle sendmmsg$mh =
      LIBRARY.function(
          "sendmmsg", intFunction(int.class, long.class, int.class, int.class), ERRNO_CAPTURED);
  private static final MethodHandle epoll_create1$mh =
      LIBRARY.function("epoll_create1", intFunction(int.class), ERRNO_CAPTURED);
  private static final MethodHandle epoll_ctl$mh =
      LIBRARY.function(
          "epoll_ctl", intFunction(int.class, int.class, int.class, long.class), ERRNO_CAPTURED);
  private static final MethodHandle epoll_wait$mh =
      LIBRARY.function(
          "epoll_wait", intFunction(int.class, long.class, int.class, int.class), ERRNO_CAPTURED);
  private static final MethodHandle eventfd$mh =
      LIBRARY.function("eventfd", intFunction(int.class, int.class), ERRNO_CAPTURED);
  private static final MethodHandle if_nametoindex$mh =
      LIBRARY.function("if_nametoindex", intFunction(long.class), ERRNO_CAPTURED);
  private static final MethodHandle setns$mh =
      LIBRARY.function("setns", intFunction(int.class, int.class), ERRNO_CAPTURED);
  private static final MethodHandle mmap$mh =
      LIBRARY.function(
          "mmap",
          longFunction(long.class, long.class, int.class, int.class, int.class, long.class),
          ERRNO_CAPTURED);
  private static final MethodHandle munmap$mh =
      LIBRARY.function("munmap", intFunction(long.class, long.class), ERRNO_CAPTURED);
  private static final MethodHandle mlock$mh =
      LIBRARY.function("mlock", intFunction(long.class, long.class), ERRNO_CAPTURED);
  private static final MethodHandle madvise$mh =
      LIBRARY.function("madvise", intFunction(long.class, long.class, int.class), ERRNO_CAPTURED);
  private static final MethodHandle clock_gettime$mh =
      LIBRARY.function(
          "clock_gettime", intFunction(int.class, long.class), Linker.Option.critical(false));
  private static final MethodHandle umask$mh = LIBRARY.function("umask", intFunction(int.class));
  private static final MethodHandle geteuid$mh = LIBRARY.function("geteuid", intFunction());
  private static final MethodHandle strerror$mh =
      LIBRARY.function("strerror", FunctionDescriptor.of(ADDRESS, JAVA_INT));

  private Libc() {}

  /// open(2). `path` points to a NUL-terminated string.
  public static int open(long path, int flags, int mode) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((int) open$mh.invokeExact(errno, path, flags, mode), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// close(2).
  public static int close(int fd) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((int) close$mh.invokeExact(errno, fd), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// read(2): bytes read.
  public static int read(int fd, long buffer, long count) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((long) read$mh.invokeExact(errno, fd, buffer, count), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// write(2): bytes written.
  public static int write(int fd, long buffer, long count) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((long) write$mh.invokeExact(errno, fd, buffer, count), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// writev(2): bytes written; `vectors` points to `struct iovec`s.
  public static int writev(int fd, long vectors, int count) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((long) writev$mh.invokeExact(errno, fd, vectors, count), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// ioctl(2); `argument` is a pointer or a number, as the request wants it.
  public static int ioctl(int fd, long request, long argument) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((int) ioctl$mh.invokeExact(errno, fd, request, argument), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// fcntl(2).
  public static int fcntl(int fd, int command, long argument) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((int) fcntl$mh.invokeExact(errno, fd, command, argument), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// dup2(2).
  public static int dup2(int from, int to) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((int) dup2$mh.invokeExact(errno, from, to), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// socket(2).
  public static int socket(int domain, int type, int protocol) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((int) socket$mh.invokeExact(errno, domain, type, protocol), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// bind(2).
  public static int bind(int fd, long address, int length) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((int) bind$mh.invokeExact(errno, fd, address, length), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// connect(2).
  public static int connect(int fd, long address, int length) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((int) connect$mh.invokeExact(errno, fd, address, length), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// getsockname(2); `length` points to a `socklen_t`.
  public static int getsockname(int fd, long address, long length) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((int) getsockname$mh.invokeExact(errno, fd, address, length), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// setsockopt(2).
  public static int setsockopt(int fd, int level, int name, long value, int length) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((int) setsockopt$mh.invokeExact(errno, fd, level, name, value, length), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// getsockopt(2); `length` points to a `socklen_t`.
  public static int getsockopt(int fd, int level, int name, long value, long length) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((int) getsockopt$mh.invokeExact(errno, fd, level, name, value, length), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// send(2): bytes sent.
  public static int send(int fd, long buffer, long length, int flags) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((long) send$mh.invokeExact(errno, fd, buffer, length, flags), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// recv(2): bytes received.
  public static int recv(int fd, long buffer, long length, int flags) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((long) recv$mh.invokeExact(errno, fd, buffer, length, flags), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// recvmmsg(2): messages received; `timeout` may be 0.
  public static int recvmmsg(int fd, long messages, int count, int flags, long timeout) {
    MemorySegment errno = ERRNO.get();
    try {
      return result(
          (int) recvmmsg$mh.invokeExact(errno, fd, messages, count, flags, timeout), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// sendmmsg(2): messages sent, fewer than `count` where one after the first fails.
  public static int sendmmsg(int fd, long messages, int count, int flags) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((int) sendmmsg$mh.invokeExact(errno, fd, messages, count, flags), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// epoll_create1(2).
  public static int epoll_create1(int flags) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((int) epoll_create1$mh.invokeExact(errno, flags), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// epoll_ctl(2).
  public static int epoll_ctl(int epoll, int operation, int fd, long event) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((int) epoll_ctl$mh.invokeExact(errno, epoll, operation, fd, event), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// epoll_wait(2): events; `timeoutMillis` -1 waits for ever.
  public static int epoll_wait(int epoll, long events, int count, int timeoutMillis) {
    MemorySegment errno = ERRNO.get();
    try {
      return result(
          (int) epoll_wait$mh.invokeExact(errno, epoll, events, count, timeoutMillis), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// eventfd(2).
  public static int eventfd(int initial, int flags) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((int) eventfd$mh.invokeExact(errno, initial, flags), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// if_nametoindex(3), but 0 (no such interface) comes back as `-ENODEV`.
  public static int if_nametoindex(long name) {
    try {
      int index = (int) if_nametoindex$mh.invokeExact(ERRNO.get(), name);
      return index != 0 ? index : -19; // ENODEV
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// setns(2): moves the calling thread to another namespace.
  public static int setns(int fd, int type) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((int) setns$mh.invokeExact(errno, fd, type), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// mmap(2): an address, which is never negative in user space, or `-errno`.
  public static long mmap(
      long address, long length, int protection, int flags, int fd, long offset) {
    MemorySegment errno = ERRNO.get();
    try {
      long mapped =
          (long) mmap$mh.invokeExact(errno, address, length, protection, flags, fd, offset);
      return mapped == -1 ? -errno.get(JAVA_INT, 0) : mapped;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// munmap(2).
  public static int munmap(long address, long length) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((int) munmap$mh.invokeExact(errno, address, length), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// mlock(2): keeps memory out of the swap.
  public static int mlock(long address, long length) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((int) mlock$mh.invokeExact(errno, address, length), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// madvise(2); `address` is a multiple of the page size.
  public static int madvise(long address, long length, int advice) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((int) madvise$mh.invokeExact(errno, address, length, advice), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// clock_gettime(2): 0, or -1 for a clock that does not exist; `timespec` points to 16 bytes.
  public static int clock_gettime(int clock, long timespec) {
    try {
      return (int) clock_gettime$mh.invokeExact(clock, timespec);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// umask(2): the mask before. It belongs to the process, not to the thread.
  public static int umask(int mask) {
    try {
      return (int) umask$mh.invokeExact(mask);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// geteuid(2).
  public static int geteuid() {
    try {
      return (int) geteuid$mh.invokeExact();
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// strerror(3): what an error number means, in the process's language. Cold.
  @SuppressWarnings("restricted")
  public static synchronized String strerror(int errno) {
    try {
      MemorySegment text = (MemorySegment) strerror$mh.invokeExact(errno);
      return text.reinterpret(1024).getString(0);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  private static int result(int value, MemorySegment errno) {
    return value >= 0 ? value : -errno.get(JAVA_INT, 0);
  }

  private static int result(long value, MemorySegment errno) {
    return value >= 0 ? (int) value : -errno.get(JAVA_INT, 0);
  }

  /// A downcall throws only where its handle is called with the wrong types.
  private static AssertionError unexpected(Throwable t) {
    return new AssertionError(t);
  }
}
