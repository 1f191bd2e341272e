package io.wiregate.dataplane.noise;

/// Keeps over restarts how far stamps may have been given out. Calls do not come at once.
public interface StampJournal {
  /// For a clock whose stamps nobody keeps.
  StampJournal NONE = _ -> true;

  /// Remembers, before it returns, that stamps up to this one may be given out. What fails is the
  /// journal's to tell; the stamps are given out all the same.
  ///
  /// @return whether it will be remembered; if not, it is asked again soon
  boolean reserve(Tai64n until);
}
