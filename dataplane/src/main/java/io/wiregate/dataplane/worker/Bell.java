package io.wiregate.dataplane.worker;

/// Wakes a thread that waits for events, and costs those who have something for it only a look
/// while it is awake.
///
/// The sleeper says that it sleeps before it looks a last time whether there is something; the
/// others put it there before they look whether it sleeps. Both are volatile, so one of them sees
/// the other.
final class Bell {
  private final Runnable ring;
  private volatile boolean asleep;

  /// @param ring ends the wait that is under way, or the next one; called by any thread
  Bell(Runnable ring) {
    this.ring = ring;
  }

  /// For the sleeper, before it looks whether there is something to do.
  void fallAsleep() {
    asleep = true;
  }

  /// For the sleeper, after the wait.
  void wakeUp() {
    asleep = false;
  }

  /// For others, after they have put something where the sleeper looks.
  void wake() {
    if (asleep) {
      ring.run();
    }
  }
}
