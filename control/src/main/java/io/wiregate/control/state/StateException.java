package io.wiregate.control.state;

/// The state directory cannot be used; the message is one sentence for the operator.
public final class StateException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public StateException(String message) {
    super(message);
  }
}
