package io.wiregate.control.database;

import io.wiregate.control.config.DatabaseSettings;
import java.nio.file.Path;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/// How pgjdbc reaches the database. Holds the password: [#toString] shows nothing.
public final class ConnectionSettings {
  private static final String URL_OF_SOCKET = "jdbc:postgresql://localhost/";

  private final String url;
  private final String where;
  private final Properties properties;

  private ConnectionSettings(String url, String where, Properties properties) {
    this.url = url;
    this.where = where;
    this.properties = properties;
    properties.setProperty("ApplicationName", "wiregate");
    // A host that went away without a word would else hold every caller for a quarter of an hour.
    properties.putIfAbsent("connectTimeout", "5");
    properties.putIfAbsent("tcpKeepAlive", "true");
  }

  static ConnectionSettings unixSocket(Path socket, String database, String role) {
    Properties properties = new Properties();
    properties.setProperty("user", role);
    properties.setProperty("socketFactory", UnixSocketFactory.class.getName());
    properties.setProperty("socketFactoryArg", socket.toString());
    properties.setProperty("sslmode", "disable");
    properties.setProperty("gssEncMode", "disable");
    return new ConnectionSettings(URL_OF_SOCKET + database, "the embedded PostgreSQL", properties);
  }

  /// Somebody else's server.
  public static ConnectionSettings external(DatabaseSettings settings) {
    String url = settings.url();
    if (url == null) {
      throw new IllegalArgumentException("the embedded database has no URL");
    }
    Properties properties = new Properties();
    putIfGiven(properties, "user", settings.user());
    putIfGiven(properties, "password", settings.password());
    if (!url.contains("socketTimeout=")) {
      properties.setProperty("socketTimeout", "30");
    }
    int question = url.indexOf('?'); // behind it may stand a password
    String where = question < 0 ? url : url.substring(0, question);
    return new ConnectionSettings(url, where.replaceFirst("^jdbc:postgresql:", ""), properties);
  }

  private static void putIfGiven(Properties properties, String name, @Nullable String value) {
    if (value != null) {
      properties.setProperty(name, value);
    }
  }

  String url() {
    return url;
  }

  Properties properties() {
    Properties copy = new Properties();
    copy.putAll(properties);
    return copy;
  }

  /// The place for people to read, without secrets.
  public String where() {
    return where;
  }

  @Override
  public String toString() {
    return where;
  }
}
