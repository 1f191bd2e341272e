package io.wiregate.control.policy;

/// nftables could not be asked, or refused. The message is one sentence: what happened and what to
/// do.
public final class FirewallException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  FirewallException(String message) {
    super(message);
  }

  FirewallException(String message, Throwable cause) {
    super(message, cause);
  }
}
