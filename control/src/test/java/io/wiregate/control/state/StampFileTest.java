package io.wiregate.control.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.noise.Tai64n;
import io.wiregate.dataplane.noise.Tai64nClock;
import io.wiregate.os.testing.conformance.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("NullAway.Init")
final class StampFileTest {
  private static final long NOW = 1_800_000_000;

  @TempDir Path directory;

  private final List<String> said = new ArrayList<>();

  private Path file() {
    return directory.resolve("tai64n");
  }

  private Tai64nClock clock() {
    return StampFile.clock(file(), said::add);
  }

  @Test
  @Proves("handshake.timestamp-monotonic")
  void stamps_afterARestartWithTheClockSetBack_areLater() {
    Tai64n before = clock().stamp(NOW, 0);
    Tai64n after = clock().stamp(NOW - 100_000, 0);

    assertThat(after.isAfter(before)).isTrue();
    assertThat(said).isEmpty();
  }

  @Test
  void stamps_afterAnOrderlyEnd_goOnWithTheWallClock() {
    Tai64nClock clock = clock();
    clock.stamp(NOW, 0);
    clock.settle();

    assertThat(clock().stamp(NOW + 1, 0)).isEqualTo(Tai64n.whitened(NOW + 1, 0));
  }

  @Test
  void file_content_isTai64nsExternalForm() throws IOException {
    Tai64nClock clock = clock();
    clock.stamp(1_700_000_000, 200_000_000);
    clock.settle();

    assertThat(file()).hasContent("@400000006553f10a0b000000");
    assertThat(directory).isDirectoryNotContaining("glob:**.part");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "@",
        "@400000006553f10a0b0000",
        "@40000000zz53f10a0b000000",
        "@c00000006553f10a0b000000",
        "@400000006553f10aff000000",
        "yesterday"
      })
  void file_damaged_isToldAndTheWallClockTaken(String content) throws IOException {
    Files.writeString(file(), content);

    assertThat(clock().stamp(NOW, 0)).isEqualTo(Tai64n.whitened(NOW, 0));
    assertThat(said).singleElement().asString().contains(file().toString(), "wall clock");
    // It is whole from then on.
    assertThat(clock().stamp(NOW - 1, 0).isAfter(Tai64n.whitened(NOW, 0))).isTrue();
    assertThat(said).hasSize(1);
  }

  @Test
  void file_unreadable_isToldAndTheWallClockTaken() throws IOException {
    Files.createDirectory(file());

    assertThat(clock().stamp(NOW, 0)).isEqualTo(Tai64n.whitened(NOW, 0));
    assertThat(said).hasSize(2).first().asString().contains("cannot be read");
    assertThat(said.getLast()).contains("cannot be written");
  }

  @Test
  void file_unwritable_isToldOnce() throws IOException {
    Path missing = directory.resolve("missing/tai64n");
    Tai64nClock clock = StampFile.clock(missing, said::add);
    clock.stamp(NOW, 0);
    clock.stamp(NOW + 4000, 0);

    assertThat(said).singleElement().asString().contains("cannot be written");
  }
}
