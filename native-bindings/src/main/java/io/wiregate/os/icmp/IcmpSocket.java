package io.wiregate.os.icmp;

import io.wiregate.os.Errno;
import io.wiregate.os.FileDescriptor;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.internal.Libc;
import io.wiregate.os.net.IpAddress;

/// Sends ICMP or ICMPv6 messages. The kernel writes the IP header, for which it chooses the source
/// by the route, as for messages of its own; of ICMPv6 it computes the checksum too. Nothing is
/// received, and no call waits.
///
/// Owner: one thread. It belongs to the network namespace that the thread was in which opened it.
/// Source: raw(7), icmp(7), ipv6(7), RFC 3542.
public final class IcmpSocket implements AutoCloseable {
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int SOCK_RAW = 3;
  private static final int SOCK_NONBLOCK = 0x800;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int IPPROTO_IP = 0;
  private static final int IPPROTO_ICMP = 1;
  private static final int IPPROTO_IPV6 = 41;
  private static final int IPPROTO_ICMPV6 = 58;
  private static final int SOL_RAW = 255;
  private static final int IP_TOS = 1;
  private static final int IP_MTU_DISCOVER = 10;
  private static final int IP_PMTUDISC_DONT = 0;
  private static final int IPV6_TCLASS = 67;

  /// `ICMP_FILTER` and `ICMPV6_FILTER`: a bit for each type that is not to be received.
  private static final int FILTER = 1;

  private static final int SIZE_OF_ICMP_FILTER = 4;
  private static final int SIZE_OF_ICMP6_FILTER = 32;
  private static final int SIZE_OF_SOCKADDR_IN = 16;
  private static final int SIZE_OF_SOCKADDR_IN6 = 28;

  private final FileDescriptor fd;
  private final boolean isV6;
  private final NativeBuffer scratch = NativeBuffer.allocate(SIZE_OF_ICMP6_FILTER);
  private int trafficClass;

  private IcmpSocket(FileDescriptor fd, boolean isV6) {
    this.fd = fd;
    this.isV6 = isV6;
  }

  /// For the calling thread's namespace.
  ///
  /// @throws OsException `EPERM` without `CAP_NET_RAW`, `EAFNOSUPPORT` where the kernel lacks the
  ///   family
  public static IcmpSocket open(boolean isV6) throws OsException {
    int type = SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC;
    int number = Libc.socket(isV6 ? AF_INET6 : AF_INET, type, isV6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
    OsException.check(number, isV6 ? "socket ICMPv6" : "socket ICMP");
    IcmpSocket socket = new IcmpSocket(new FileDescriptor(number), isV6);
    try {
      socket.receiveNothing();
      if (!isV6) {
        socket.set(IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT, "IP_MTU_DISCOVER");
      }
      return socket;
    } catch (OsException e) {
      socket.close();
      throw e;
    }
  }

  private void receiveNothing() throws OsException {
    int size = isV6 ? SIZE_OF_ICMP6_FILTER : SIZE_OF_ICMP_FILTER;
    for (int i = 0; i < size; i++) {
      scratch.putByte(i, 0xff);
    }
    int level = isV6 ? IPPROTO_ICMPV6 : SOL_RAW;
    OsException.check(
        Libc.setsockopt(fd.number(), level, FILTER, scratch.address(0, size), size),
        isV6 ? "ICMPV6_FILTER" : "ICMP_FILTER");
  }

  private void set(int level, int name, int value, String what) throws OsException {
    scratch.putInt(0, value);
    OsException.check(Libc.setsockopt(fd.number(), level, name, scratch.address(0, 4), 4), what);
  }

  /// Sends a message.
  ///
  /// @param message from its type on; of ICMP with its checksum
  /// @param to of the socket's family
  /// @param link the number of the interface that a link-local address is to be found by
  /// @param newTrafficClass the byte of the IP header, DSCP and ECN
  /// @throws OsException `EACCES` for a broadcast address, `ENETUNREACH` without a route, `EAGAIN`
  ///   where too much waits to be sent
  public void send(
      NativeBuffer message, int offset, int length, IpAddress to, int link, int newTrafficClass)
      throws OsException {
    if (newTrafficClass != trafficClass) {
      if (isV6) {
        set(IPPROTO_IPV6, IPV6_TCLASS, newTrafficClass, "IPV6_TCLASS");
      } else {
        set(IPPROTO_IP, IP_TOS, newTrafficClass, "IP_TOS");
      }
      trafficClass = newTrafficClass;
    }
    int size = putAddress(to, link);
    int result;
    do {
      result =
          Libc.sendto(
              fd.number(),
              message.address(offset, length),
              length,
              0,
              scratch.address(0, size),
              size);
    } while (result == -Errno.EINTR);
    OsException.check(result, "sendto");
  }

  /// Writes `struct sockaddr_in` or `struct sockaddr_in6` and returns its size.
  private int putAddress(IpAddress to, int link) throws OsException {
    if (to.isV6() != isV6) {
      throw new OsException("sendto", Errno.EAFNOSUPPORT);
    }
    scratch.wipe(0, SIZE_OF_SOCKADDR_IN6);
    if (!isV6) {
      scratch.putShort(0, AF_INET);
      scratch.putIntBigEndian(4, (int) to.low());
      return SIZE_OF_SOCKADDR_IN;
    }
    scratch.putShort(0, AF_INET6);
    scratch.putLongBigEndian(8, to.high());
    scratch.putLongBigEndian(16, to.low());
    scratch.putInt(24, to.isLinkLocal() ? link : 0);
    return SIZE_OF_SOCKADDR_IN6;
  }

  @Override
  public void close() {
    fd.close();
    scratch.close();
  }
}
