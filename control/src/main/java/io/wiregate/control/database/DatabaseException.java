package io.wiregate.control.database;

/// The database cannot be used as it is; the message is one sentence for the operator. Waiting does
/// not help: see [DatabaseAwayException] for when it does.
public final class DatabaseException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public DatabaseException(String message) {
    super(message);
  }

  public DatabaseException(String message, Throwable cause) {
    super(message, cause);
  }
}
