package io.wiregate.dataplane.worker;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Waiting that an interrupt does not cut short, since what comes after closes what was waited for.
final class Threads {
  private Threads() {}

  static void join(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    restore(interrupted);
  }

  static void await(CountDownLatch latch) {
    boolean interrupted = false;
    while (true) {
      try {
        latch.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    restore(interrupted);
  }

  /// Has a thread run a command, and waits until it is done.
  ///
  /// @param name of the thread, for messages
  /// @param submit has the thread run what it is given
  /// @throws IllegalStateException where the command has failed, which does not end the thread
  static void call(String name, Consumer<Runnable> submit, Runnable command) {
    FutureTask<@Nullable Void> task = new FutureTask<>(command, null);
    submit.accept(task);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          task.get();
          return;
        } catch (InterruptedException e) {
          interrupted = true; // what the command is about may not be closed before it is done
        } catch (ExecutionException e) {
          throw new IllegalStateException(name + " could not: " + e.getCause(), e);
        }
      }
    } finally {
      restore(interrupted);
    }
  }

  private static void restore(boolean interrupted) {
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
