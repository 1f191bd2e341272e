package io.wiregate.control.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wiregate.control.state.StateException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init")
final class SealingKeyTest {
  @TempDir Path directory;
  private final byte[] secret = new byte[32];

  @Test
  void open_sealedForThePlace_givesTheSecret() {
    SealingKey key = SealingKey.generate(directory.resolve("key"));
    Sealed sealed = key.seal(secret, "here");
    assertThat(key.open(sealed, "here")).isEqualTo(secret);
    assertThat(sealed.bytes()).hasSize(12 + 32 + 16);
  }

  @Test
  void open_atAnotherPlace_isRefused() {
    SealingKey key = SealingKey.generate(directory.resolve("key"));
    Sealed sealed = key.seal(secret, "here");
    assertThatThrownBy(() -> key.open(sealed, "there")).isInstanceOf(StateException.class);
  }

  @Test
  void open_withAnotherKey_namesBoth() {
    SealingKey key = SealingKey.generate(directory.resolve("key"));
    SealingKey other = SealingKey.generate(directory.resolve("other"));
    Sealed sealed = key.seal(secret, "here");
    assertThatThrownBy(() -> other.open(sealed, "here"))
        .hasMessageContaining(key.id())
        .hasMessageContaining(other.id());
  }

  @Test
  void seal_twice_givesDifferentBytes() {
    SealingKey key = SealingKey.generate(directory.resolve("key"));
    assertThat(key.seal(secret, "here").bytes()).isNotEqualTo(key.seal(secret, "here").bytes());
  }

  @Test
  void file_written_isReadAgainAndClosedToOthers() throws IOException {
    Path file = directory.resolve("key");
    SealingKey key = SealingKey.generate(file);
    assertThat(SealingKey.read(file).orElseThrow().id()).isEqualTo(key.id());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void file_cutShort_isRefused() throws IOException {
    Path file = Files.writeString(directory.resolve("key"), "c2hvcnQ=");
    assertThatThrownBy(() -> SealingKey.read(file)).isInstanceOf(StateException.class);
    assertThat(SealingKey.read(directory.resolve("none"))).isEmpty();
  }
}
