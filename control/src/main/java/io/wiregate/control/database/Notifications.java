package io.wiregate.control.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/// What sessions tell each other with NOTIFY, on a connection of its own. One thread.
public final class Notifications {
  private final Database database;
  private @Nullable Connection connection;

  public Notifications(Database database) {
    this.database = database;
  }

  /// Listens on a channel.
  ///
  /// @param channel a plain identifier
  /// @throws DatabaseAwayException if the database does not answer
  public void connect(String channel) {
    try {
      Connection opened = database.connect();
      connection = opened;
      try (Statement statement = opened.createStatement()) {
        statement.execute("LISTEN " + channel);
      }
    } catch (SQLException away) {
      throw new DatabaseAwayException(away);
    }
  }

  /// Waits until something was told, or for so long.
  ///
  /// @return what was told, each once
  /// @throws DatabaseAwayException if the connection is gone
  public Set<String> await(Duration limit) {
    Connection opened = connection;
    if (opened == null) {
      throw new IllegalStateException("not connected");
    }
    try {
      Set<String> payloads = new LinkedHashSet<>();
      PGNotification[] told =
          opened.unwrap(PGConnection.class).getNotifications((int) limit.toMillis());
      if (told != null) {
        for (PGNotification each : told) {
          payloads.add(each.getParameter());
        }
      }
      return payloads;
    } catch (SQLException away) {
      throw new DatabaseAwayException(away);
    }
  }

  /// Does nothing where there is no connection.
  public void disconnect() {
    Connection opened = connection;
    connection = null;
    if (opened != null) {
      try {
        opened.close();
      } catch (SQLException gone) {
        // That is what was wanted.
      }
    }
  }
}
