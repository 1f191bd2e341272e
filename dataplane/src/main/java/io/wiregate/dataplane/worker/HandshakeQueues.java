package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.session.PeerTable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// The queues of all interfaces, which handshake threads serve in turn: a flood at one interface
/// takes no place at another, and no more than its turn of the time. Any thread.
final class HandshakeQueues {
  private final AtomicReferenceArray<@Nullable HandshakeQueue> queues =
      new AtomicReferenceArray<>(Worker.MAX_INTERFACES);
  private final Runnable onOffered;

  /// Those that there are, for a look at all; replaced under this object's monitor.
  private volatile List<HandshakeQueue> all = List.of();

  /// @param onOffered called after each message that waits now, without waiting itself
  HandshakeQueues(Runnable onOffered) {
    this.onOffered = onOffered;
  }

  /// Begins to take messages of an interface.
  synchronized void open(HandshakeQueue queue) {
    queues.set(queue.peers().number(), queue);
    List<HandshakeQueue> more = new ArrayList<>(all);
    more.add(queue);
    all = List.copyOf(more);
  }

  /// Takes no more of an interface, and drops what waits; for when its workers have let go.
  synchronized void close(PeerTable peers) {
    queues.set(peers.number(), null);
    all = all.stream().filter(queue -> queue.peers() != peers).toList();
  }

  /// Takes a copy of a message.
  ///
  /// @param peers the table of the interface that it arrived at
  /// @param now the boot clock
  /// @return null where it waits now, else why it was refused
  @Nullable Outcome offer(PeerTable peers, ReceivedHandshake message, long now) {
    HandshakeQueue queue = queues.get(peers.number());
    if (queue == null) {
      return Outcome.HANDSHAKE_UNEXPECTED;
    }
    Outcome refused = queue.offer(message, now);
    if (refused == null) {
      onOffered.run();
    }
    return refused;
  }

  /// Takes a message.
  ///
  /// @param into gets a copy
  /// @param first which of the interfaces to look at first
  /// @return which of them it came to, -1 where none waits
  int poll(ReceivedHandshake into, int first) {
    List<HandshakeQueue> now = all;
    int count = now.size();
    for (int i = 0; i < count; i++) {
      int number = (first + i) % count;
      if (now.get(number).poll(into)) {
        return number;
      }
    }
    return -1;
  }

  boolean isEmpty() {
    List<HandshakeQueue> now = all;
    for (int i = 0; i < now.size(); i++) {
      if (!now.get(i).isEmpty()) {
        return false;
      }
    }
    return true;
  }
}
