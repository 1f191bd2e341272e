package io.wiregate.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.conformance.Proves;
import io.wiregate.os.testing.stress.StressProcess;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What threads share is seen whole and in order, whatever the processor and the compiler do: the
/// classes `...Stress` beside what they try. What is shared, and why that is sound, is in
/// `docs/threads.md`.
@Timeout(value = 1, unit = TimeUnit.HOURS)
final class ConcurrencyTest {
  /// Thirteen when this was written: an interleaving that is not tried proves nothing.
  private static final int AT_LEAST = 13;

  @Test
  @Proves({"proof.concurrency", "fault.13-endpoint-race"})
  void shared_anyInterleaving_isSeenWhole() {
    assertThat(StressProcess.run("io.wiregate.dataplane")).isGreaterThanOrEqualTo(AT_LEAST);
  }
}
