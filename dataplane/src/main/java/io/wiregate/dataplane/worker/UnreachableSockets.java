package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.offload.TranslatedPacket;
import io.wiregate.dataplane.offload.UnreachableMessage;
import io.wiregate.os.Errno;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.icmp.IcmpSocket;
import io.wiregate.os.link.ConnectionTracking;
import io.wiregate.os.link.ConnectionTuple;
import io.wiregate.os.link.Netlink;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.tun.TunInterface;
import org.jspecify.annotations.Nullable;

/// Tells senders in one network namespace that nobody is there: the sockets that takes. They belong
/// to the namespace that the thread was in which opened them.
///
/// What the kernel does for interfaces of its own (`icmp_ndo_send`): it asks connection tracking
/// who the sender was before its address was translated, and sends to that one from the address
/// that the route there has. ADR 0010. Owner: one thread.
final class UnreachableSockets implements AutoCloseable {
  private final IcmpSocket v4;
  private final @Nullable IcmpSocket v6;
  private final Netlink netlink;
  private final @Nullable ConnectionTracking tracking;

  private UnreachableSockets(
      IcmpSocket v4,
      @Nullable IcmpSocket v6,
      Netlink netlink,
      @Nullable ConnectionTracking tracking) {
    this.v4 = v4;
    this.v6 = v6;
    this.netlink = netlink;
    this.tracking = tracking;
  }

  /// For the calling thread's namespace.
  ///
  /// @throws OsException `EPERM` without `CAP_NET_RAW`
  static UnreachableSockets open() throws OsException {
    IcmpSocket v4 = IcmpSocket.open(false);
    IcmpSocket v6 = null;
    try {
      v6 = openV6();
      return new UnreachableSockets(v4, v6, Netlink.open(), openTracking());
    } catch (OsException e) {
      v4.close();
      if (v6 != null) {
        v6.close();
      }
      throw e;
    }
  }

  private static @Nullable IcmpSocket openV6() throws OsException {
    try {
      return IcmpSocket.open(true);
    } catch (OsException e) {
      if (e.errno() == Errno.EAFNOSUPPORT) {
        return null; // then nobody sends such packets
      }
      throw e;
    }
  }

  private static @Nullable ConnectionTracking openTracking() {
    try {
      return ConnectionTracking.open();
    } catch (OsException noNetfilter) {
      return null; // then nothing is translated
    }
  }

  /// Sends one message. What the kernel does not take is lost, as any packet may be.
  ///
  /// @param memory with the packet [UnreachableMessage#ICMP_HEADER] bytes behind its start
  /// @param length bytes of the packet, at least those of its IP header
  /// @param tun where the packet came from
  void answer(NativeBuffer memory, int length, TunInterface tun) {
    int packet = UnreachableMessage.ICMP_HEADER;
    try {
      if (isBroadcast(TranslatedPacket.destination(memory, packet))) {
        return;
      }
      putBack(memory, packet, length);
      IpAddress sender = TranslatedPacket.source(memory, packet);
      IcmpSocket socket = sender.isV6() ? v6 : v4;
      if (socket != null) {
        int link = sender.isLinkLocal() ? netlink.link(tun.currentName()).index() : 0;
        int trafficClass = UnreachableMessage.trafficClass(memory, packet);
        int size = UnreachableMessage.complete(memory, 0, length);
        socket.send(memory, 0, size, sender, link, trafficClass);
      }
    } catch (OsException lost) {
      // The sender waits for its timeout.
    }
  }

  /// RFC 1812, 4.3.2.7: what was for everybody on a network is not answered.
  private boolean isBroadcast(IpAddress destination) {
    try {
      return netlink.isBroadcast(destination);
    } catch (OsException noRoute) {
      return false;
    }
  }

  /// Makes the packet again what its sender sent, if that had another address. Where only something
  /// else was translated, connection tracking knows the message for one about its connection and
  /// translates it itself. It does not where the sender's address is another.
  private void putBack(NativeBuffer memory, int packet, int length) {
    ConnectionTuple left = TranslatedPacket.tuple(memory, packet, length);
    ConnectionTuple before = left == null ? null : beforeTranslation(left);
    if (left != null && before != null && !before.source().equals(left.source())) {
      TranslatedPacket.putBack(memory, packet, length, before);
    }
  }

  private @Nullable ConnectionTuple beforeTranslation(ConnectionTuple left) {
    if (tracking == null || !ConnectionTracking.isLoaded()) {
      return null;
    }
    try {
      return tracking.beforeTranslation(left);
    } catch (OsException cannotSay) {
      return null;
    }
  }

  @Override
  public void close() {
    v4.close();
    if (v6 != null) {
      v6.close();
    }
    netlink.close();
    if (tracking != null) {
      tracking.close();
    }
  }
}
