package io.wiregate.dataplane.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.crypto.AeadEngines;
import io.wiregate.os.udp.UdpOffloads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// In the namespace of the test, whose loopback is up.
final class RehearsalTest {
  @Test
  void rehearsal_whole_endsByItselfAndLeavesNoFileOpen() throws Exception {
    try (Rehearsal warmUp = rehearsal(UdpOffloads.ALL)) {
      warmUp.start(); // loads what stays open: libraries, class files
      awaitEnd(warmUp);
    }
    long before = openFiles();
    try (Rehearsal rehearsal = rehearsal(UdpOffloads.ALL)) {
      rehearsal.start();
      awaitEnd(rehearsal);
      assertThat(rehearsal.rounds()).isPositive();
    }
    assertThat(openFiles()).isEqualTo(before);
  }

  @Test
  void rehearsal_closedAtOnce_endsEarly() {
    Rehearsal rehearsal = rehearsal(UdpOffloads.NONE);
    rehearsal.start();
    rehearsal.close();
    assertThat(rehearsal.isRunning()).isFalse();
  }

  @Test
  void rehearsal_notStarted_canBeClosed() {
    Rehearsal rehearsal = rehearsal(UdpOffloads.NONE);
    rehearsal.close();
    assertThat(rehearsal.rounds()).isZero();
  }

  private static Rehearsal rehearsal(UdpOffloads offloads) {
    return new Rehearsal(AeadEngines.select(null).engine(), offloads, new SecureRandom());
  }

  private static void awaitEnd(Rehearsal rehearsal) throws InterruptedException {
    while (rehearsal.isRunning()) {
      Thread.sleep(10);
    }
  }

  private static long openFiles() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.filter(file -> file.getFileName() != null).count();
    }
  }
}
