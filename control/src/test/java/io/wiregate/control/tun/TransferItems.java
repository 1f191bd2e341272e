package io.wiregate.control.tun;

import static io.wiregate.control.tun.LoopbackTunnel.FIRST_4;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.conformance.Proves;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Items 1 to 5: what is counted, and traffic of all kinds and sizes.
@Execution(ExecutionMode.CONCURRENT)
abstract class TransferItems extends NetnsItems {
  /// As large as the kernel's test has it.
  private static final int JUMBO_MTU = 34816 - 1500 + LoopbackTunnel.MTU;

  TransferItems(Implementation first, Implementation second) {
    super(first, second);
  }

  @Test
  @Proves({"netns.01", "data.counters"})
  void counters_afterTenPings_areExact() {
    try (LoopbackTunnel tunnel = LoopbackTunnel.open(first, second)) {
      tunnel.second().floodPing(FIRST_4);
      Host.Transfer ofSecond = tunnel.second().transfer();
      assertThat(ofSecond).matches(NetnsItems::isTenPings);
      assertThat(tunnel.first().transfer()).isEqualTo(ofSecond.mirrored());
      assertThat(tunnel.first().hadHandshake()).isTrue();
    }
  }

  @Test
  @Proves({"netns.02", "netns.03", "netns.04"})
  void traffic_overIpv4_passes() {
    try (LoopbackTunnel tunnel = LoopbackTunnel.open(first, second)) {
      tunnel.carryTraffic();
      tunnel.setMtu(JUMBO_MTU);
      tunnel.carryTraffic();
    }
  }

  @Test
  @Proves("netns.04")
  void traffic_overIpv6_passes() {
    try (LoopbackTunnel tunnel = LoopbackTunnel.open(first, second)) {
      tunnel.overIpv6();
      tunnel.carryTraffic();
      tunnel.setMtu(JUMBO_MTU);
      tunnel.carryTraffic();
    }
  }

  /// A ping of 1,297 bytes would be padded to 1,312, and even up to 1,300 it would be one too much.
  @Test
  @Proves({"netns.05", "message.padding"})
  void padding_endsAtTheMtu() {
    try (LoopbackTunnel tunnel = LoopbackTunnel.open(first, second)) {
      tunnel
          .outside()
          .exec(
              "nft",
              "table inet t { chain in { type filter hook input priority 0;"
                  + " ip length >= 1360 counter drop; }; }");
      // A program hears of the MTU a moment later, in whatever way.
      tunnel.setMtu(1299);
      Await.until("a ping that is padded passes", PATIENCE, () -> largePing(tunnel));
      assertThat(largePing(tunnel)).isTrue();

      // And the filter is one: what is as large as the interface lets through, is dropped there.
      tunnel.setMtu(1300);
      Await.until("it is padded to the new MTU", PATIENCE, () -> !largePing(tunnel));
    }
  }

  private static boolean largePing(LoopbackTunnel tunnel) {
    return tunnel
        .second()
        .tryExec("ping", "-n", "-c", "1", "-W", "1", "-s", "1269", FIRST_4)
        .succeeded();
  }
}
