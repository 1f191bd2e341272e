package io.wiregate.control.database;

/// The database does not answer at the moment.
public final class DatabaseAwayException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public DatabaseAwayException(Throwable cause) {
    super("The database does not answer; nothing was changed: try again.", cause);
  }
}
