package io.wiregate.control.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ReadinessTest {
  @TempDir private Path directory;

  @Test
  void announce_writesTheLineToTheInheritedDescriptor() throws Exception {
    Path file = directory.resolve("pipe");
    try (FileChannel inherited =
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        Readiness readiness = Readiness.of(descriptorOf(file))) {
      assertThat(inherited.size()).isZero();
      readiness.announce();
    }
    assertThat(file).hasContent("ready\n");
  }

  @Test
  void announce_withNobodyWaiting_doesNothing() {
    try (Readiness readiness = Readiness.of(null)) {
      readiness.announce();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "three", "999999"})
  void descriptor_thatIsNotOpen_isNamed(String descriptor) {
    assertThatExceptionOfType(CommandFailure.class)
        .isThrownBy(() -> Readiness.of(descriptor))
        .withMessageContaining("WIREGATE_READY_FD")
        .withMessageContaining(descriptor);
  }

  private static String descriptorOf(Path file) throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors
          .filter(descriptor -> leadsTo(descriptor, file))
          .map(descriptor -> descriptor.getFileName().toString())
          .findFirst()
          .orElseThrow();
    }
  }

  private static boolean leadsTo(Path descriptor, Path file) {
    try {
      return Files.exists(descriptor) && Files.isSameFile(descriptor, file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
