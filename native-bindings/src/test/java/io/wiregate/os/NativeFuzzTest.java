package io.wiregate.os;

import io.wiregate.os.testing.fuzz.FuzzProcess;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Everything of this module that reads what others wrote, under a coverage-guided fuzzer.
@Timeout(value = 1, unit = TimeUnit.HOURS)
final class NativeFuzzTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "io.wiregate.os.link.NetlinkReplyFuzz",
        "io.wiregate.os.udp.AddressTextFuzz",
        "io.wiregate.os.udp.ReceivedControlFuzz"
      })
  void target_anyBytes_areHarmless(String target) {
    FuzzProcess.run(target);
  }
}
