package io.wiregate.control.command;

import org.jspecify.annotations.Nullable;

/// A command could not do what it was asked to: ends it with exit status 1. The message is one
/// sentence for the user: what happened and what to do. It holds no secret.
public final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// A failure whose cause is told in full by the sentence.
  public CommandFailure(String sentence) {
    this(sentence, null);
  }

  /// A failure with a cause, which only `LOG_LEVEL=debug` shows.
  public CommandFailure(String sentence, @Nullable Throwable cause) {
    super(sentence, cause);
  }
}
