package io.wiregate.control.tun;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/// Waits for what another process does.
final class Await {
  private static final Duration PAUSE = Duration.ofMillis(20);

  private Await() {}

  /// Returns once the condition holds.
  ///
  /// @param what the condition in words, for the failure
  static void until(String what, Duration atMost, BooleanSupplier condition) {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within " + atMost.toSeconds() + " s: " + what);
      }
      pause(PAUSE);
    }
  }

  /// Lets time pass in which something is not to happen.
  static void pause(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }
}
