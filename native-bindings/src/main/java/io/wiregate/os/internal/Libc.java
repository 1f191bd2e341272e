package io.wiregate.os.internal;

import static io.wiregate.os.internal.NativeLibrary.intFunction;
import static io.wiregate.os.internal.NativeLibrary.longFunction;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/// The C library's system calls, named and documented as in section 2 of the manual.
///
/// A negative result is `-errno`. Any thread may call; the error number is kept per thread.
public final class Libc {
  private static final NativeLibrary LIBRARY = NativeLibrary.c();

  private static final Linker.Option ERRNO_CAPTURED = Linker.Option.captureCallState("errno");

  /// Where calls of this thread leave `errno`.
  private static final ThreadLocal<MemorySegment> ERRNO =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(Linker.Option.captureStateLayout()));

  private static final MethodHandle open$mh = call("open", 3);
  private static final MethodHandle close$mh = call("close", 1);
  private static final MethodHandle read$mh = call("read", 3);
  private static final MethodHandle write$mh = call("write", 3);
  private static final MethodHandle writev$mh = call("writev", 3);
  private static final MethodHandle ioctl$mh = call("ioctl", 3);
  private static final MethodHandle fcntl$mh = call("fcntl", 3);
  private static final MethodHandle dup2$mh = call("dup2", 2);
  private static final MethodHandle socket$mh = call("socket", 3);
  private static final MethodHandle bind$mh = call("bind", 3);
  private static final MethodHandle connect$mh = call("connect", 3);
  private static final MethodHandle getsockname$mh = call("getsockname", 3);
  private static final MethodHandle setsockopt$mh = call("setsockopt", 5);
  private static final MethodHandle getsockopt$mh = call("getsockopt", 5);
  private static final MethodHandle send$mh = call("send", 4);
  private static final MethodHandle sendto$mh = call("sendto", 6);
  private static final MethodHandle recv$mh = call("recv", 4);
  private static final MethodHandle recvmmsg$mh = call("recvmmsg", 5);
  private static final MethodHandle sendmmsg$mh = call("sendmmsg", 4);
  private static final MethodHandle epoll_create1$mh = call("epoll_create1", 1);
  private static final MethodHandle epoll_ctl$mh = call("epoll_ctl", 4);
  private static final MethodHandle epoll_wait$mh = call("epoll_wait", 4);
  private static final MethodHandle eventfd$mh = call("eventfd", 2);
  private static final MethodHandle if_nametoindex$mh = call("if_nametoindex", 1);
  private static final MethodHandle setns$mh = call("setns", 2);
  private static final MethodHandle mmap$mh = call("mmap", 6);
  private static final MethodHandle munmap$mh = call("munmap", 2);
  private static final MethodHandle aligned_alloc$mh =
      LIBRARY.function("aligned_alloc", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle free$mh =
      LIBRARY.function("free", FunctionDescriptor.ofVoid(JAVA_LONG));
  private static final MethodHandle mlock$mh = call("mlock", 2);
  private static final MethodHandle madvise$mh = call("madvise", 3);
  private static final MethodHandle clock_gettime$mh =
      LIBRARY.function(
          "clock_gettime", intFunction(int.class, long.class), Linker.Option.critical(false));
  private static final MethodHandle umask$mh = call("umask", 1);
  private static final MethodHandle geteuid$mh = call("geteuid", 0);
  private static final MethodHandle strerror$mh =
      LIBRARY.function("strerror", FunctionDescriptor.of(ADDRESS, JAVA_INT));

  private Libc() {}

  /// The handle of a function that takes `arguments` numbers and pointers. All are declared as 64
  /// bits, whatever they are in C: in registers that is the same (System V ABI, AAPCS64; of
  /// variadic functions too, where no argument is a floating-point number), and the JVM then makes
  /// one stub for each number of arguments rather than one for each signature, which is half of
  /// what a start would cost.
  private static MethodHandle call(String symbol, int arguments) {
    Class<?>[] parameters = new Class<?>[arguments];
    Arrays.fill(parameters, long.class);
    return LIBRARY.function(symbol, longFunction(parameters), ERRNO_CAPTURED);
  }

  /// open(2). `path` points to a NUL-terminated string.
  public static int open(long path, int flags, int mode) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((long) open$mh.invokeExact(errno, path, (long) flags, (long) mode), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// close(2).
  public static int close(int fd) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((long) close$mh.invokeExact(errno, (long) fd), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// read(2): bytes read.
  public static int read(int fd, long buffer, long count) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((long) read$mh.invokeExact(errno, (long) fd, buffer, count), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// write(2): bytes written.
  public static int write(int fd, long buffer, long count) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((long) write$mh.invokeExact(errno, (long) fd, buffer, count), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// writev(2): bytes written; `vectors` points to `struct iovec`s.
  public static int writev(int fd, long vectors, int count) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((long) writev$mh.invokeExact(errno, (long) fd, vectors, (long) count), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// ioctl(2); `argument` is a pointer or a number, as the request wants it.
  public static int ioctl(int fd, long request, long argument) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((long) ioctl$mh.invokeExact(errno, (long) fd, request, argument), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// fcntl(2).
  public static int fcntl(int fd, int command, long argument) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((long) fcntl$mh.invokeExact(errno, (long) fd, (long) command, argument), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// dup2(2).
  public static int dup2(int from, int to) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((long) dup2$mh.invokeExact(errno, (long) from, (long) to), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// socket(2).
  public static int socket(int domain, int type, int protocol) {
    MemorySegment errno = ERRNO.get();
    try {
      return result(
          (long) socket$mh.invokeExact(errno, (long) domain, (long) type, (long) protocol), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// bind(2).
  public static int bind(int fd, long address, int length) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((long) bind$mh.invokeExact(errno, (long) fd, address, (long) length), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// connect(2).
  public static int connect(int fd, long address, int length) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((long) connect$mh.invokeExact(errno, (long) fd, address, (long) length), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// getsockname(2); `length` points to a `socklen_t`.
  public static int getsockname(int fd, long address, long length) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((long) getsockname$mh.invokeExact(errno, (long) fd, address, length), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// setsockopt(2).
  public static int setsockopt(int fd, int level, int name, long value, int length) {
    MemorySegment errno = ERRNO.get();
    try {
      return result(
          (long)
              setsockopt$mh.invokeExact(
                  errno, (long) fd, (long) level, (long) name, value, (long) length),
          errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// getsockopt(2); `length` points to a `socklen_t`.
  public static int getsockopt(int fd, int level, int name, long value, long length) {
    MemorySegment errno = ERRNO.get();
    try {
      return result(
          (long)
              getsockopt$mh.invokeExact(errno, (long) fd, (long) level, (long) name, value, length),
          errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// send(2): bytes sent.
  public static int send(int fd, long buffer, long length, int flags) {
    MemorySegment errno = ERRNO.get();
    try {
      return result(
          (long) send$mh.invokeExact(errno, (long) fd, buffer, length, (long) flags), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// sendto(2): bytes sent; `address` points to a `struct sockaddr` of `addressLength` bytes.
  public static int sendto(
      int fd, long buffer, long length, int flags, long address, int addressLength) {
    MemorySegment errno = ERRNO.get();
    try {
      return result(
          (long)
              sendto$mh.invokeExact(
                  errno, (long) fd, buffer, length, (long) flags, address, (long) addressLength),
          errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// recv(2): bytes received.
  public static int recv(int fd, long buffer, long length, int flags) {
    MemorySegment errno = ERRNO.get();
    try {
      return result(
          (long) recv$mh.invokeExact(errno, (long) fd, buffer, length, (long) flags), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// recvmmsg(2): messages received; `timeout` may be 0.
  public static int recvmmsg(int fd, long messages, int count, int flags, long timeout) {
    MemorySegment errno = ERRNO.get();
    try {
      return result(
          (long)
              recvmmsg$mh.invokeExact(
                  errno, (long) fd, messages, (long) count, (long) flags, timeout),
          errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// sendmmsg(2): messages sent, fewer than `count` where one after the first fails.
  public static int sendmmsg(int fd, long messages, int count, int flags) {
    MemorySegment errno = ERRNO.get();
    try {
      return result(
          (long) sendmmsg$mh.invokeExact(errno, (long) fd, messages, (long) count, (long) flags),
          errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// epoll_create1(2).
  public static int epoll_create1(int flags) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((long) epoll_create1$mh.invokeExact(errno, (long) flags), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// epoll_ctl(2).
  public static int epoll_ctl(int epoll, int operation, int fd, long event) {
    MemorySegment errno = ERRNO.get();
    try {
      return result(
          (long) epoll_ctl$mh.invokeExact(errno, (long) epoll, (long) operation, (long) fd, event),
          errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// epoll_wait(2): events; `timeoutMillis` -1 waits for ever.
  public static int epoll_wait(int epoll, long events, int count, int timeoutMillis) {
    MemorySegment errno = ERRNO.get();
    try {
      return result(
          (long)
              epoll_wait$mh.invokeExact(
                  errno, (long) epoll, events, (long) count, (long) timeoutMillis),
          errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// eventfd(2).
  public static int eventfd(int initial, int flags) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((long) eventfd$mh.invokeExact(errno, (long) initial, (long) flags), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// if_nametoindex(3), but 0 (no such interface) comes back as `-ENODEV`.
  public static int if_nametoindex(long name) {
    try {
      int index = (int) (long) if_nametoindex$mh.invokeExact(ERRNO.get(), name);
      return index != 0 ? index : -19; // ENODEV
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// setns(2): moves the calling thread to another namespace.
  public static int setns(int fd, int type) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((long) setns$mh.invokeExact(errno, (long) fd, (long) type), errno);
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
          (long)
              mmap$mh.invokeExact(
                  errno, address, length, (long) protection, (long) flags, (long) fd, offset);
      return mapped == -1 ? -errno.get(JAVA_INT, 0) : mapped;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// munmap(2).
  public static int munmap(long address, long length) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((long) munmap$mh.invokeExact(errno, address, length), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// aligned_alloc(3): an address, or 0 where there is no memory. What is there is not zero.
  ///
  /// @param size a multiple of the alignment
  public static long aligned_alloc(long alignment, long size) {
    try {
      return (long) aligned_alloc$mh.invokeExact(alignment, size);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// free(3).
  public static void free(long address) {
    try {
      free$mh.invokeExact(address);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// mlock(2): keeps memory out of the swap.
  public static int mlock(long address, long length) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((long) mlock$mh.invokeExact(errno, address, length), errno);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// madvise(2); `address` is a multiple of the page size.
  public static int madvise(long address, long length, int advice) {
    MemorySegment errno = ERRNO.get();
    try {
      return result((long) madvise$mh.invokeExact(errno, address, length, (long) advice), errno);
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
      return (int) (long) umask$mh.invokeExact(ERRNO.get(), (long) mask);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /// geteuid(2).
  public static int geteuid() {
    try {
      return (int) (long) geteuid$mh.invokeExact(ERRNO.get());
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

  /// Only the lower half of what a function of type `int` returns is defined; a count of bytes is
  /// never as large.
  private static int result(long value, MemorySegment errno) {
    int result = (int) value;
    return result >= 0 ? result : -errno.get(JAVA_INT, 0);
  }

  /// A downcall throws only where its handle is called with the wrong types.
  private static AssertionError unexpected(Throwable t) {
    return new AssertionError(t);
  }
}
