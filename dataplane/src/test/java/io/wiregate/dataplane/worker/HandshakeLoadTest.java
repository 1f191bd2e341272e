package io.wiregate.dataplane.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.os.testing.conformance.Proves;
import org.junit.jupiter.api.Test;

class HandshakeLoadTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long START = 77 * SECOND;
  private static final int HIGH = 128;

  private final HandshakeLoad load = new HandshakeLoad();
  private final PeerTable peers = new PeerTable(0);

  @Test
  void load_fewerThanAnEighthOfTheQueueWait_isNotHigh() {
    assertThat(load.isHigh(peers, HIGH - 1, START)).isFalse();
    assertThat(load.isHigh(peers, 0, 0)).isFalse();
  }

  @Test
  @Proves("load.sticky")
  void load_onceHigh_staysSoForASecond() {
    assertThat(load.isHigh(peers, HIGH, START)).isTrue();

    assertThat(load.isHigh(peers, 0, START + SECOND - 1)).isTrue();
    assertThat(load.isHigh(peers, 0, START + SECOND)).isFalse();
  }

  @Test
  void load_highAgain_countsFromTheLastTime() {
    load.isHigh(peers, HIGH, START);
    load.isHigh(peers, HIGH, START + SECOND / 2);

    assertThat(load.isHigh(peers, 0, START + SECOND)).isTrue();
    assertThat(load.isHigh(peers, 0, START + SECOND + SECOND / 2)).isFalse();
  }

  @Test
  @Proves("load.per-interface")
  void load_highAtOneInterface_isNotSoAtAnother() {
    load.isHigh(peers, HIGH, START);

    assertThat(load.isHigh(new PeerTable(1), 0, START)).isFalse();
    assertThat(load.isHigh(new PeerTable(63), 0, START)).isFalse();
  }
}
