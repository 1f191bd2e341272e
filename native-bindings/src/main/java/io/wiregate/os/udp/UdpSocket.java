package io.wiregate.os.udp;

import static io.wiregate.os.udp.SocketConstants.*;

import io.wiregate.os.Errno;
import io.wiregate.os.FileDescriptor;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.internal.Libc;
import io.wiregate.os.net.IpAddress;

/// A UDP socket of one address family on one port, for any remote address.
///
/// It reports the local address and traffic class of what arrives, sends from the address asked
/// for, lets the network fragment, and never waits.
///
/// Owner: one thread receives, and says what may be fragmented; any thread may send (each with its
/// own batch). Source: udp(7), ip(7), ipv6(7).
public final class UdpSocket implements AutoCloseable {
  private final FileDescriptor fd;
  private final boolean v6;
  private final boolean sendsSegments;
  private final boolean receivesSegments;

  // Of the one thread that sends what may or may not be fragmented.
  private final NativeBuffer optionValue = NativeBuffer.allocate(4);
  private boolean fragments = true;

  private UdpSocket(
      FileDescriptor fd, boolean v6, boolean sendsSegments, boolean receivesSegments) {
    this.fd = fd;
    this.v6 = v6;
    this.sendsSegments = sendsSegments;
    this.receivesSegments = receivesSegments;
  }

