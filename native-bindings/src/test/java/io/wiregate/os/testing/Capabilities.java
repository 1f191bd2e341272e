package io.wiregate.os.testing;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.FutureTask;

/// Shows what happens to a program that lacks a capability. Source: capabilities(7), capget(2).
public final class Capabilities {
  public static final int CAP_NET_ADMIN = 12;
  public static final int CAP_NET_RAW = 13;

  private static final int VERSION_3 = 0x20080522;
  private static final int SIZE_OF_DATA = 12;

  private static final MethodHandle CAPGET = function("capget");
  private static final MethodHandle CAPSET = function("capset");

  /// What to do without it.
  public interface Action {
    void run() throws Exception;
  }

  private Capabilities() {}

  @SuppressWarnings("restricted")
  private static MethodHandle function(String name) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
  }

  /// Runs an action on a thread of its own that has given a capability up: to Linux, capabilities
  /// belong to threads. What the action throws comes as the cause of an `ExecutionException`.
  public static void without(int capability, Action action) throws Exception {
    FutureTask<Void> task =
        new FutureTask<>(() -> {
          drop(capability);
          action.run();
          return null;
        });
    Thread thread = Thread.ofPlatform().start(task);
    thread.join();
    task.get();
  }

  private static void drop(int capability) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment header = arena.allocate(8, 4);
      header.set(ValueLayout.JAVA_INT, 0, VERSION_3); // and 0: this thread
      MemorySegment data = arena.allocate(2 * SIZE_OF_DATA, 4);
      int got = (int) CAPGET.invokeExact(header, data);
      long effective = (long) SIZE_OF_DATA * (capability / 32);
      int mask = ~(1 << capability % 32);
      data.set(ValueLayout.JAVA_INT, effective, data.get(ValueLayout.JAVA_INT, effective) & mask);
      int set = (int) CAPSET.invokeExact(header, data);
      if (got != 0 || set != 0) {
        throw new AssertionError("capabilities cannot be changed here");
      }
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }
}
