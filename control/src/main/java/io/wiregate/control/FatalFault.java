package io.wiregate.control;

import java.util.concurrent.atomic.AtomicBoolean;

/// What happens when a thread of the program dies of something that nobody expected: the process
/// ends, in order if it can. A gateway that lacks a worker would go on saying that it is ready, and
/// serve a part of its clients; whoever started it starts it again.
public final class FatalFault {
  private static final AtomicBoolean OCCURRED = new AtomicBoolean();

  private FatalFault() {}

  /// Watches all platform threads; virtual ones serve single requests, whose failure is their own.
  static void watch() {
    Thread.setDefaultUncaughtExceptionHandler(FatalFault::onUncaught);
  }

  private static void onUncaught(Thread thread, Throwable failure) {
    System.err.println(
        "wiregate: thread " + thread.getName() + " ended by a fault of WireGate's own:");
    failure.printStackTrace();
    if (!thread.isVirtual() && OCCURRED.compareAndSet(false, true)) {
      // Not by this thread: the end of the process waits for it.
      Thread.ofPlatform().name("fatal-fault").start(() -> System.exit(1));
    }
  }

  /// The status to end with: 0, or 1 after a fault.
  public static int exitStatus() {
    return OCCURRED.get() ? 1 : 0;
  }

  /// Ends the process after a while, whatever still waits for something; for shutdown hooks.
  public static void haltAfter(long seconds) {
    Thread.ofPlatform()
        .daemon()
        .name("shutdown-deadline")
        .start(() -> {
          try {
            Thread.sleep(seconds * 1000);
          } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
          }
          System.err.println("wiregate: something did not end within " + seconds + " s");
          Runtime.getRuntime().halt(1);
        });
  }
}
