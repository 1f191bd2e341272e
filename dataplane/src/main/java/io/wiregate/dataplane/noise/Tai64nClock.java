package io.wiregate.dataplane.noise;

import java.util.concurrent.atomic.AtomicReference;

/// Stamps for initiations, each later than all before. A responder refuses a stamp that is not
/// newer than the last one, for ever: a wall clock that was set back would lock us out of every
/// peer.
///
/// So whoever restarts a data plane gives the new clock the [#last] stamp of the old one as its
/// floor. Any thread.
public final class Tai64nClock {
  private final AtomicReference<Tai64n> last;

  /// @param floor later than which every stamp is; [Tai64n#ZERO] for none
  public Tai64nClock(Tai64n floor) {
    last = new AtomicReference<>(floor);
  }

  /// A new stamp: the wall clock's time where that is later than the last stamp, else the stamp
  /// after the last.
  ///
  /// @param epochSeconds the wall clock, as [java.time.Instant#getEpochSecond]
  /// @param nanos nanoseconds within the second
  public Tai64n stamp(long epochSeconds, int nanos) {
    Tai64n now = Tai64n.whitened(epochSeconds, nanos);
    return last.updateAndGet(before -> now.isAfter(before) ? now : before.next());
  }

  /// Makes every later stamp later than this one too.
  public void raise(Tai64n floor) {
    last.updateAndGet(before -> floor.isAfter(before) ? floor : before);
  }

  /// The last stamp given out, or the floor.
  public Tai64n last() {
    return last.get();
  }
}
