package io.wiregate.control.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init")
final class ServiceUserTest {
  @TempDir Path directory;

  private static int ourUser() throws IOException {
    Process id = new ProcessBuilder("id", "-u").start();
    return Integer.parseInt(
        new String(id.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip());
  }

  @Test
  void choose_switchesForRootOnly() throws IOException {
    ServiceUser user = ServiceUser.choose();
    if (ourUser() == 0) {
      assertThat(user.isSwitch()).isTrue();
      assertThat(user.uid()).isNotZero();
      assertThat(user.prefix()).contains("setpriv", "--no-new-privs");
    } else {
      assertThat(user).isEqualTo(new ServiceUser(ourUser(), false));
      assertThat(user.prefix()).isEmpty();
    }
  }

  @Test
  void checkReach_closedDirectoryAbove_isNamed() throws IOException {
    Path closed = Files.createDirectory(directory.resolve("closed"));
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
    Path inside = Files.createDirectory(closed.resolve("inside"));
    ServiceUser other = new ServiceUser(60_600, true);
    assertThatThrownBy(() -> other.checkReach(inside))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("closed")
        .hasMessageContaining("--state");
  }
}
