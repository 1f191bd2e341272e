package io.wiregate.dataplane.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.noise.HandshakeRateLimiter;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.testing.conformance.Proves;
import io.wiregate.os.udp.ReceiveBatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HandshakeLaneTest {
  private static final int LENGTH = 148;

  private static final long SECOND = 1_000_000_000L;
  private static final long START = 77 * SECOND;

  private final HandshakeLane lane =
      new HandshakeLane(new HandshakeRateLimiter(1, new SecureRandom(), 0));
  private final ReceivedHandshake offered = new ReceivedHandshake();
  private final ReceivedHandshake message = new ReceivedHandshake();
  private final NativeBuffer data = NativeBuffer.allocate(256);
  private final ReceiveBatch batch = new ReceiveBatch(1, 256);

  @AfterEach
  void close() {
    data.close();
    batch.close();
  }

  private boolean offer(NativeBuffer from, int value, int length) {
    from.putInt(8, value);
    from.putInt(8 + length - 4, ~value);
    offered.set(from, 8, length, batch, 0);
    return lane.offer(offered);
  }

  private static int value(ReceivedHandshake of) {
    byte[] bytes = of.bytes();
    int last = of.length() - 4;
    for (int i = 0; i < 4; i++) {
      if ((byte) ~bytes[i] != bytes[last + i]) {
        return -1;
      }
    }
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getInt();
  }

  @Test
  void poll_empty_findsNothing() {
    assertThat(lane.isEmpty()).isTrue();
    assertThat(lane.poll(message)).isFalse();
  }

  @Test
  void lane_full_refusesAndStaysInOrder() {
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < HandshakeLane.CAPACITY; i++) {
        assertThat(offer(data, i, i % 2 == 0 ? LENGTH : 92)).isTrue();
      }
      assertThat(offer(data, 7, LENGTH)).isFalse();
      assertThat(lane.size()).isEqualTo(HandshakeLane.CAPACITY);

      for (int i = 0; i < HandshakeLane.CAPACITY; i++) {
        assertThat(lane.poll(message)).isTrue();
        assertThat(value(message)).isEqualTo(i);
        assertThat(message.length()).isEqualTo(i % 2 == 0 ? LENGTH : 92);
        assertThat(message.lane()).isSameAs(lane);
      }
      assertThat(lane.poll(message)).isFalse();
    }
  }

  @Test
  void poll_message_isACopy() {
    offer(data, 1, LENGTH);
    lane.poll(message);
    for (int i = 0; i < HandshakeLane.CAPACITY; i++) {
      offer(data, 2, LENGTH);
    }

    assertThat(value(message)).isEqualTo(1);
  }

  @Test
  void lane_severalProducersAndConsumers_losesAndDoublesNothing() throws InterruptedException {
    int perProducer = 30_000;
    int producers = 3;
    int consumers = 2;
    AtomicInteger taken = new AtomicInteger();
    AtomicInteger faults = new AtomicInteger();
    BitSet[] seen = new BitSet[consumers];
    Thread[] threads = new Thread[producers + consumers];
    for (int p = 0; p < producers; p++) {
      int base = p * perProducer;
      threads[p] =
          Thread.ofPlatform()
              .start(() -> {
                try (NativeBuffer own = NativeBuffer.allocate(256);
                    ReceiveBatch from = new ReceiveBatch(1, 256)) {
                  ReceivedHandshake message = new ReceivedHandshake();
                  for (int i = 0; i < perProducer; i++) {
                    own.putInt(0, base + i);
                    own.putInt(LENGTH - 4, ~(base + i));
                    message.set(own, 0, LENGTH, from, 0);
                    while (!lane.offer(message)) {
                      LockSupport.parkNanos(1000);
                    }
                  }
                }
              });
    }
    for (int c = 0; c < consumers; c++) {
      BitSet mine = new BitSet();
      seen[c] = mine;
      threads[producers + c] =
          Thread.ofPlatform()
              .start(() -> {
                ReceivedHandshake into = new ReceivedHandshake();
                int[] last = {-1, -1, -1};
                while (taken.get() < producers * perProducer) {
                  if (!lane.poll(into)) {
                    LockSupport.parkNanos(1000);
                    continue;
                  }
                  int value = value(into);
                  taken.incrementAndGet();
                  // Torn, doubled, or out of its producer's order.
                  if (value < 0 || mine.get(value) || value <= last[value / perProducer]) {
                    faults.incrementAndGet();
                  } else {
                    mine.set(value);
                    last[value / perProducer] = value;
                  }
                }
              });
    }
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(faults).hasValue(0);
    assertThat(seen[0].intersects(seen[1])).isFalse();
    assertThat(seen[0].cardinality() + seen[1].cardinality()).isEqualTo(producers * perProducer);
    assertThat(lane.isEmpty()).isTrue();
  }

  private void fill(int count) {
    for (int i = 0; i < count; i++) {
      offer(data, i, LENGTH);
    }
  }

  private void drain() {
    while (lane.poll(message)) {
      // until it is empty
    }
  }

  @Test
  void isUnderLoad_lessThanAQuarterWaits_isNot() {
    fill(HandshakeLane.CAPACITY / 4 - 1);

    assertThat(lane.isUnderLoad(START)).isFalse();
    assertThat(lane.isUnderLoad(0)).isFalse();
  }

  @Test
  @Proves("load.sticky")
  void isUnderLoad_onceItIs_staysSoForASecond() {
    fill(HandshakeLane.CAPACITY / 4);
    assertThat(lane.isUnderLoad(START)).isTrue();
    drain();

    assertThat(lane.isUnderLoad(START + SECOND - 1)).isTrue();
    assertThat(lane.isUnderLoad(START + SECOND)).isFalse();
  }

  @Test
  void isUnderLoad_again_countsFromTheLastTime() {
    fill(HandshakeLane.CAPACITY / 4);
    lane.isUnderLoad(START);
    lane.isUnderLoad(START + SECOND / 2);
    drain();

    assertThat(lane.isUnderLoad(START + SECOND)).isTrue();
    assertThat(lane.isUnderLoad(START + SECOND + SECOND / 2)).isFalse();
  }

  @Test
  void isUnderLoad_moreForNothingThanAllowed_isSoForASecond() {
    for (int i = 0; i < HandshakeLane.FUTILE_BURST; i++) {
      lane.countFutile(START);
    }
    assertThat(lane.isUnderLoad(START)).isFalse();
    lane.countFutile(START);
    assertThat(lane.isUnderLoad(START)).isTrue();
    assertThat(lane.isUnderLoad(START + SECOND - 1)).isTrue();
    assertThat(lane.isUnderLoad(START + SECOND)).isFalse();
  }

  /// While a flood is refused at the door, nothing shows but that.
  @Test
  void isUnderLoad_whileManyAreRefused_isSo() {
    for (int i = 0; i < HandshakeLane.FUTILE_BURST + 1; i++) {
      lane.countFutile(START);
    }
    int perSecond = 2 * HandshakeLane.FUTILE_PER_SECOND * HandshakeLane.REFUSED_FOR_A_FUTILE;
    for (int i = 0; i < 10 * perSecond; i++) {
      long now = START + i * SECOND / perSecond;
      lane.countRefused(now);
      assertThat(lane.isUnderLoad(now)).isTrue();
    }
  }

  @Test
  void isUnderLoad_whileFewAreRefused_endsAfterASecond() {
    for (int i = 0; i < HandshakeLane.FUTILE_BURST + 1; i++) {
      lane.countFutile(START);
    }
    int perSecond = HandshakeLane.FUTILE_PER_SECOND * HandshakeLane.REFUSED_FOR_A_FUTILE / 2;
    for (int i = 1; i < 2 * perSecond; i++) {
      lane.countRefused(START + i * SECOND / perSecond);
    }
    assertThat(lane.isUnderLoad(START + 2 * SECOND)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {HandshakeLane.FUTILE_BURST + 1, 1_000_000}) // however long the flood was
  void isUnderLoad_afterSilence_allowsAsMuchForNothingAsTimeHasPassed(int before) {
    for (int i = 0; i < before; i++) {
      lane.countFutile(START);
    }
    long later = START + 2 * SECOND;
    for (int i = 0; i < 2 * HandshakeLane.FUTILE_PER_SECOND - 1; i++) {
      lane.countFutile(later);
    }
    assertThat(lane.isUnderLoad(later)).isFalse();
    lane.countFutile(later);
    assertThat(lane.isUnderLoad(later)).isTrue();
  }
}
