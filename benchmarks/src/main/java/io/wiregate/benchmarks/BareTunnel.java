package io.wiregate.benchmarks;

import io.wiregate.os.Errno;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.link.Netlink;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.poll.Epoll;
import io.wiregate.os.tun.TunInterface;
import io.wiregate.os.tun.TunOffloads;
import io.wiregate.os.tun.TunQueue;
import io.wiregate.os.udp.ReceiveBatch;
import io.wiregate.os.udp.SendBatch;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpOffloads;
import io.wiregate.os.udp.UdpSocket;

/// The walk without the protocol: what carrying packets between a TUN interface and UDP costs with
/// our bindings, offloads and ciphers, under one fixed key. A measuring aid, not a tunnel; see
/// `benchmarks/walk`.
///
/// ```
///   BareTunnel IFNAME LOCAL_PORT PEER_IPV4 PEER_PORT
///       [--no-cipher | --out-of-place] [--reads N] [--slots N]
/// ```
///
/// One thread, named `tunnel`, run to completion: its processor time is without the compiler's.
final class BareTunnel {
  private static final int MTU = TestPackets.MTU;
  private static final int SOCKET_BUFFER = 7 << 20;
  private static final int TURNS = 16;
  private static final long TUN = 0;
  private static final long UDP = 1;

  private final TunQueue tun;
  private final UdpSocket udp;
  private final Carrier carrier;
  private final int reads;
  private final int slots;
  private final SendBatch sends = new SendBatch(2 * TURNS);
  private final ReceiveBatch received = new ReceiveBatch(64);

  private BareTunnel(TunQueue tun, UdpSocket udp, Carrier carrier, int reads, int slots) {
    this.tun = tun;
    this.udp = udp;
    this.carrier = carrier;
    this.reads = reads;
    this.slots = slots;
  }

  /// What becomes of packets between the two files.
  interface Carrier {
    /// Reads one packet and adds the messages that it made complete.
    ///
    /// @return whether there was one
    boolean read(TunQueue tun, SendBatch sends);

    /// Adds what is still incomplete, before it is sent.
    void complete(SendBatch sends);

    /// Its memory may be used anew: all was sent.
    void sent();

    /// Writes what has arrived.
    void write(ReceiveBatch received, int count, TunQueue tun);
  }

  public static void main(String[] arguments) {
    Thread.ofPlatform()
        .name("tunnel")
        .start(() -> {
          try {
            carry(arguments);
          } catch (OsException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private static void carry(String[] arguments) throws OsException {
    if (arguments.length < 4) {
      throw new IllegalArgumentException(
          "BareTunnel IFNAME LOCAL_PORT PEER_IPV4 PEER_PORT"
              + " [--no-cipher | --out-of-place] [--reads N] [--slots N]");
    }
    boolean cipher = true;
    boolean inPlace = true;
    int reads = 16;
    int slots = 8;
    for (int i = 4; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--no-cipher" -> cipher = false;
        case "--out-of-place" -> inPlace = false;
        case "--reads" -> reads = Integer.parseInt(arguments[++i]);
        case "--slots" -> slots = Integer.parseInt(arguments[++i]);
        default -> throw new IllegalArgumentException("no option " + arguments[i]);
      }
    }
    if (reads < 1 || reads > TURNS || slots < 1 || slots > 64) {
      throw new IllegalArgumentException("at most " + TURNS + " reads and 64 slots");
    }
    UdpEndpoint peer =
        UdpEndpoint.of(IpAddress.parse(arguments[2]), Integer.parseInt(arguments[3]));
    Carrier carrier = cipher ? new SealingCarrier(peer, inPlace) : new PlainCarrier(peer);
    try (TunInterface tun = TunInterface.create(arguments[0], 1, new TunOffloads(true, false));
        UdpSocket udp = UdpSocket.open(false, UdpOffloads.ALL, SOCKET_BUFFER)) {
      udp.bind(Integer.parseInt(arguments[1]));
      configure(tun.name(), cipher);
      new BareTunnel(tun.queues().getFirst(), udp, carrier, reads, slots).run();
    }
  }

  /// As the product does: one read makes one message, if it is to be split into packets.
  private static void configure(String name, boolean bounded) throws OsException {
    try (Netlink netlink = Netlink.open()) {
      int index = netlink.link(name).index();
      netlink.setMtu(index, MTU);
      if (bounded) {
        int segments = TestPackets.SEGMENTS;
        netlink.setGsoMaximum(index, (segments + 1) * (MTU - 40), segments);
      }
    }
  }

  private void run() throws OsException {
    try (Epoll epoll = new Epoll(2)) {
      epoll.add(tun.fd(), TUN);
      epoll.add(udp.fd(), UDP);
      while (true) {
        int ready = epoll.await(-1);
        for (int i = 0; i < ready; i++) {
          if (epoll.isBroken(i)) {
            return;
          }
          if (epoll.token(i) == TUN) {
            outbound();
          } else {
            inbound();
          }
        }
      }
    }
  }

  private void outbound() {
    boolean more = true;
    for (int turn = 0; turn < TURNS && more; turn += reads) {
      for (int i = 0; i < reads && more; i++) {
        more = carrier.read(tun, sends);
      }
      carrier.complete(sends);
      for (int first = 0; first < sends.count(); ) {
        int sent = udp.send(sends, first);
        if (sent > 0) {
          first += sent;
        } else if (sent != -Errno.EINTR) {
          first++; // lost
        }
      }
      sends.clear();
      carrier.sent();
    }
  }

  private void inbound() {
    for (int turn = 0; turn < TURNS / 4; turn++) {
      int count = udp.receive(received, slots);
      if (count <= 0) {
        return;
      }
      carrier.write(received, count, tun);
      if (count < slots) {
        return;
      }
    }
  }

  /// Room behind what a read may bring, for the last packet's padding.
  static NativeBuffer readBuffer() {
    return NativeBuffer.allocate(1 << 17);
  }

  /// Bytes that a read may bring.
  static final int READ_SIZE = 10 + 65535;
}
