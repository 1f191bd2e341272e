package io.wiregate.benchmarks.receive;

import io.wiregate.os.Errno;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.internal.NativeMemory;
import io.wiregate.os.tun.TunQueue;
import io.wiregate.os.udp.UdpOffloads;
import io.wiregate.os.udp.UdpSocket;
import org.jspecify.annotations.Nullable;

/// One multishot receive: the kernel goes on taking messages into provided buffers, with sender and
/// control messages in front, and one call waits for and returns what there is.
///
/// Where datagrams are forwarded, each is one write to the TUN interface, and all writes of a turn
/// are submitted by the call that waits for the next messages.
final class UringReceiver implements Receiver {
  private static final int GROUP = 1;

  /// `user_data` of the receive; that of a write is its length above its buffer.
  private static final long RECEIVE = -1;

  private final @Nullable TunQueue tun;
  private final int count;

  /// Writes from each buffer that are not complete.
  private final int[] writes;

  private boolean armed;

  /// @param tun where each datagram is written to, if anywhere
  /// @param count buffers, a power of two
  UringReceiver(@Nullable TunQueue tun, int count) {
    this.tun = tun;
    this.count = count;
    this.writes = new int[count];
  }

  @Override
  public void receive(Ledger ledger) throws OsException {
    try (UdpSocket socket = UdpSocket.open(false, UdpOffloads.ALL, RecvmmsgReceiver.SOCKET_BUFFER);
        NativeBuffer header = UringMessage.header();
        ProvidedBuffers buffers = new ProvidedBuffers(GROUP, count, UringMessage.SIZE);
        Uring ring = new Uring(1024, 4096)) {
      socket.bind(ledger.port());
      buffers.register(ring);
      UringMessage message = new UringMessage(buffers.data());
      ledger.begin();
      while (!ledger.ended()) {
        if (!armed) {
          arm(ring, socket, header);
        }
        ring.enter(1);
        int ready = ring.ready();
        for (int i = 0; i < ready; i++) {
          complete(ring, i, buffers, message, ledger);
        }
        ring.seen(ready);
        buffers.publish();
        ledger.publish();
      }
    }
  }

  private void arm(Uring ring, UdpSocket socket, NativeBuffer header) {
    long sqe = ring.submission();
    NativeMemory.putByte(sqe + Uring.SQE_OPCODE, (byte) Uring.OP_RECVMSG);
    NativeMemory.putByte(sqe + Uring.SQE_FLAGS, (byte) Uring.SQE_BUFFER_SELECT);
    NativeMemory.putShort(sqe + Uring.SQE_IOPRIO, (short) Uring.RECV_MULTISHOT);
    NativeMemory.putInt(sqe + Uring.SQE_FD, socket.fd().number());
    NativeMemory.putLong(sqe + Uring.SQE_ADDRESS, header.address(0, header.size()));
    NativeMemory.putInt(sqe + Uring.SQE_LENGTH, 1);
    NativeMemory.putLong(sqe + Uring.SQE_USER_DATA, RECEIVE);
    NativeMemory.putShort(sqe + Uring.SQE_BUFFER_GROUP, (short) GROUP);
    armed = true;
  }

  private void complete(
      Uring ring, int index, ProvidedBuffers buffers, UringMessage message, Ledger ledger)
      throws OsException {
    long userData = ring.userData(index);
    int result = ring.result(index);
    if (userData != RECEIVE) {
      int buffer = (int) userData;
      ledger.message(result == (int) (userData >>> 32));
      if (--writes[buffer] == 0) {
        buffers.give(buffer);
      }
      return;
    }
    int flags = ring.flags(index);
    armed = (flags & Uring.CQE_MORE) != 0;
    if (result == -Errno.ENOBUFS) {
      return; // all buffers are in use: it is armed anew when some are free
    }
    OsException.check(result, "recvmsg");
    int buffer = flags >>> Uring.CQE_BUFFER_SHIFT;
    message.read(buffers.offset(buffer), result);
    take(ring, buffer, message, ledger);
    if (writes[buffer] == 0) {
      buffers.give(buffer);
    }
  }

  private void take(Uring ring, int buffer, UringMessage message, Ledger ledger)
      throws OsException {
    NativeBuffer data = message.data();
    int end = message.payload() + message.length();
    int size = message.segmentSize();
    ledger.message(
        !message.isTruncated()
            && message.isFrom(ledger.endpoint(data, message.payload()))
            && message.trafficClass() == Datagram.TRAFFIC_CLASS);
    for (int at = message.payload(); at < end; at += size) {
      int length = Math.min(size, end - at);
      ledger.take(data, at, length);
      if (tun != null) {
        write(ring, tun, buffer, data.address(at, length), length);
      }
    }
  }

  private void write(Uring ring, TunQueue tun, int buffer, long address, int length)
      throws OsException {
    if (ring.room() < 2) {
      ring.enter(0); // submits; what completes is seen in its turn
    }
    UringWrites.prepare(ring, tun, address, length, (long) length << 32 | buffer);
    writes[buffer]++;
  }
}
