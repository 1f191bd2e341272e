package io.wiregate.control.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Which PostgreSQL keeps the peers.
///
/// @param url a JDBC URL, or null for the embedded one
/// @param password null where there is none, or where `passwordFile` names it
public record DatabaseSettings(
    @Nullable String url,
    @Nullable String user,
    @Nullable String password,
    @Nullable Path passwordFile,
    int connections) {

  public boolean isEmbedded() {
    return url == null;
  }

  /// Without the password.
  @Override
  public String toString() {
    return isEmbedded() ? "embedded database" : "database of user " + user;
  }
}
