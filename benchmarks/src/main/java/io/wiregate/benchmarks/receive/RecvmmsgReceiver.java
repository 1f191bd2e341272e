package io.wiregate.benchmarks.receive;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.poll.Epoll;
import io.wiregate.os.tun.TunQueue;
import io.wiregate.os.udp.ReceiveBatch;
import io.wiregate.os.udp.UdpOffloads;
import io.wiregate.os.udp.UdpSocket;
import org.jspecify.annotations.Nullable;

/// As the product does: waits by epoll, then takes up to 64 messages a call, 8 while they are
/// large, until a call brings fewer.
final class RecvmmsgReceiver implements Receiver {
  static final int SOCKET_BUFFER = 7 << 20;

  // As in the product's InboundPath and Worker.
  private static final int SLOTS = 64;
  private static final int SLOTS_FOR_LARGE = 8;
  private static final long LARGE = 16 * 1024;
  private static final int TURNS = 4;

  private final @Nullable TunQueue tun;
  private final int slotSize;
  private final boolean writesTogether;

  private @Nullable UringWrites writes;

  /// @param tun where each datagram is written to, if anywhere
  /// @param slotSize bytes from one message's memory to the next one's
  /// @param writesTogether whether what one call has brought is written by io_uring, all at once
  RecvmmsgReceiver(@Nullable TunQueue tun, int slotSize, boolean writesTogether) {
    this.tun = tun;
    this.slotSize = slotSize;
    this.writesTogether = writesTogether;
  }

  @Override
  public void receive(Ledger ledger) throws OsException {
    try (UdpSocket socket = UdpSocket.open(false, UdpOffloads.ALL, SOCKET_BUFFER);
        Epoll epoll = new Epoll(4);
        ReceiveBatch batch = new ReceiveBatch(SLOTS, slotSize);
        UringWrites together = tun != null && writesTogether ? new UringWrites(tun) : null) {
      writes = together;
      socket.bind(ledger.port());
      epoll.add(socket.fd(), 1);
      ledger.begin();
      int slots = SLOTS;
      while (!ledger.ended()) {
        epoll.await(-1);
        boolean more = true;
        for (int turn = 0; turn < TURNS && more; turn++) {
          int count = socket.receive(batch, slots);
          long bytes = 0;
          for (int i = 0; i < count; i++) {
            bytes += batch.length(i);
            take(batch, i, ledger);
          }
          if (together != null) {
            together.complete(ledger);
          }
          more = count == slots;
          slots = bytes > LARGE * count ? SLOTS_FOR_LARGE : SLOTS;
        }
        ledger.publish();
      }
    }
  }

  private void take(ReceiveBatch batch, int message, Ledger ledger) throws OsException {
    NativeBuffer data = batch.data();
    int offset = batch.offset(message);
    int end = offset + batch.length(message);
    int size = batch.segmentSize(message);
    ledger.message(
        !batch.isTruncated(message)
            && batch.isFrom(message, ledger.endpoint(data, offset))
            && batch.trafficClass(message) == Datagram.TRAFFIC_CLASS);
    for (int at = offset; at < end; at += size) {
      int length = Math.min(size, end - at);
      ledger.take(data, at, length);
      if (writes != null) {
        writes.add(data.address(at, length), length, ledger);
      } else if (tun != null) {
        ledger.message(tun.write(data, at, length) == length);
      }
    }
  }
}
