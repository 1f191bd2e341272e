package io.wiregate.dataplane.session;

import io.wiregate.os.NativeBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Packets from inside that wait until there is a session with their peer, as they were read from
/// the TUN interface. Any thread; off the walk, so it may allocate.
///
/// Bounded twice: in packets and bytes per peer, where the oldest give way, and in bytes over all
/// peers, where the new one does: else a host inside that scans a large network would fill the
/// memory.
public final class StagedPackets {
  /// Bytes that may wait for all peers of a data plane together.
  public static final long MAX_TOTAL_BYTES = 32L << 20;

  /// Bytes that may wait for one peer, but for one packet: some 128 of usual size. Without it a few
  /// absent peers could take all the room.
  static final long MAX_PEER_BYTES = 256 << 10;

  private final AtomicLong totalBytes;
  private final ArrayDeque<byte[]> packets = new ArrayDeque<>(0);
  private long bytes;
  private boolean closed;

  /// @param totalBytes what waits for all peers, shared by them
  StagedPackets(AtomicLong totalBytes) {
    this.totalBytes = totalBytes;
  }

  /// Keeps a copy.
  ///
  /// @return how many packets were lost for it, this one included
  synchronized int add(NativeBuffer buffer, int offset, int length) {
    if (closed) {
      return 1;
    }
    if (totalBytes.addAndGet(length) > MAX_TOTAL_BYTES) {
      totalBytes.addAndGet(-length);
      return 1;
    }
    int lost = 0;
    while (!packets.isEmpty()
        && (packets.size() >= Limits.MAX_STAGED_PACKETS || bytes + length > MAX_PEER_BYTES)) {
      poll();
      lost++;
    }
    packets.addLast(buffer.toArray(offset, length));
    bytes += length;
    return lost;
  }

  /// Takes the oldest, null where there is none.
  synchronized byte @Nullable [] poll() {
    byte[] packet = packets.pollFirst();
    if (packet != null) {
      totalBytes.addAndGet(-packet.length);
      bytes -= packet.length;
    }
    return packet;
  }

  synchronized boolean isEmpty() {
    return packets.isEmpty();
  }

  /// Drops all and returns how many there were.
  synchronized int clear() {
    int count = packets.size();
    while (poll() != null) {
      // counted above
    }
    return count;
  }

  /// Drops all and takes nothing any more: what a removed peer held would never be given back.
  synchronized void close() {
    closed = true;
    clear();
  }
}
