package io.wiregate.dataplane.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.testing.conformance.Proves;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StagedPacketsTest {
  private final AtomicLong total = new AtomicLong();

  @Test
  void add_packet_isCopied() {
    StagedPackets staged = new StagedPackets(total);
    try (NativeBuffer buffer = NativeBuffer.allocate(64)) {
      buffer.putInt(8, 0x01020304);
      staged.add(buffer, 8, 4);
      buffer.putInt(8, 0);
      byte[] packet = Objects.requireNonNull(staged.poll());

      assertThat(packet).hasSize(4);
      buffer.copyFrom(0, packet, 0, 4);
      assertThat(buffer.getInt(0)).isEqualTo(0x01020304);
    }
  }

  @Test
  void add_afterClose_isLostAndCountsNoBytes() {
    StagedPackets staged = new StagedPackets(total);
    try (NativeBuffer buffer = NativeBuffer.allocate(64)) {
      staged.add(buffer, 0, 64);
      staged.close();

      assertThat(total).hasValue(0);
      assertThat(staged.add(buffer, 0, 64)).isEqualTo(1);
      assertThat(staged.isEmpty()).isTrue();
      assertThat(total).hasValue(0);
    }
  }

  @Test
  @Proves("fault.15-memory")
  void total_manyThreadsAndPeers_isNeverExceededAndComesBackToZero() throws InterruptedException {
    AtomicInteger exceeded = new AtomicInteger();
    StagedPackets[] peers = new StagedPackets[4];
    Thread[] threads = new Thread[peers.length];
    try (NativeBuffer buffer = NativeBuffer.allocate(65536)) {
      for (int t = 0; t < peers.length; t++) {
        StagedPackets staged = new StagedPackets(total);
        peers[t] = staged;
        int seed = t;
        threads[t] =
            Thread.ofPlatform()
                .start(() -> {
                  for (int i = 0; i < 5000; i++) {
                    staged.add(buffer, 0, 1 + (i * 7919 + seed) % 65535);
                    if (i % 5 == 0) {
                      staged.poll();
                    }
                    long kept = total.get();
                    if (kept < 0 || kept > StagedPackets.MAX_TOTAL_BYTES + 4 * 65536) {
                      exceeded.incrementAndGet();
                    }
                  }
                });
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }
    for (StagedPackets staged : peers) {
      staged.clear();
    }

    assertThat(exceeded).hasValue(0);
    assertThat(total).hasValue(0);
  }
}
