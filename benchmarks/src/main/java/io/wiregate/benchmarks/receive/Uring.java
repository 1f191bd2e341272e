package io.wiregate.benchmarks.receive;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.wiregate.os.Errno;
import io.wiregate.os.FileDescriptor;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.internal.Libc;
import io.wiregate.os.internal.NativeLibrary;
import io.wiregate.os.internal.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/// A submission and a completion queue shared with the kernel, by its three system calls.
///
/// Completions are made only while the owner is in [#enter] (`IORING_SETUP_DEFER_TASKRUN`, Linux
/// 6.1), so nothing interrupts it. Owner: the thread that made it; the kernel refuses others.
/// Source: io_uring(7), io_uring_setup(2), io_uring_enter(2), linux/io_uring.h.
final class Uring implements AutoCloseable {
  static final int OP_RECVMSG = 10;
  static final int OP_WRITE = 23;

  /// The kernel chooses the buffer, of the group that the submission names.
  static final int SQE_BUFFER_SELECT = 1 << 5;

  /// In a receive's `ioprio`: goes on by itself.
  static final int RECV_MULTISHOT = 1 << 1;

  /// The operation will complete again.
  static final int CQE_MORE = 1 << 1;

  /// By how far a completion's flags are shifted to get the number of its buffer.
  static final int CQE_BUFFER_SHIFT = 16;

  // struct io_uring_sqe
  static final int SQE_OPCODE = 0;
  static final int SQE_FLAGS = 1;
  static final int SQE_IOPRIO = 2;
  static final int SQE_FD = 4;
  static final int SQE_OFFSET = 8;
  static final int SQE_ADDRESS = 16;
  static final int SQE_LENGTH = 24;
  static final int SQE_USER_DATA = 32;
  static final int SQE_BUFFER_GROUP = 40;

  static final long REGISTER_PBUF_RING = 22;

  private static final long IO_URING_SETUP = 425;
  private static final long IO_URING_ENTER = 426;
  private static final long IO_URING_REGISTER = 427;

  private static final int SETUP_CQSIZE = 1 << 3;
  private static final int SETUP_SINGLE_ISSUER = 1 << 12;
  private static final int SETUP_DEFER_TASKRUN = 1 << 13;
  private static final int ENTER_GETEVENTS = 1;
  private static final int FEAT_SINGLE_MMAP = 1;
  private static final long OFF_SQES = 0x1000_0000L;

  private static final int PROT_READ_WRITE = 1 | 2;
  private static final int MAP_SHARED_POPULATE = 0x01 | 0x8000;

  private static final int SIZE_OF_SQE = 64;
  private static final int SIZE_OF_CQE = 16;

  // struct io_uring_params, and in it struct io_sqring_offsets and io_cqring_offsets
  private static final int SIZE_OF_PARAMS = 120;
  private static final int SQ_OFFSETS = 40;
  private static final int CQ_OFFSETS = 80;

  private static final MethodHandle syscall$mh =
      NativeLibrary.c()
          .function(
              "syscall",
              NativeLibrary.longFunction(
                  long.class,
                  long.class,
                  long.class,
                  long.class,
                  long.class,
                  long.class,
                  long.class),
              Linker.Option.captureCallState("errno"));

  private final MemorySegment errno = Arena.ofAuto().allocate(Linker.Option.captureStateLayout());
  private final FileDescriptor fd;
  private final int entries;
  private final long rings;
  private final long ringsSize;
  private final long sqes;

  private final long sqHead;
  private final long sqTail;
  private final int sqMask;
  private final long cqHead;
  private final long cqTail;
  private final int cqMask;
  private final long cqes;

  // Our own positions: what is prepared, what the kernel has taken, what we have seen.
  private int prepared;
  private int submitted;
  private int seen;

