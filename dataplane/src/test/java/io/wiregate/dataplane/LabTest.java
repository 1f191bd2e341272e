package io.wiregate.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.testing.Lab;
import io.wiregate.os.OsException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/// Tests of one interface, `10.7.0.1/16`, of two workers: what one receives for the other is handed
/// over. It is made once for each class.
abstract class LabTest {
  private static @Nullable Lab lab;

  @BeforeAll
  static void openLab() throws OsException {
    lab = Lab.up(2, "10.7.0.1/16");
  }

  @AfterAll
  static void closeLab() {
    lab().close();
  }

  static Lab lab() {
    return Objects.requireNonNull(lab);
  }

  static Device device() {
    return lab().device();
  }

  /// Does something of which so many packets or messages come to that end, and no more.
  static void expect(Outcome outcome, int times, Runnable action) {
    long before = device().count(outcome);
    action.run();
    Lab.await(() -> device().count(outcome) >= before + times);
    assertThat(device().count(outcome)).isEqualTo(before + times);
  }
}
