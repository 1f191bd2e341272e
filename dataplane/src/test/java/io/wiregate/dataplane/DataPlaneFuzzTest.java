package io.wiregate.dataplane;

import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import io.wiregate.os.testing.fuzz.FuzzProcess;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Everything that reads what strangers, peers and hosts inside wrote, under a coverage-guided
/// fuzzer.
@Timeout(value = 1, unit = TimeUnit.HOURS)
final class DataPlaneFuzzTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "io.wiregate.dataplane.noise.HandshakeMessagesFuzz",
        "io.wiregate.dataplane.offload.InnerPacketFuzz",
        "io.wiregate.dataplane.offload.SegmentCoalescerFuzz",
        "io.wiregate.dataplane.offload.SegmentSplitterFuzz",
        "io.wiregate.dataplane.path.InboundPathFuzz"
      })
  @Proves({"proof.fuzz-messages", "proof.fuzz-inner"})
  void target_anyBytes_areHarmless(String target) {
    FuzzProcess.run(target);
  }

  @Test
  @RequiresRoot
  @RequiresTool("ip")
  @Proves("proof.fuzz-uapi")
  void configurationSocket_anyBytes_areHarmless() {
    FuzzProcess.run("io.wiregate.dataplane.uapi.UapiConnectionFuzz");
  }
}
