package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.path.HandshakeSink;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.udp.ReceiveBatch;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// The queues of all interfaces, which handshake threads serve in turn: a flood at one interface
/// takes no place at another, and no more than its turn of the time. Any thread.
final class HandshakeQueues implements HandshakeSink {
  private final AtomicReferenceArray<@Nullable HandshakeQueue> queues =
      new AtomicReferenceArray<>(Worker.MAX_INTERFACES);
  private final Runnable onOffered;

  /// @param onOffered called after each message that waits now, without waiting itself
  HandshakeQueues(Runnable onOffered) {
    this.onOffered = onOffered;
  }

  /// Begins to take messages of an interface.
  void open(HandshakeQueue queue) {
    queues.set(queue.peers().number(), queue);
  }

  /// Takes no more of an interface, and drops what waits; for when its workers have let go.
  void close(PeerTable peers) {
    queues.set(peers.number(), null);
  }

  @Override
  public @Nullable Outcome offer(
      PeerTable peers,
      NativeBuffer data,
      int offset,
      int length,
      ReceiveBatch batch,
      int index,
      long now) {
    HandshakeQueue queue = queues.get(peers.number());
    if (queue == null) {
      return Outcome.HANDSHAKE_UNEXPECTED;
    }
    Outcome refused = queue.offer(data, offset, length, batch, index, now);
    if (refused == null) {
      onOffered.run();
    }
    return refused;
  }

  /// Takes a message.
  ///
  /// @param into gets a copy
  /// @param first number of the interface to look at first
  /// @return the number of the interface that it came to, -1 where none waits
  int poll(ReceivedHandshake into, int first) {
    for (int i = 0; i < Worker.MAX_INTERFACES; i++) {
      int number = (first + i) % Worker.MAX_INTERFACES;
      HandshakeQueue queue = queues.get(number);
      if (queue != null && queue.poll(into)) {
        return number;
      }
    }
    return -1;
  }

  boolean isEmpty() {
    for (int i = 0; i < Worker.MAX_INTERFACES; i++) {
      HandshakeQueue queue = queues.get(i);
      if (queue != null && !queue.isEmpty()) {
        return false;
      }
    }
    return true;
  }
}
