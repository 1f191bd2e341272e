package io.wiregate.os;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.conformance.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class BootClockTest {
  @Test
  @Proves("timer.suspend")
  void nanos_always_isTheTimeSinceBoot() throws IOException {
    try (BootClock clock = new BootClock()) {
      double before = uptime();
      double now = clock.nanos() / 1e9;
      double after = uptime();

      // /proc/uptime has hundredths.
      assertThat(now).isBetween(before - 0.02, after + 0.02);
    }
  }

  @Test
  void nanos_again_neverGoesBack() {
    try (BootClock clock = new BootClock()) {
      long last = clock.nanos();
      for (int i = 0; i < 10_000; i++) {
        long now = clock.nanos();
        assertThat(now >= last).isTrue();
        last = now;
      }
    }
  }

  private static double uptime() throws IOException {
    String text = Files.readString(Path.of("/proc/uptime"));
    return Double.parseDouble(text.substring(0, text.indexOf(' ')));
  }
}
