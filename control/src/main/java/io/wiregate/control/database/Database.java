package io.wiregate.control.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;

/// Connections to PostgreSQL, and the distinction that callers need: refused, or away. Any thread.
public final class Database implements AutoCloseable {
  /// A caller of the API waits no longer for a connection.
  private static final long CONNECTION_LIMIT_MILLIS = 3_000;

  /// The class of SQLSTATE.
  private static final String INVALID_AUTHORIZATION = "28";

  private final ConnectionSettings settings;
  private final HikariDataSource pool;
  private final Jdbi jdbi;

  /// Connects to nothing yet.
  public Database(ConnectionSettings settings, int connections) {
    this.settings = settings;
    HikariConfig config = new HikariConfig();
    config.setPoolName("database");
    config.setJdbcUrl(settings.url());
    config.setDataSourceProperties(settings.properties());
    config.setMaximumPoolSize(connections);
    config.setMinimumIdle(1);
    config.setConnectionTimeout(CONNECTION_LIMIT_MILLIS);
    config.setValidationTimeout(2_000);
    config.setInitializationFailTimeout(-1);
    this.pool = new HikariDataSource(config);
    this.jdbi = Jdbi.create(pool);
  }

  /// Where it is, for people to read.
  public String where() {
    return settings.where();
  }

  DataSource dataSource() {
    return pool;
  }

  /// A connection beside the pool's, for what keeps one for itself.
  Connection connect() throws SQLException {
    return DriverManager.getConnection(settings.url(), settings.properties());
  }

  /// Asks the database for a sign of life.
  ///
  /// @return null if it answers, else why not
  public @Nullable String failure() {
    return ask(settings).failure();
  }

  /// What a database says to a connection.
  ///
  /// @param failure why there is none, null where there is one
  /// @param refuses whether it answered, and refused the user or the password
  public record Answer(@Nullable String failure, boolean refuses) {}

  /// Asks a database for a sign of life, by a connection that is closed again.
  public static Answer ask(ConnectionSettings settings) {
    try (Connection connection =
        DriverManager.getConnection(settings.url(), settings.properties())) {
      return new Answer(connection.isValid(5) ? null : "it does not answer", false);
    } catch (SQLException away) {
      String message = away.getMessage();
      String state = away.getSQLState();
      return new Answer(
          message == null
              ? away.getClass().getSimpleName()
              : message.lines().findFirst().orElse(""),
          state != null && state.startsWith(INVALID_AUTHORIZATION));
    }
  }

  /// Runs statements, each for itself.
  ///
  /// @throws DatabaseAwayException if the database does not answer
  public <T extends @Nullable Object> T with(Function<Handle, T> work) {
    try {
      return jdbi.withHandle(work::apply);
    } catch (JdbiException failed) {
      throw translated(failed);
    }
  }

  /// Runs statements that count all or none.
  ///
  /// @throws DatabaseAwayException if the database does not answer
  public <T extends @Nullable Object> T inTransaction(Function<Handle, T> work) {
    try {
      return jdbi.inTransaction(work::apply);
    } catch (JdbiException failed) {
      throw translated(failed);
    }
  }

  private static RuntimeException translated(JdbiException failed) {
    for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql && isAway(sql)) {
        return new DatabaseAwayException(failed);
      }
    }
    return failed;
  }

  /// Whether the fault is the connection's or the server's state, not the statement's (PostgreSQL,
  /// appendix A: class 08; too many connections; shutting down, crashed, starting up; a standby).
  static boolean isAway(SQLException sql) {
    String state = sql.getSQLState();
    return sql instanceof SQLTransientConnectionException
        || (state != null
            && (state.startsWith("08")
                || state.startsWith("57P")
                || state.equals("53300")
                || state.equals("25006")));
  }

  /// The name of the constraint that a statement broke, or null.
  public static @Nullable String brokenConstraint(Throwable failed) {
    for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
      if (cause instanceof org.postgresql.util.PSQLException sql
          && sql.getServerErrorMessage() != null) {
        return sql.getServerErrorMessage().getConstraint();
      }
    }
    return null;
  }

  @Override
  public void close() {
    pool.close();
  }
}
