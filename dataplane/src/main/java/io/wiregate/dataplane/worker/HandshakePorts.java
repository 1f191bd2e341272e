package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.session.PeerTable;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// What handshake threads know of the interfaces: the port that each sends through, and what became
/// of its messages. Any thread.
final class HandshakePorts {
  private static final int OUTCOMES = Outcome.values().length;

  private final AtomicReferenceArray<@Nullable UdpPort> ports =
      new AtomicReferenceArray<>(Worker.MAX_INTERFACES);
  private final AtomicLongArray counts = new AtomicLongArray(Worker.MAX_INTERFACES * OUTCOMES);

  /// The port of an interface, null while that is down.
  @Nullable UdpPort get(PeerTable peers) {
    return ports.get(peers.number());
  }

  void set(PeerTable peers, @Nullable UdpPort port) {
    ports.set(peers.number(), port);
  }

  void count(PeerTable peers, Outcome outcome) {
    counts.incrementAndGet(peers.number() * OUTCOMES + outcome.index());
  }

  /// How often handshake threads counted an outcome for an interface.
  long counted(PeerTable peers, Outcome outcome) {
    return counts.get(peers.number() * OUTCOMES + outcome.index());
  }

  /// Starts over, for a new interface under a number that was used before.
  void reset(PeerTable peers) {
    for (int i = 0; i < OUTCOMES; i++) {
      counts.set(peers.number() * OUTCOMES + i, 0);
    }
  }
}
