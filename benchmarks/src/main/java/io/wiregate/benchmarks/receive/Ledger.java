package io.wiregate.benchmarks.receive;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.udp.UdpEndpoint;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.concurrent.atomic.AtomicLongArray;

/// Every datagram that a receiver took, checked: whether it is whole, follows the one before it of
/// its flow, and came from and to where it was sent.
///
/// One thread enters; any may read the sums, which are right once nothing arrives.
final class Ledger {
  private static final int TAKEN = 0;
  private static final int WRONG = 1;
  private static final int TURNS = 2;

  private final UdpEndpoint[] endpoints = new UdpEndpoint[Datagram.MAX_FLOWS];
  private final long[] next = new long[Datagram.MAX_FLOWS];
  private final AtomicLongArray published = new AtomicLongArray(3);
  private final int port;
  private volatile long threadId;

  private long taken;
  private long wrong;
  private long turns;
  private boolean ended;

  /// @param local the address and port that datagrams are sent to
  /// @param remote the address that they come from
  Ledger(IpAddress local, int port, IpAddress remote) throws SocketException {
    NetworkInterface device = NetworkInterface.getByInetAddress(local.toInetAddress());
    if (device == null) {
      throw new SocketException("no interface has the address " + local);
    }
    this.port = port;
    for (int flow = 0; flow < endpoints.length; flow++) {
      endpoints[flow] =
          new UdpEndpoint(remote, Datagram.FIRST_PORT + flow, 0, local, device.getIndex());
    }
  }

  /// The port to receive on.
  int port() {
    return port;
  }

  /// Says that it is the calling thread that enters.
  void begin() {
    threadId = Thread.currentThread().threadId();
  }

  /// The thread that enters, 0 before there is one.
  long threadId() {
    return threadId;
  }

  /// The endpoint that a datagram says it came from.
  UdpEndpoint endpoint(NativeBuffer data, int offset) {
    return endpoints[data.getIntLittleEndian(offset + Datagram.FLOW) & (Datagram.MAX_FLOWS - 1)];
  }

  /// Enters what was said beside a message: sender, local address and traffic class.
  ///
  /// @param isRight whether that is what was sent
  void message(boolean isRight) {
    if (!isRight && !ended) {
      wrong++;
    }
  }

  /// Enters one datagram.
  void take(NativeBuffer data, int offset, int length) {
    if (length < Datagram.MINIMUM) {
      wrong++;
      return;
    }
    take(
        data.getIntLittleEndian(offset + Datagram.FLOW),
        data.getIntLittleEndian(offset + Datagram.LENGTH),
        data.getLongLittleEndian(offset + Datagram.SEQUENCE),
        length);
  }

  /// Enters one datagram by what it says of itself.
  ///
  /// @param length what it has, beside `said`, what it should have
  void take(int flow, int said, long sequence, int length) {
    if (flow == Datagram.END) {
      ended = true;
      return;
    }
    if (said != length || flow < 0 || flow >= next.length || sequence < next[flow]) {
      wrong++;
      return;
    }
    next[flow] = sequence + 1; // one that is missing was dropped by the kernel
    taken++;
  }

  /// Ends a turn: what was taken since the last time.
  void publish() {
    turns++;
    published.setOpaque(TAKEN, taken);
    published.setOpaque(WRONG, wrong);
    published.setOpaque(TURNS, turns);
  }

  boolean ended() {
    return ended;
  }

  long taken() {
    return published.getOpaque(TAKEN);
  }

  long wrong() {
    return published.getOpaque(WRONG);
  }

  long turns() {
    return published.getOpaque(TURNS);
  }
}