  /// Opens a socket that is not bound yet.
  ///
  /// @param v6 IPv6 only, else IPv4 only
  /// @param bufferSize bytes that the kernel may queue in each direction; without `CAP_NET_ADMIN`
  ///   as much as `net.core.rmem_max` allows
  /// @throws OsException `EAFNOSUPPORT` where the kernel lacks the family
  public static UdpSocket open(boolean v6, UdpOffloads wanted, int bufferSize) throws OsException {
    int type = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    int number = OsException.check(Libc.socket(v6 ? AF_INET6 : AF_INET, type, 0), "socket");
    FileDescriptor fd = new FileDescriptor(number);
    try {
      setBufferSize(fd, bufferSize);
      if (v6) {
        set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1, "IPV6_V6ONLY");
        set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO");
        set(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1, "IPV6_RECVTCLASS");
        set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IP_PMTUDISC_OMIT, "IPV6_MTU_DISCOVER");
      } else {
        set(fd, IPPROTO_IP, IP_PKTINFO, 1, "IP_PKTINFO");
        set(fd, IPPROTO_IP, IP_RECVTOS, 1, "IP_RECVTOS");
        set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT, "IP_MTU_DISCOVER");
      }
      boolean sends = wanted.segmentationOffload() && knows(fd, UDP_SEGMENT);
      boolean receives = wanted.receiveOffload() && trySet(fd, SOL_UDP, UDP_GRO, 1) >= 0;
      return new UdpSocket(fd, v6, sends, receives);
    } catch (OsException e) {
      fd.close();
      throw e;
    }
  }

  private static void setBufferSize(FileDescriptor fd, int bytes) {
    if (trySet(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes) < 0) {
      trySet(fd, SOL_SOCKET, SO_RCVBUF, bytes);
    }
    if (trySet(fd, SOL_SOCKET, SO_SNDBUFFORCE, bytes) < 0) {
      trySet(fd, SOL_SOCKET, SO_SNDBUF, bytes);
    }
  }

  /// Binds to a port on all addresses of the family.
  ///
  /// @param port 0 lets the kernel choose
  /// @throws OsException `EADDRINUSE` where another socket has it
  public void bind(int port) throws OsException {
    bind(v6 ? IpAddress.v6(0, 0) : IpAddress.v4(0), port);
  }

  /// Binds to a port of one of this machine's addresses, which is of the socket's family.
  ///
  /// @param port 0 lets the kernel choose
  /// @throws OsException `EADDRINUSE` where another socket has it, `EADDRNOTAVAIL` where the
  ///   address is not this machine's
  public void bind(IpAddress local, int port) throws OsException {
    try (NativeBuffer address = NativeBuffer.allocate(SocketAddress.STRIDE)) {
      int length = SocketAddress.put(address, 0, local, port, 0);
      OsException.check(
          Libc.bind(fd.number(), address.address(0, length), length), "bind UDP port " + port);
    }
  }

  /// Lets other sockets of this user that have the option too share the port. Setting it after
  /// [#bind] keeps strangers from being joined unnoticed: the first socket of a group takes the
  /// port alone, then opens it to its siblings.
  public void allowPortSharing() throws OsException {
    set(fd, SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT");
  }

  /// Chooses which socket of the group that shares the port gets a datagram: the program's result
  /// is the place of the socket in the order of binding. A result past the end means the default, a
  /// hash of the addresses.
  public void steer(BpfProgram program) throws OsException {
    int count = program.instructions().size();
    try (NativeBuffer filter = NativeBuffer.allocate(count * 8);
        NativeBuffer header = NativeBuffer.allocate(16)) {
      for (int i = 0; i < count; i++) {
        BpfProgram.Instruction instruction = program.instructions().get(i);
        filter.putShort(i * 8, instruction.code());
        filter.putByte(i * 8 + 2, instruction.jumpTrue());
        filter.putByte(i * 8 + 3, instruction.jumpFalse());
        filter.putInt(i * 8 + 4, instruction.operand());
      }
      header.putShort(0, count);
      header.putLong(8, filter.address(0, count * 8));
      int result =
          Libc.setsockopt(
              fd.number(), SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, header.address(0, 16), 16);
      OsException.check(result, "SO_ATTACH_REUSEPORT_CBPF");
    }
  }

  /// Sets the mark of outgoing packets for the routing policy; 0 for none.
  ///
  /// @throws OsException `EPERM` without `CAP_NET_ADMIN`
  public void setMark(int mark) throws OsException {
    set(fd, SOL_SOCKET, SO_MARK, mark, "SO_MARK");
  }

  /// The port that it is bound to.
  public int localPort() throws OsException {
    try (NativeBuffer address = NativeBuffer.allocate(SocketAddress.STRIDE + 8)) {
      address.putInt(SocketAddress.STRIDE, SocketAddress.STRIDE);
      OsException.check(
          Libc.getsockname(
              fd.number(),
              address.address(0, SocketAddress.STRIDE),
              address.address(SocketAddress.STRIDE, 4)),
          "getsockname");
      return SocketAddress.port(address, 0);
    }
  }

  public FileDescriptor fd() {
    return fd;
  }

  public boolean isV6() {
    return v6;
  }

  /// Whether messages of several datagrams can be sent. A device on the way may still refuse them.
  public boolean sendsSegments() {
    return sendsSegments;
  }

  /// Whether messages of several datagrams may arrive.
  public boolean receivesSegments() {
    return receivesSegments;
  }

  /// Takes what has arrived.
  ///
  /// @return messages, or `-EAGAIN` where there is none, or another negated error number; errors
  ///   that earlier sends caused (ICMP) are reported here too and concern no message
  public int receive(ReceiveBatch batch) {
    return receive(batch, batch.capacity());
  }

  /// Takes what has arrived, at most some messages: with few large ones in flight, their memory
  /// stays in the processor's cache from one call to the next.
  ///
  /// @param slots messages at most, from 1 to as many as the batch has room for
  /// @return as [#receive(ReceiveBatch)]
  public int receive(ReceiveBatch batch, int slots) {
    // Never outside: the kernel takes the number as unsigned.
    int most = Math.clamp(slots, 1, batch.capacity());
    int count = Libc.recvmmsg(fd.number(), batch.headersAddress(), most, 0, 0);
    if (count > 0) {
      batch.onReceived(count);
    }
    return count;
  }

  /// Sends the messages from `first` on.
  ///
  /// @return how many were sent, at least one, or the negated error number of the first
  public int send(SendBatch batch, int first) {
    return send(batch, first, batch.count());
  }

  /// Sends the messages from `first` to before `end`.
  ///
  /// @return as [#send(SendBatch, int)]
  public int send(SendBatch batch, int first, int end) {
    return Libc.sendmmsg(fd.number(), batch.address(first), end - first, 0);
  }

  /// Says whether this machine may send a datagram in fragments that is larger than the MTU of the
  /// interface that it leaves by; if not, sending fails with `EMSGSIZE`. A new socket's are.
  /// Routers on the way may fragment in either case.
  ///
  /// @return 0 or a negated error number
  public int setFragments(boolean allowed) {
    if (allowed == fragments) {
      return 0;
    }
    optionValue.putInt(0, allowed ? IP_PMTUDISC_OMIT : IP_PMTUDISC_INTERFACE);
    int result =
        Libc.setsockopt(
            fd.number(),
            v6 ? IPPROTO_IPV6 : IPPROTO_IP,
            v6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER,
            optionValue.address(0, 4),
            4);
    if (result >= 0) {
      fragments = allowed;
    }
    return result;
  }

  private static boolean knows(FileDescriptor fd, int udpOption) {
    try (NativeBuffer value = NativeBuffer.allocate(8)) {
      value.putInt(4, 4);
      return Libc.getsockopt(
              fd.number(), SOL_UDP, udpOption, value.address(0, 4), value.address(4, 4))
          >= 0;
    }
  }

  private static void set(FileDescriptor fd, int level, int option, int value, String name)
      throws OsException {
    OsException.check(trySet(fd, level, option, value), "setsockopt " + name);
  }

  private static int trySet(FileDescriptor fd, int level, int option, int value) {
    try (NativeBuffer buffer = NativeBuffer.allocate(4)) {
      buffer.putInt(0, value);
      return Libc.setsockopt(fd.number(), level, option, buffer.address(0, 4), 4);
    }
  }

  @Override
  public void close() {
    fd.close();
    optionValue.close();
  }

  /// Whether an error of [#receive] says only that there is nothing to take now.
  public static boolean isTransient(int result) {
    return result == -Errno.EAGAIN || result == -Errno.EINTR;
  }
}
