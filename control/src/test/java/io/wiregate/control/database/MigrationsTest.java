package io.wiregate.control.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class MigrationsTest {
  @Test
  void newest_isTheNewestFile() throws IOException, URISyntaxException {
    URL directory = Migrations.class.getResource("migration");
    try (Stream<Path> files = Files.list(Path.of(Objects.requireNonNull(directory).toURI()))) {
      int newest =
          files
              .map(file -> String.valueOf(file.getFileName()))
              .mapToInt(name -> Integer.parseInt(name.substring(1, name.indexOf("__"))))
              .max()
              .orElse(0);
      assertThat(Migrations.NEWEST).isEqualTo(newest);
    }
  }

  @Test
  void run_twice_changesNothingMore() {
    try (Database database = TestDatabase.open(TestDatabase.newUrl())) {
      Migrations.run(database);
      Migrations.run(database);
      int rows =
          database.with(handle ->
              handle
                  .createQuery("SELECT count(*) FROM flyway_schema_history")
                  .mapTo(Integer.class)
                  .one());
      assertThat(rows).isEqualTo(Migrations.NEWEST);
    }
  }

  @Test
  void run_databaseOfANewerProgram_isRefused() {
    try (Database database = TestDatabase.open(TestDatabase.newUrl())) {
      Migrations.run(database);
      database.with(handle ->
          handle.execute(
              "UPDATE flyway_schema_history SET version = ? WHERE version IS NOT NULL",
              Integer.toString(Migrations.NEWEST + 1)));
      assertThatThrownBy(() -> Migrations.run(database))
          .isInstanceOf(DatabaseException.class)
          .hasMessageContaining("newer");
    }
  }
}
