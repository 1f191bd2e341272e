package io.wiregate.control.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init")
final class StateDirectoryTest {
  @TempDir Path directory;

  @Test
  void open_besideAnother_isRefusedAndNamesIt() {
    Path path = directory.resolve("a/b");
    try (StateDirectory held = StateDirectory.open(path)) {
      assertThatThrownBy(() -> StateDirectory.open(held.path()))
          .isInstanceOf(StateException.class)
          .hasMessageContaining(Long.toString(ProcessHandle.current().pid()));
    }
    StateDirectory.open(path).close();
  }

  @Test
  void writeSecret_overAnotherFile_isWholeAndClosedToOthers() throws IOException {
    Path file = Files.writeString(directory.resolve("secret"), "something longer than that");
    StateDirectory.writeSecret(file, "new\n");
    assertThat(StateDirectory.read(file)).contains("new");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(directory.resolve("secret.part")).doesNotExist();
  }

  @Test
  void open_overAFile_saysWhatToDo() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "");
    assertThatThrownBy(() -> StateDirectory.open(file))
        .isInstanceOf(StateException.class)
        .hasMessageContaining("--state");
  }
}
