package io.wiregate.control.config;

/// How much is logged.
public enum LogLevel {
  ERROR,
  WARN,
  INFO,
  DEBUG
}
