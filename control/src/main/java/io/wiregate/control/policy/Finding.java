package io.wiregate.control.policy;

/// Something that start-up tells the operator.
///
/// @param severity whether it keeps the gateway from working
/// @param text one sentence: what is so and, if something is to be done, what
public record Finding(Severity severity, String text) {
  public enum Severity {
    /// Done or found; nothing to do.
    INFO,
    /// The gateway runs, but does less than it should.
    WARNING
  }

  static Finding info(String text) {
    return new Finding(Severity.INFO, text);
  }

  static Finding warning(String text) {
    return new Finding(Severity.WARNING, text);
  }
}
