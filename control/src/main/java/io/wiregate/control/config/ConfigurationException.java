package io.wiregate.control.config;

/// A setting or a configuration file that cannot be used; the message is one sentence for the
/// operator: where it stands, its key, and what is accepted.
public final class ConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public ConfigurationException(String message) {
    super(message);
  }
}
