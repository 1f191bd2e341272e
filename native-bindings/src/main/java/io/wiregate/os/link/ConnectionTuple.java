package io.wiregate.os.link;

import io.wiregate.os.net.IpAddress;
import org.jspecify.annotations.Nullable;

/// What connection tracking knows packets of one direction of a connection by: the kernel's `struct
/// nf_conntrack_tuple`.
///
/// @param protocol the IP protocol number
/// @param sourcePort of TCP, UDP, UDP-Lite, SCTP and DCCP; of an ICMP query or its reply the
///   identifier; else 0
/// @param destinationPort of the same protocols; of an ICMP query or its reply the type times 256
///   plus the code; else 0
public record ConnectionTuple(
    IpAddress source, IpAddress destination, int protocol, int sourcePort, int destinationPort) {
  public static final int ICMP = 1;
  public static final int TCP = 6;
  public static final int UDP = 17;
  public static final int DCCP = 33;
  public static final int ICMP_V6 = 58;
  public static final int SCTP = 132;
  public static final int UDP_LITE = 136;

  /// The types of ICMP that ask something, each followed by the one that answers it. Source: the
  /// kernel's `nf_conntrack_proto_icmp.c` and `nf_conntrack_proto_icmpv6.c`.
  private static final int[][] V4_QUERIES = {{8, 0}, {13, 14}, {15, 16}, {17, 18}};

  private static final int[][] V6_QUERIES = {{128, 129}, {139, 140}};

  /// Whether packets of a protocol have ports by which their connections are told apart.
  public static boolean hasPorts(int protocol) {
    return switch (protocol) {
      case TCP, UDP, DCCP, SCTP, UDP_LITE -> true;
      default -> false;
    };
  }

  /// Whether it is ICMP of the family of the addresses.
  public boolean isIcmp() {
    return protocol == (source.isV6() ? ICMP_V6 : ICMP);
  }

  /// That of the packets that answer these.
  ///
  /// @return null for types of ICMP that nothing answers, which connection tracking does not follow
  public @Nullable ConnectionTuple inverted() {
    if (!isIcmp()) {
      return new ConnectionTuple(
          /* source= */ destination,
          /* destination= */ source,
          protocol,
          /* sourcePort= */ destinationPort,
          /* destinationPort= */ sourcePort);
    }
    int type = destinationPort >>> 8;
    for (int[] query : source.isV6() ? V6_QUERIES : V4_QUERIES) {
      if (type == query[0] || type == query[1]) {
        int other = query[0] + query[1] - type;
        return new ConnectionTuple(
            /* source= */ destination,
            /* destination= */ source,
            protocol,
            sourcePort,
            other << 8 | (destinationPort & 0xff));
      }
    }
    return null;
  }
}
