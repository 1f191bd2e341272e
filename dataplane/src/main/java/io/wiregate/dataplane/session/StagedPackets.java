package io.wiregate.dataplane.session;

import io.wiregate.os.NativeBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Packets from inside that wait until there is a session with their peer, as they were read from
/// the TUN interface: a *read* is one packet, or a large one that stands for several. Any thread;
/// off the walk, so it may allocate.
///
/// Bounded twice: in reads and bytes per peer, where the oldest give way, and in bytes over all
/// peers, where the new one does: else a host inside that scans a large network would fill the
/// memory.
///
/// What is read later must not overtake what waits. So packets wait, session or not, until whoever
/// sends the earlier ones has given them to the kernel: [#isWaiting] is true until then, and
/// [#beginDrain] lets one thread at a time take from here.
public final class StagedPackets {
  /// Bytes that may wait for all peers of a data plane together.
  public static final long MAX_TOTAL_BYTES = 32L << 20;

  /// Bytes that may wait for one peer, but for one packet: some 128 of usual size. Without it a few
  /// absent peers could take all the room.
  static final long MAX_PEER_BYTES = 256 << 10;

  /// What [#add] returns for a read that is not kept.
  public static final int REFUSED = -1;

  private static final class Read {
    private final byte[] bytes;
    private final int packets;

    private Read(byte[] bytes, int packets) {
      this.bytes = bytes;
      this.packets = packets;
    }
  }

  private final AtomicLong totalBytes;

  /// Null while nothing waits, as with most of very many peers.
  private @Nullable ArrayDeque<Read> reads;

  private long bytes;
  private boolean closed;
  private boolean isDraining;
  private volatile boolean isWaiting;

  /// @param totalBytes what waits for all peers, shared by them
  StagedPackets(AtomicLong totalBytes) {
    this.totalBytes = totalBytes;
  }

  /// Keeps a copy of a read.
  ///
  /// @param packets how many it stands for
  /// @return how many packets gave way to it, or [#REFUSED] where it had to give way itself
  public synchronized int add(NativeBuffer buffer, int offset, int length, int packets) {
    if (closed) {
      return REFUSED;
    }
    if (totalBytes.addAndGet(length) > MAX_TOTAL_BYTES) {
      totalBytes.addAndGet(-length);
      return REFUSED;
    }
    int lost = 0;
    while (reads != null
        && (reads.size() >= Limits.MAX_STAGED_PACKETS || bytes + length > MAX_PEER_BYTES)) {
      lost += take(reads).packets;
    }
    if (reads == null) {
      reads = new ArrayDeque<>();
    }
    reads.addLast(new Read(buffer.toArray(offset, length), packets));
    bytes += length;
    isWaiting = true;
    return lost;
  }

  /// Whether later reads have to wait too. The walk asks: one load.
  public boolean isWaiting() {
    return isWaiting;
  }

  /// Makes the caller the one who takes from here, until [#endDrain].
  ///
  /// @return false where another one does so now, which looks again before it ends
  public synchronized boolean beginDrain() {
    if (isDraining) {
      return false;
    }
    isDraining = true;
    return true;
  }

  /// What was taken has been sent.
  ///
  /// @return whether more has come meanwhile
  public synchronized boolean endDrain() {
    isDraining = false;
    isWaiting = reads != null;
    return isWaiting;
  }

  /// Takes the oldest read, null where there is none.
  public synchronized byte @Nullable [] poll() {
    return reads == null ? null : take(reads).bytes;
  }

  private Read take(ArrayDeque<Read> from) {
    Read read = from.removeFirst();
    if (from.isEmpty()) {
      reads = null;
    }
    totalBytes.addAndGet(-read.bytes.length);
    bytes -= read.bytes.length;
    return read;
  }

  /// Drops all and returns how many packets that was.
  public synchronized int clear() {
    int count = 0;
    while (reads != null) {
      count += take(reads).packets;
    }
    isWaiting = isDraining;
    return count;
  }

  /// Drops all and takes nothing any more: what a removed peer held would never be given back.
  synchronized void close() {
    closed = true;
    clear();
  }
}
