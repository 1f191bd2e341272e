package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.session.PeerTable;
import java.util.concurrent.atomic.AtomicLongArray;

/// Whether more handshake messages arrive at an interface than can be worked on, which is when
/// cookies are asked for (paper, 5.3). Once it is so it stays so for a second, as in the kernel, so
/// that a flood in bursts does not slip through. Any thread.
final class HandshakeLoad {
  private static final long NEVER = Long.MIN_VALUE;
  private static final long STICKY_NANOS = 1_000_000_000L;

  /// An eighth of the queue, as in the kernel.
  private static final int HIGH = HandshakeQueue.CAPACITY / 8;

  private final AtomicLongArray lastHigh = new AtomicLongArray(Worker.MAX_INTERFACES);

  HandshakeLoad() {
    for (int i = 0; i < Worker.MAX_INTERFACES; i++) {
      lastHigh.set(i, NEVER);
    }
  }

  /// @param waiting messages of that interface in the queue
  boolean isHigh(PeerTable peers, int waiting, long now) {
    if (waiting >= HIGH) {
      lastHigh.setPlain(peers.number(), now);
      return true;
    }
    long last = lastHigh.get(peers.number());
    return last != NEVER && now - last < STICKY_NANOS;
  }
}
