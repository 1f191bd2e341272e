package io.wiregate.control.api;

/// The API cannot be served; the message is one sentence for the operator.
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public ApiException(String message, Throwable cause) {
    super(message, cause);
  }
}
