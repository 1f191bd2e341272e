package io.wiregate.control.database;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/// Brings the schema up to date.
public final class Migrations {
  /// The newest migration on the class path; a test compares the two.
  static final int NEWEST = 1;

  private static final String LOCATION = "classpath:io/wiregate/control/database/migration";

  private Migrations() {}

  /// Runs what is missing; nodes that start together wait for each other.
  ///
  /// @throws DatabaseException if the schema is of a newer version, or a migration fails
  public static void run(Database database) {
    if (applied(database) == NEWEST) {
      return; // Flyway takes half a second to come to the same result
    }
    try {
      Flyway.configure(Migrations.class.getClassLoader())
          .dataSource(database.dataSource())
          .locations(LOCATION)
          .failOnMissingLocations(true)
          .validateMigrationNaming(true)
          .load()
          .migrate();
    } catch (FlywayException failed) {
      throw new DatabaseException(
          "The database's tables cannot be brought up to date: "
              + String.valueOf(failed.getMessage()).lines().findFirst().orElse("")
              + ".",
          failed);
    }
  }

  /// 0 for an empty database.
  private static int applied(Database database) {
    String newest =
        "SELECT max(version::int) FROM flyway_schema_history WHERE success AND version IS NOT NULL"
            + " HAVING bool_and(success)";
    int version;
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      try (ResultSet history =
          statement.executeQuery("SELECT to_regclass('flyway_schema_history') IS NOT NULL")) {
        history.next();
        if (!history.getBoolean(1)) {
          return 0;
        }
      }
      try (ResultSet result = statement.executeQuery(newest)) {
        version = result.next() ? result.getInt(1) : 0;
      }
    } catch (SQLException failed) {
      if (Database.isAway(failed)) {
        throw new DatabaseAwayException(failed);
      }
      throw new DatabaseException(
          "The database's history of changes cannot be read: " + failed.getMessage() + ".", failed);
    }
    if (version > NEWEST) {
      throw new DatabaseException(
          "The database was used by a newer wiregate (its tables are of version "
              + version
              + ", this program knows "
              + NEWEST
              + "): start that one.");
    }
    return version;
  }
}
