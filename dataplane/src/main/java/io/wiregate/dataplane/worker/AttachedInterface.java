package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.path.QueuePair;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.os.Errno;
import io.wiregate.os.OsException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An interface that the workers carry: its port, its MTU, its counters. Guarded by the device that
/// owns it, but for the counters, which any thread reads.
public final class AttachedInterface {
  private final WorkerPool pool;
  private final PeerTable peers;
  private final List<QueuePair> pairs;
  private @Nullable UdpPort port;

  AttachedInterface(WorkerPool pool, PeerTable peers, List<QueuePair> pairs) {
    this.pool = pool;
    this.peers = peers;
    this.pairs = pairs;
  }

  /// Listens on a port, in place of the one before. If that fails, the one before stays.
  ///
  /// @param number 0 for any that is free
  /// @param mark of outgoing packets, 0 for none
  /// @return the port's number
  /// @throws OsException `EADDRINUSE` where another socket has it, `ENOSPC` where the kernel
  ///   watches no more files
  public int listen(int number, int mark) throws OsException {
    UdpPort before = port;
    if (before != null && before.number() == number) {
      before.setMark(mark);
      return number;
    }
    pool.yieldPort(number);
    UdpPort opened = UdpPort.open(number, pool.workerCount(), pool.udpOffloads(), mark);
    try {
      pool.setPort(peers, pairs, opened);
    } catch (IllegalStateException unwatched) {
      pool.setPort(peers, pairs, null); // which asks nothing of the kernel
      opened.close();
      restore(before);
      OsException failure = new OsException("watch the sockets of port " + number, Errno.ENOSPC);
      failure.initCause(unwatched);
      throw failure;
    }
    port = opened;
    if (before != null) {
      before.close();
    }
    return opened.number();
  }

  private void restore(@Nullable UdpPort before) {
    try {
      pool.setPort(peers, pairs, before);
    } catch (IllegalStateException unwatched) {
      stopListening();
    }
  }

  /// Stops listening.
  public void stopListening() {
    UdpPort before = port;
    if (before != null) {
      port = null;
      pool.setPort(peers, pairs, null);
      before.close();
    }
  }

  /// Whether a port is open.
  public boolean isListening() {
    return port != null;
  }

  /// Whether transport messages reach their worker by the kernel's steering.
  public boolean isSteered() {
    UdpPort open = port;
    return open != null && open.isSteered();
  }

  /// Sets the mark of outgoing packets.
  public void setMark(int mark) throws OsException {
    UdpPort open = port;
    if (open != null) {
      open.setMark(mark);
    }
  }

  public void setMtu(int mtu) {
    pairs.forEach(pair -> pair.setMtu(mtu));
  }

  /// How often something became of a packet or message of this interface.
  public long count(Outcome outcome) {
    long sum = pool.ports().counted(peers, outcome);
    for (QueuePair pair : pairs) {
      sum += pair.counters().get(outcome);
    }
    return sum;
  }

  /// Ends everything; no worker uses the interface's files afterwards.
  public void detach() {
    stopListening();
    pool.detach(peers, pairs);
  }
}
