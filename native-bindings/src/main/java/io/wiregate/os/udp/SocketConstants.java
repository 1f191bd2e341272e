package io.wiregate.os.udp;

/// Numbers from the kernel's headers, under their names there.
final class SocketConstants {
  // linux/socket.h
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  static final int SOCK_DGRAM = 2;
  static final int SOCK_NONBLOCK = 0x800;
  static final int SOCK_CLOEXEC = 0x80000;
  static final int SOL_UDP = 17;
  static final int MSG_TRUNC = 0x20;

  // asm-generic/socket.h
  static final int SOL_SOCKET = 1;
  static final int SO_SNDBUF = 7;
  static final int SO_RCVBUF = 8;
  static final int SO_REUSEPORT = 15;
  static final int SO_SNDBUFFORCE = 32;
  static final int SO_RCVBUFFORCE = 33;
  static final int SO_MARK = 36;
  static final int SO_ATTACH_REUSEPORT_CBPF = 51;

  // linux/in.h
  static final int IPPROTO_IP = 0;
  static final int IP_TOS = 1;
  static final int IP_PKTINFO = 8;
  static final int IP_MTU_DISCOVER = 10;
  static final int IP_RECVTOS = 13;
  static final int IP_PMTUDISC_INTERFACE = 4;
  static final int IP_PMTUDISC_OMIT = 5;

  // linux/in6.h
  static final int IPPROTO_IPV6 = 41;
  static final int IPV6_MTU_DISCOVER = 23;
  static final int IPV6_V6ONLY = 26;
  static final int IPV6_RECVPKTINFO = 49;
  static final int IPV6_PKTINFO = 50;
  static final int IPV6_RECVTCLASS = 66;
  static final int IPV6_TCLASS = 67;

  // linux/udp.h
  static final int UDP_SEGMENT = 103;
  static final int UDP_GRO = 104;

  private SocketConstants() {}
}
