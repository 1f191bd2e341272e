package io.wiregate.control.doctor;

import org.jspecify.annotations.Nullable;

/// What was found of one thing that the gateway needs.
///
/// @param subject what was looked at, a word or two
/// @param found one line
/// @param advice what to do, null where there is nothing to be done
public record Check(String subject, Verdict verdict, String found, @Nullable String advice) {
  /// In the order of their weight.
  public enum Verdict {
    /// All is well.
    OK,

    /// It works, but less well than it could.
    WARNING,

    /// A gateway cannot start.
    FAILURE
  }

  static Check ok(String subject, String found) {
    return new Check(subject, Verdict.OK, found, null);
  }

  static Check warning(String subject, String found, @Nullable String advice) {
    return new Check(subject, Verdict.WARNING, found, advice);
  }

  static Check failure(String subject, String found, @Nullable String advice) {
    return new Check(subject, Verdict.FAILURE, found, advice);
  }
}
