package io.wiregate.dataplane.offload;

import static io.wiregate.dataplane.offload.InnerPacket.V4_HEADER;
import static io.wiregate.dataplane.offload.InnerPacket.V6_HEADER;

import io.wiregate.os.NativeBuffer;

/// The ICMP message that tells a packet's sender that nobody can be reached at that address: for
/// IPv4 'host unreachable' (RFC 792; RFC 1812, 5.2.7.1), for IPv6 'address unreachable' (RFC 4443,
/// 3.1). From its type on: the kernel writes the IP header.
public final class UnreachableMessage {
  /// Bytes of the header of ICMP and of ICMPv6.
  public static final int ICMP_HEADER = 8;

  /// Bytes that an IPv4 message may have, its IP header included (RFC 1812, 4.3.2.3).
  private static final int V4_MAX_SIZE = 576;

  /// Bytes that an IPv6 message may have, its IP header included: what every link takes (RFC 4443,
  /// 2.4 c).
  private static final int V6_MAX_SIZE = 1280;

  private static final int ICMP = 1;
  private static final int ICMP_V6 = 58;

  private static final int V4_TYPE_AND_CODE = 0x0301;
  private static final int V6_TYPE_AND_CODE = 0x0103;

  private static final int INTERNETWORK_CONTROL = 0xc0;
  private static final int TYPE_OF_SERVICE = 0x1c;

  private static final int FRAGMENT_OFFSET = 0x1fff;
  private static final int FIRST_MULTICAST = 224;
  private static final int LOOPBACK = 127;
  private static final int V6_INFORMATIONAL = 128;
  private static final int V6_REDIRECT = 137;

  private UnreachableMessage() {}

  /// Whether a packet may be answered so (RFC 1812, 4.3.2.7; RFC 4443, 2.4 e): not an ICMP error,
  /// lest errors answer errors; not what is for many; not what is from nobody or from many; of a
  /// fragmented one only the first part.
  ///
  /// @param available bytes from `packet` on, at least those of the IP header
  public static boolean mayAnswer(NativeBuffer buffer, int packet, int available) {
    return InnerPacket.isV6(buffer, packet)
        ? mayAnswerV6(buffer, packet, available)
        : mayAnswerV4(buffer, packet, available);
  }

  private static boolean mayAnswerV4(NativeBuffer buffer, int packet, int available) {
    int source = InnerPacket.sourceV4(buffer, packet) >>> 24;
    int destination = InnerPacket.destinationV4(buffer, packet) >>> 24;
    if (source == 0
        || source == LOOPBACK
        || source >= FIRST_MULTICAST
        || destination >= FIRST_MULTICAST
        || (buffer.getUnsignedShortBigEndian(packet + 6) & FRAGMENT_OFFSET) != 0) {
      return false;
    }
    int header = InnerPacket.headerLength(buffer, packet);
    return InnerPacket.protocol(buffer, packet) != ICMP
        || (header < available && isInformationalV4(buffer.getUnsignedByte(packet + header)));
  }

  /// As the kernel has it: what is not known to ask or answer something counts as an error.
  private static boolean isInformationalV4(int type) {
    return type == 0 || type == 8 || (type >= 13 && type <= 18);
  }

  private static boolean mayAnswerV6(NativeBuffer buffer, int packet, int available) {
    long high = InnerPacket.sourceV6High(buffer, packet);
    boolean isNobody =
        high == 0 && InnerPacket.sourceV6Low(buffer, packet) >>> 1 == 0; // :: and ::1
    if (isNobody
        || high >>> 56 == 0xff
        || InnerPacket.destinationV6High(buffer, packet) >>> 56 == 0xff) {
      return false;
    }
    int upper = Ipv6Extension.upperLayer(buffer, packet, available);
    if (upper < 0) {
      return false;
    }
    int at = upper % Ipv6Extension.PROTOCOL;
    return upper / Ipv6Extension.PROTOCOL != ICMP_V6
        || (at < available && isInformationalV6(buffer.getUnsignedByte(packet + at)));
  }

  private static boolean isInformationalV6(int type) {
    return type >= V6_INFORMATIONAL && type != V6_REDIRECT;
  }

  /// Bytes of the packet that a message may quote.
  public static int quoteLimit(boolean isV6) {
    return isV6 ? V6_MAX_SIZE - V6_HEADER - ICMP_HEADER : V4_MAX_SIZE - V4_HEADER - ICMP_HEADER;
  }

  /// The traffic class that the message goes out with: for IPv4 the packet's type of service at the
  /// precedence 'internetwork control' (RFC 1812, 4.3.2.5), for IPv6 none, as the kernel has it.
  public static int trafficClass(NativeBuffer buffer, int packet) {
    return InnerPacket.isV6(buffer, packet)
        ? 0
        : INTERNETWORK_CONTROL | (buffer.getUnsignedByte(packet + 1) & TYPE_OF_SERVICE);
  }

  /// Completes a message: writes the ICMP header that stands before the packet that it answers. The
  /// checksum of ICMPv6 needs the address that it will be sent from, and is left to who knows that.
  ///
  /// @param at where the message is to begin; the packet stands [#ICMP_HEADER] bytes behind
  /// @param quoted bytes of the packet
  /// @return bytes of the message
  public static int complete(NativeBuffer buffer, int at, int quoted) {
    boolean isV6 = InnerPacket.isV6(buffer, at + ICMP_HEADER);
    int size = ICMP_HEADER + quoted;
    buffer.putShortBigEndian(at, isV6 ? V6_TYPE_AND_CODE : V4_TYPE_AND_CODE);
    buffer.putShortBigEndian(at + 2, 0);
    buffer.putInt(at + 4, 0);
    if (!isV6) {
      buffer.putShortBigEndian(at + 2, Checksum.complement(Checksum.sum(buffer, at, size)));
    }
    return size;
  }
}
