package io.wiregate.dataplane.noise;

/// Stamps for initiations, each later than all before. A responder refuses a stamp that is not
/// newer than the last one, for ever: a wall clock that was set back would lock us out of every
/// peer.
///
/// So a [StampJournal] is told ahead up to where stamps may be given out, and whoever restarts a
/// data plane gives the new clock what the journal of the old one was told last as its floor. An
/// hour at a time: the journal is written once in an hour in which we begin handshakes, or not at
/// all. Where stamps are ahead of the wall clock already, since it was set back or we have
/// restarted within the hour, only a few are reserved at a time, so that restarts do not carry them
/// away.
///
/// Any thread; a thread that has to wait for the journal holds up others that want a stamp.
public final class Tai64nClock {
  private static final long RESERVED_SECONDS = 3600;

  /// Some 1,000 stamps, each a grain after the other.
  private static final long RESERVED_SECONDS_AHEAD = 17;

  private final StampJournal journal;

  // Guarded by this.
  private Tai64n last;
  private Tai64n reserved;

  /// @param floor later than which every stamp is; [Tai64n#ZERO] for none
  public Tai64nClock(Tai64n floor, StampJournal journal) {
    this.journal = journal;
    last = floor;
    reserved = floor;
  }

  /// A clock that keeps nothing over restarts: what it gives is later than what was given before
  /// the restart as long as the wall clock was not set back.
  public static Tai64nClock ofWallClock() {
    return new Tai64nClock(Tai64n.ZERO, StampJournal.NONE);
  }

  /// A new stamp: the wall clock's time where that is later than the last stamp, else the stamp
  /// after the last.
  ///
  /// @param epochSeconds the wall clock, as [java.time.Instant#getEpochSecond]
  /// @param nanos nanoseconds within the second
  public synchronized Tai64n stamp(long epochSeconds, int nanos) {
    Tai64n now = Tai64n.whitened(epochSeconds, nanos);
    boolean onTime = now.isAfter(last);
    last = onTime ? now : last.next();
    if (last.isAfter(reserved)) {
      Tai64n until = last.plusSeconds(onTime ? RESERVED_SECONDS : RESERVED_SECONDS_AHEAD);
      // A journal that fails is not asked with each stamp, nor left alone for an hour.
      reserved = journal.reserve(until) ? until : last.plusSeconds(RESERVED_SECONDS_AHEAD);
    }
    return last;
  }

  /// Tells the journal that no more than the last stamp was given out, so that what was reserved is
  /// not skipped after the next start. For whoever has seen to it that no more stamps are asked
  /// for; one that is asked for all the same is reserved again.
  public synchronized void settle() {
    if (reserved.isAfter(last)) {
      reserved = last;
      boolean _ = journal.reserve(last); // it says what fails
    }
  }

  /// The last stamp given out, or the floor.
  public synchronized Tai64n last() {
    return last;
  }
}
