package io.wiregate.os.link;

import io.wiregate.os.FileDescriptor;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.internal.Libc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/// Work in other network namespaces. Sockets belong for life to the namespace they were opened in,
/// so one call there is enough to work with it from anywhere. Source: setns(2),
/// network_namespaces(7).
public final class NetworkNamespaces {
  private static final int O_RDONLY = 0;
  private static final int O_CLOEXEC = 0x80000;
  private static final int CLONE_NEWNET = 0x40000000;

  /// What to do there.
  public interface Action<T extends @Nullable Object> {
    T run() throws OsException;
  }

  private NetworkNamespaces() {}

  /// The namespace that a file stands for, e.g. `/run/netns/NAME` or `/proc/PID/ns/net`. The caller
  /// closes it.
  public static FileDescriptor open(Path file) throws OsException {
    try (NativeBuffer path = NativeBuffer.ofString(file.toString())) {
      int fd = Libc.open(path.address(0, path.size()), O_RDONLY | O_CLOEXEC, 0);
      return new FileDescriptor(OsException.check(fd, "open " + file));
    }
  }

  /// What tells a namespace from all others for as long as it lives: the number of its inode
  /// (namespaces(7)).
  public static long identity(FileDescriptor namespace) throws IOException {
    return inode("/proc/self/fd/" + namespace.number());
  }

  /// The same of the namespace that the calling thread is in.
  public static long currentIdentity() throws IOException {
    return inode("/proc/thread-self/ns/net");
  }

  private static long inode(String file) throws IOException {
    return (Long) Files.getAttribute(Path.of(file), "unix:ino");
  }

  /// Runs an action on a thread of its own that has moved to another namespace. The thread ends
  /// with the action, so that no other work ever runs in the wrong namespace.
  ///
  /// @throws OsException `EPERM` without `CAP_SYS_ADMIN`, or what the action throws
  public static <T extends @Nullable Object> T call(FileDescriptor namespace, Action<T> action)
      throws OsException {
    FutureTask<T> task =
        new FutureTask<>(() -> {
          OsException.check(Libc.setns(namespace.number(), CLONE_NEWNET), "setns");
          return action.run();
        });
    Thread thread = Thread.ofPlatform().name("network-namespace").start(task);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          T result = task.get();
          thread.join();
          return result;
        } catch (InterruptedException e) {
          interrupted = true; // what was begun there is not left half done
        }
      }
    } catch (ExecutionException e) {
      throw unwrapped(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static OsException unwrapped(ExecutionException e) {
    return switch (e.getCause()) {
      case OsException failed -> failed;
      case RuntimeException failed -> throw failed;
      case Error failed -> throw failed;
      case null, default -> throw new AssertionError(e);
    };
  }
}
