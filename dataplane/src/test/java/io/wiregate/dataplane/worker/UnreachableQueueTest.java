package io.wiregate.dataplane.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.offload.UnreachableMessage;
import io.wiregate.os.NativeBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class UnreachableQueueTest {
  private final AtomicInteger offered = new AtomicInteger();
  private final UnreachableQueue queue = new UnreachableQueue(offered::incrementAndGet);
  private final NativeBuffer from = NativeBuffer.allocate(4096);
  private final NativeBuffer to = NativeBuffer.allocate(8 + UnreachableQueue.LARGEST);

  @AfterEach
  void close() {
    queue.close();
    from.close();
    to.close();
  }

  /// The number at its start and, inverted, at its end.
  private boolean offer(int value, int length) {
    from.putInt(16, value);
    from.putInt(16 + length - 4, ~value);
    return queue.offer(from, 16, length);
  }

  private int poll(int length) {
    assertThat(queue.poll(to, 8)).isEqualTo(length);
    assertThat(to.getInt(8 + length - 4)).isEqualTo(~to.getInt(8));
    return to.getInt(8);
  }

  @Test
  void poll_empty_findsNothing() {
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.poll(to, 8)).isZero();
  }

  @Test
  void queue_full_refusesAndStaysInOrder() {
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < UnreachableQueue.CAPACITY; i++) {
        assertThat(offer(i, 28 + i)).isTrue();
      }
      assertThat(offer(-1, 28)).isFalse();
      for (int i = 0; i < UnreachableQueue.CAPACITY; i++) {
        assertThat(queue.isEmpty()).isFalse();
        assertThat(poll(28 + i)).isEqualTo(i);
      }
      assertThat(queue.isEmpty()).isTrue();
      assertThat(offer(round, 28)).isTrue(); // so that rounds begin elsewhere
      assertThat(poll(28)).isEqualTo(round);
    }
    assertThat(offered).hasValue(3 * (UnreachableQueue.CAPACITY + 1));
  }

  @Test
  void offer_largestQuote_fits() {
    int largest = UnreachableMessage.quoteLimit(true);
    assertThat(offer(7, largest)).isTrue();
    assertThat(poll(largest)).isEqualTo(7);
    assertThat(offer(8, UnreachableQueue.LARGEST)).isTrue();
    assertThat(poll(UnreachableQueue.LARGEST)).isEqualTo(8);
    assertThat(queue.offer(from, 0, UnreachableQueue.LARGEST + 1)).isFalse();
  }

  @Test
  void threads_oneOnEachSide_passEverythingInOrder() throws InterruptedException {
    int count = 200_000;
    Thread worker =
        Thread.ofPlatform()
            .start(() -> {
              for (int i = 1; i <= count; i++) {
                while (!offer(i, 28 + i % 100)) {
                  Thread.onSpinWait();
                }
              }
            });
    for (int i = 1; i <= count; i++) {
      while (queue.isEmpty()) {
        Thread.onSpinWait();
      }
      assertThat(poll(28 + i % 100)).isEqualTo(i);
    }
    worker.join();
    assertThat(queue.isEmpty()).isTrue();
  }
}
