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
      staged.add(buffer, 8, 4, 1);
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
      staged.add(buffer, 0, 64, 1);
      staged.close();

      assertThat(total).hasValue(0);
      assertThat(staged.add(buffer, 0, 64, 1)).isEqualTo(StagedPackets.REFUSED);
      assertThat(staged.isWaiting()).isFalse();
      assertThat(total).hasValue(0);
    }
  }

  /// Until what was taken has been sent, later ones have to wait, and one thread sends.
  @Test
  @Proves("fault.10-reordering")
  void isWaiting_whileSomebodySends_untilNothingHasComeMeanwhile() {
    StagedPackets staged = new StagedPackets(total);
    try (NativeBuffer buffer = NativeBuffer.allocate(64)) {
      assertThat(staged.isWaiting()).isFalse();
      staged.add(buffer, 0, 1, 1);
      assertThat(staged.isWaiting()).isTrue();

      assertThat(staged.beginDrain()).isTrue();
      assertThat(staged.beginDrain()).isFalse();
      assertThat(staged.poll()).hasSize(1);
      assertThat(staged.isWaiting()).as("taken and not yet sent").isTrue();
      staged.add(buffer, 0, 2, 1);
      assertThat(staged.endDrain()).isTrue();
      assertThat(staged.isWaiting()).isTrue();

      assertThat(staged.beginDrain()).isTrue();
      assertThat(staged.poll()).hasSize(2);
      assertThat(staged.endDrain()).isFalse();
      assertThat(staged.isWaiting()).isFalse();
    }
  }

  /// All of a large read wait, give way or are dropped, and each packet of it counts.
  @Test
  void add_largeReads_areCountedInPackets() {
    StagedPackets staged = new StagedPackets(total);
    int length = (int) (StagedPackets.MAX_PEER_BYTES / 2);
    try (NativeBuffer buffer = NativeBuffer.allocate(length + 1)) {
      assertThat(staged.add(buffer, 0, length, 45)).isZero();
      assertThat(staged.add(buffer, 0, length, 30)).isZero();
      assertThat(staged.add(buffer, 0, length, 7)).isEqualTo(45);
      assertThat(staged.add(buffer, 0, length + 1, 5)).isEqualTo(37);
      assertThat(staged.add(buffer, 0, 1, 1)).isZero();
      assertThat(staged.add(buffer, 0, 1, 9)).isZero();
      assertThat(staged.clear()).isEqualTo(15);
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
                    staged.add(buffer, 0, 1 + (i * 7919 + seed) % 65535, 1);
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
