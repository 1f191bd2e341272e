package io.wiregate.control.access;

import java.util.Locale;

/// What a caller may do; each role may also do what the ones before it may.
public enum Role {
  /// Reads everything.
  AUDITOR,
  /// Changes peers.
  OPERATOR,
  /// Changes everything.
  ADMIN;

  public boolean includes(Role other) {
    return compareTo(other) >= 0;
  }

  /// As it stands in the database and in the API.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Role parse(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
