package io.wiregate.dataplane.path;

import io.wiregate.dataplane.offload.SegmentCoalescer;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.os.NativeBuffer;

/// Decrypted packets on their way into the TUN interface: those of one flow are written as one.
/// Owner: one worker thread.
final class InboundPackets {
  private final SegmentCoalescer coalescer = new SegmentCoalescer(SegmentCoalescer.MAX_PACKETS);
  private long now;

  InboundPackets() {}

  /// Starts over with packets that lie in `data`.
  ///
  /// @param turn the boot clock
  void begin(QueuePair pair, NativeBuffer data, long turn) {
    now = turn;
    coalescer.begin(data, pair.tunOffloads());
  }

  /// Adds a packet, which must stay where it is until [#flush].
  void add(QueuePair pair, NativeBuffer data, int offset, int length) {
    if (coalescer.isFull()) {
      flush(pair, data);
      begin(pair, data, now);
    }
    coalescer.add(offset, length);
  }

  /// Writes all.
  ///
  /// @param data as given to [#begin]
  void flush(QueuePair pair, NativeBuffer data) {
    int writes = coalescer.finish();
    for (int i = 0; i < writes; i++) {
      int result =
          pair.queueFor(coalescer.flowHash(i), data, coalescer.firstOffset(i), now)
              .write(coalescer.vectors(), coalescer.firstVector(i), coalescer.vectorCount(i));
      pair.counters()
          .count(
              result < 0 ? Outcome.IN_TUN_REFUSED : Outcome.IN_FORWARDED, coalescer.packetCount(i));
    }
  }

  void close() {
    coalescer.close();
  }
}
