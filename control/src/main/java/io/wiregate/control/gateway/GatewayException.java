package io.wiregate.control.gateway;

/// The data plane cannot do what it was asked for; the message is one sentence for the operator.
public final class GatewayException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public GatewayException(String message) {
    super(message);
  }

  public GatewayException(String message, Throwable cause) {
    super(message, cause);
  }
}
