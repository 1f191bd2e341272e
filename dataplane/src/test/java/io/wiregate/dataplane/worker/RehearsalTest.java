package io.wiregate.dataplane.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.Engines;
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
      warmUp.awaitEnd();
    }
    long before = openFiles();
    try (Rehearsal rehearsal = rehearsal(UdpOffloads.ALL)) {
      rehearsal.start();
      rehearsal.awaitEnd();
      assertThat(rehearsal.handshakes()).isEqualTo(20);
      assertThat(rehearsal.rounds()).isPositive();
    }
    assertThat(openFiles()).isEqualTo(before);
  }

  @Test
  void rehearsal_closedAtOnce_endsEarlyAndLeavesNoFileOpen() throws IOException {
    Rehearsal whole = rehearsal(UdpOffloads.NONE);
    whole.start(); // loads what stays open, too
    whole.awaitEnd();
    long before = openFiles();
    Rehearsal rehearsal = rehearsal(UdpOffloads.NONE);
    rehearsal.start();
    rehearsal.close();
    assertThat(rehearsal.rounds()).isLessThan(whole.rounds());
    whole.close();
    assertThat(openFiles()).isEqualTo(before);
  }

  @Test
  void rehearsal_notStarted_canBeClosed() {
    Rehearsal rehearsal = rehearsal(UdpOffloads.NONE);
    rehearsal.close();
    assertThat(rehearsal.handshakes()).isZero();
    assertThat(rehearsal.rounds()).isZero();
  }

  private static Rehearsal rehearsal(UdpOffloads offloads) {
    Engines engines = Engines.select(null);
    return new Rehearsal(engines.aead(), engines.x25519(), offloads, new SecureRandom());
  }

  private static long openFiles() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.filter(file -> file.getFileName() != null).count();
    }
  }
}
