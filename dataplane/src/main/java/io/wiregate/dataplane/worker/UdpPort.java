package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.session.IndexTable;
import io.wiregate.dataplane.wire.MessageType;
import io.wiregate.dataplane.wire.TransportMessage;
import io.wiregate.os.Errno;
import io.wiregate.os.OsException;
import io.wiregate.os.udp.BpfProgram;
import io.wiregate.os.udp.UdpOffloads;
import io.wiregate.os.udp.UdpSocket;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A UDP port as one interface listens on it: for each worker a socket of each family, and one of
/// each for the handshake thread, all on the same number. The kernel steers transport messages to
/// the worker that their receiver index names, and everything else to the handshake thread. Where
/// it may not be told to, that has no sockets: workers get handshake messages too, and pass them
/// on.
///
/// Immutable once open. Owner: the device, which closes it after all workers have let go.
final class UdpPort implements AutoCloseable {
  /// Bytes that the kernel may queue per socket and direction: 10 Gbit/s for some 6 ms.
  private static final int BUFFER_SIZE = 7 << 20;

  /// How often another number is tried where the one that the kernel chose for IPv4 is taken for
  /// IPv6.
  private static final int ATTEMPTS = 100;

  private final int number;
  private final List<UdpSocket> v4;
  private final List<UdpSocket> v6;
  private final int workers;
  private final boolean steered;

  /// @param v4 for each worker by its number, then for the handshake thread if the kernel steers
  /// @param v6 the same; empty where the kernel lacks the family
  private UdpPort(
      int number, List<UdpSocket> v4, List<UdpSocket> v6, int workers, boolean steered) {
    this.number = number;
    this.v4 = List.copyOf(v4);
    this.v6 = List.copyOf(v6);
    this.workers = workers;
    this.steered = steered;
  }

  /// Opens a port.
  ///
  /// @param number 0 for one that is free in both families
  /// @param mark of outgoing packets, 0 for none
  /// @throws OsException `EADDRINUSE` where another socket has the port
  static UdpPort open(int number, int workers, UdpOffloads offloads, int mark) throws OsException {
    for (int attempt = 1; ; attempt++) {
      List<UdpSocket> v4 = new ArrayList<>();
      List<UdpSocket> v6 = new ArrayList<>();
      try {
        int chosen = openGroup(v4, false, number, workers, offloads, mark);
        chosen = openGroup(v6, true, chosen == 0 ? number : chosen, workers, offloads, mark);
        int port = chosen == 0 ? number : chosen;
        boolean steered =
            offloads.steering()
                && addForHandshakes(v4, false, port, offloads, mark)
                && (v6.isEmpty() || addForHandshakes(v6, true, port, offloads, mark));
        return new UdpPort(port, v4, v6, workers, steered);
      } catch (OsException e) {
        v4.forEach(UdpSocket::close);
        v6.forEach(UdpSocket::close);
        if (number != 0 || e.errno() != Errno.EADDRINUSE || attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /// Opens the sockets of one family and returns their port; none where the kernel lacks the
  /// family.
  private static int openGroup(
      List<UdpSocket> group, boolean ipv6, int number, int workers, UdpOffloads offloads, int mark)
      throws OsException {
    int port = number;
    for (int worker = 0; worker < workers; worker++) {
      UdpSocket socket;
      try {
        socket = UdpSocket.open(ipv6, offloads, BUFFER_SIZE);
      } catch (OsException e) {
        if (ipv6 && e.errno() == Errno.EAFNOSUPPORT) {
          return number;
        }
        throw e;
      }
      group.add(socket);
      if (mark != 0) {
        socket.setMark(mark);
      }
      if (worker > 0) {
        socket.allowPortSharing();
      }
      socket.bind(port);
      if (worker == 0) {
        port = socket.localPort();
        if (workers > 1 || offloads.steering()) {
          socket.allowPortSharing();
        }
      }
    }
    return port;
  }

  /// Adds the handshake thread's socket to the workers', and has the kernel steer.
  ///
  /// @return false where that is not permitted: then there is none, and messages are handed over
  ///   between workers
  private static boolean addForHandshakes(
      List<UdpSocket> group, boolean ipv6, int port, UdpOffloads offloads, int mark)
      throws OsException {
    int workers = group.size();
    // With the same offloads: to see whether datagrams may be put together the kernel asks any
    // socket of the group, by a hash of the addresses, not the one that it will steer to.
    UdpSocket socket = UdpSocket.open(ipv6, offloads, BUFFER_SIZE);
    group.add(socket);
    if (mark != 0) {
      socket.setMark(mark);
    }
    socket.allowPortSharing();
    socket.bind(port);
    boolean steered = steer(group, workers);
    if (!steered) {
      group.removeLast();
      socket.close();
    }
    return steered;
  }

  /// Lets the kernel read the worker out of each transport message.
  private static boolean steer(List<UdpSocket> group, int workers) {
    // if long enough and of type TRANSPORT: return lowest byte of the receiver index & mask, else:
    // the next socket. What names a worker that there is not gets that too, or the kernel's own
    // choice, a hash of the addresses.
    BpfProgram program =
        BpfProgram.builder()
            .loadLength()
            .jumpIfAtLeast(TransportMessage.MIN_SIZE, 0, 5)
            .loadByte(0)
            .jumpIfEqual(MessageType.TRANSPORT, 0, 3)
            .loadByte(TransportMessage.RECEIVER)
            .and(IndexTable.MAX_WORKERS - 1)
            .returnAccumulator()
            .returnConstant(workers)
            .build();
    try {
      group.getFirst().steer(program);
      return true;
    } catch (OsException refused) {
      return false;
    }
  }

  int number() {
    return number;
  }

  /// Whether the kernel steers.
  boolean isSteered() {
    return steered;
  }

  /// A worker's socket, null where the kernel lacks the family.
  @Nullable UdpSocket socket(boolean ipv6, int worker) {
    List<UdpSocket> group = ipv6 ? v6 : v4;
    return group.isEmpty() ? null : group.get(worker);
  }

  /// The handshake thread's socket, null where the kernel lacks the family or does not steer.
  @Nullable UdpSocket handshakeSocket(boolean ipv6) {
    List<UdpSocket> group = ipv6 ? v6 : v4;
    return group.size() > workers ? group.get(workers) : null;
  }

  /// Sets the mark of outgoing packets.
  void setMark(int mark) throws OsException {
    for (UdpSocket socket : v4) {
      socket.setMark(mark);
    }
    for (UdpSocket socket : v6) {
      socket.setMark(mark);
    }
  }

  @Override
  public void close() {
    v4.forEach(UdpSocket::close);
    v6.forEach(UdpSocket::close);
  }
}
