package io.wiregate.benchmarks.receive;

import io.wiregate.os.Errno;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.udp.SendBatch;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpOffloads;
import io.wiregate.os.udp.UdpSocket;

/// Sends numbered datagrams as fast as one thread can, each flow from a port of its own.
final class DatagramSource implements AutoCloseable {
  /// Datagrams that one system call sends, of one flow.
  private static final int PER_CALL = 64;

  /// The same with many flows: what one client sends in a row.
  private static final int PER_CALL_OF_MANY = 4;

  private final UdpEndpoint target;
  private final UdpSocket[] sockets = new UdpSocket[Datagram.MAX_FLOWS];
  private final long[] sequences = new long[Datagram.MAX_FLOWS];
  private final SendBatch[] batches = new SendBatch[Datagram.MAX_FLOWS];
  private final NativeBuffer memory = NativeBuffer.allocate(Datagram.MAX_FLOWS * (1 << 17));
  private Traffic traffic = new Traffic(Datagram.MINIMUM, 1, 1);
  private int turn;

  DatagramSource(IpAddress address, int port) throws OsException {
    target = UdpEndpoint.of(address, port);
    for (int flow = 0; flow < sockets.length; flow++) {
      sockets[flow] = UdpSocket.open(false, UdpOffloads.ALL, 1 << 20);
      sockets[flow].bind(Datagram.FIRST_PORT + flow);
      batches[flow] = new SendBatch(PER_CALL);
    }
  }

  /// Datagrams that one [#send] sends.
  int step() {
    int perCall = traffic.flows() == 1 ? PER_CALL : PER_CALL_OF_MANY;
    return Math.max(1, perCall / traffic.segments()) * traffic.segments();
  }

  /// Sends that from now on.
  void prepare(Traffic next) {
    traffic = next;
    for (int flow = 0; flow < next.flows(); flow++) {
      int at = flow * (1 << 17);
      SendBatch batch = batches[flow];
      batch.clear();
      memory.wipe(at, step() * next.size()); // of what other traffic has left
      int length = next.size() * next.segments();
      for (int i = 0; i < step(); i++) {
        Datagram.put(memory, at + i * next.size(), flow, next.size());
      }
      for (int i = 0; i < step() / next.segments(); i++) {
        batch.add(target, memory, at + i * length, length, next.size(), Datagram.TRAFFIC_CLASS);
      }
    }
  }

  /// Sends some datagrams of the next flow in turn.
  void send() throws OsException {
    int flow = turn++ % traffic.flows();
    int at = flow * (1 << 17);
    for (int i = 0; i < step(); i++) {
      memory.putLongLittleEndian(at + i * traffic.size() + Datagram.SEQUENCE, sequences[flow]++);
    }
    send(flow);
  }

  private void send(int flow) throws OsException {
    SendBatch batch = batches[flow];
    for (int first = 0; first < batch.count(); ) {
      int sent = sockets[flow].send(batch, first);
      if (sent > 0) {
        first += sent;
      } else if (sent != -Errno.EINTR && sent != -Errno.EAGAIN) {
        OsException.check(sent, "sendmmsg");
      }
    }
  }

  /// Sends what ends the ledger.
  void end() throws OsException {
    prepare(new Traffic(Datagram.MINIMUM, 1, 1));
    for (int i = 0; i < step(); i++) {
      memory.putIntLittleEndian(i * Datagram.MINIMUM + Datagram.FLOW, Datagram.END);
    }
    send(0);
  }

  @Override
  public void close() {
    for (int flow = 0; flow < sockets.length; flow++) {
      sockets[flow].close();
      batches[flow].close();
    }
    memory.close();
  }
}