  /// @param submissions that can be prepared between two [#enter], a power of two
  /// @param completions that can wait to be seen, a power of two
  /// @throws OsException `EPERM` where `kernel.io_uring_disabled` or seccomp forbids it, `EINVAL`
  ///   before Linux 6.1
  Uring(int submissions, int completions) throws OsException {
    try (NativeBuffer params = NativeBuffer.allocate(SIZE_OF_PARAMS)) {
      params.putInt(4, completions);
      params.putInt(8, SETUP_CQSIZE | SETUP_SINGLE_ISSUER | SETUP_DEFER_TASKRUN);
      fd =
          new FileDescriptor(
              OsException.check(
                  call(IO_URING_SETUP, submissions, params.address(0, SIZE_OF_PARAMS), 0, 0, 0, 0),
                  "io_uring_setup"));
      if ((params.getInt(20) & FEAT_SINGLE_MMAP) == 0) {
        fd.close();
        throw new OsException("io_uring_setup without IORING_FEAT_SINGLE_MMAP", Errno.EOPNOTSUPP);
      }
      entries = params.getInt(0);
      ringsSize =
          Math.max(
              params.getInt(SQ_OFFSETS + 24) + 4L * entries,
              params.getInt(CQ_OFFSETS + 20) + (long) SIZE_OF_CQE * params.getInt(4));
      rings = map(ringsSize, 0);
      sqes = map((long) SIZE_OF_SQE * entries, OFF_SQES);
      sqHead = rings + params.getInt(SQ_OFFSETS);
      sqTail = rings + params.getInt(SQ_OFFSETS + 4);
      sqMask = NativeMemory.getInt(rings + params.getInt(SQ_OFFSETS + 8));
      cqHead = rings + params.getInt(CQ_OFFSETS);
      cqTail = rings + params.getInt(CQ_OFFSETS + 4);
      cqMask = NativeMemory.getInt(rings + params.getInt(CQ_OFFSETS + 8));
      cqes = rings + params.getInt(CQ_OFFSETS + 20);
      long array = rings + params.getInt(SQ_OFFSETS + 24);
      for (int i = 0; i < entries; i++) {
        NativeMemory.putInt(array + 4L * i, i);
      }
    }
  }

  private long map(long size, long offset) throws OsException {
    long mapped = Libc.mmap(0, size, PROT_READ_WRITE, MAP_SHARED_POPULATE, fd.number(), offset);
    if (mapped < 0) {
      fd.close();
      throw new OsException("mmap of io_uring", (int) -mapped);
    }
    return mapped;
  }

  /// The address of the next submission, all zero, for the caller to fill in before [#enter].
  ///
  /// @throws IllegalStateException if no room is left
  long submission() {
    if (prepared - NativeMemory.getInt(sqHead) >= entries) {
      throw new IllegalStateException("more than " + entries + " submissions");
    }
    long sqe = sqes + (long) SIZE_OF_SQE * (prepared++ & sqMask);
    NativeMemory.fill(sqe, SIZE_OF_SQE, (byte) 0);
    return sqe;
  }

  /// How many more [#submission] there is room for.
  int room() {
    return entries - (prepared - NativeMemory.getInt(sqHead));
  }

  /// Submits what was prepared and has the kernel do what is due.
  ///
  /// @param minimum completions to wait for; a signal ends the wait early
  void enter(int minimum) throws OsException {
    VarHandle.releaseFence();
    NativeMemory.putInt(sqTail, prepared);
    int taken =
        call(IO_URING_ENTER, fd.number(), prepared - submitted, minimum, ENTER_GETEVENTS, 0, 0);
    if (taken != -Errno.EINTR) {
      submitted += OsException.check(taken, "io_uring_enter");
    }
  }

  /// Completions that wait to be seen.
  int ready() {
    int tail = NativeMemory.getInt(cqTail);
    VarHandle.acquireFence();
    return tail - seen;
  }

  private long completion(int index) {
    return cqes + (long) SIZE_OF_CQE * ((seen + index) & cqMask);
  }

  /// What the submission of completion `index` said in `user_data`.
  long userData(int index) {
    return NativeMemory.getLong(completion(index));
  }

  /// What the system call would have returned, or a negated error number.
  int result(int index) {
    return NativeMemory.getInt(completion(index) + 8);
  }

  int flags(int index) {
    return NativeMemory.getInt(completion(index) + 12);
  }

  /// Gives the first `count` completions back.
  void seen(int count) {
    seen += count;
    VarHandle.releaseFence();
    NativeMemory.putInt(cqHead, seen);
  }

  /// io_uring_register(2).
  void register(long operation, long argument, int count) throws OsException {
    OsException.check(
        call(IO_URING_REGISTER, fd.number(), operation, argument, count, 0, 0),
        "io_uring_register " + operation);
  }

  private int call(long number, long a, long b, long c, long d, long e, long f) {
    try {
      long result = (long) syscall$mh.invokeExact(errno, number, a, b, c, d, e, f);
      return result >= 0 ? (int) result : -errno.get(JAVA_INT, 0);
    } catch (Throwable t) {
      throw new AssertionError(t); // only where the types are wrong
    }
  }

  /// Ends every operation in flight; then their memory may be freed.
  @Override
  public void close() {
    Libc.munmap(sqes, (long) SIZE_OF_SQE * entries);
    Libc.munmap(rings, ringsSize);
    fd.close();
  }
}
