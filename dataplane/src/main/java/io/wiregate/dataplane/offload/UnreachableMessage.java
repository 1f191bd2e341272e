package io.wiregate.dataplane.offload;

import static io.wiregate.dataplane.offload.InnerPacket.V4_HEADER;
import static io.wiregate.dataplane.offload.InnerPacket.V6_HEADER;

import io.wiregate.os.NativeBuffer;

/// The ICMP message that tells a packet's sender that nobody can be reached at that address: for
/// IPv4 'host unreachable' (RFC 792; RFC 1812, 5.2.7.1), for IPv6 'address unreachable' (RFC 4443,
/// 3.1).
///
/// It comes from the address that the packet was for. That is no address of a router, as the RFCs
/// would have it, but the only one that the stack behind a TUN interface takes, see ADR 0010.
public final class UnreachableMessage {
  /// Bytes that an IPv4 message may have (RFC 1812, 4.3.2.3).
  static final int V4_MAX_SIZE = 576;

  /// Bytes that an IPv6 message may have: what every link takes (RFC 4443, 2.4 c).
  static final int V6_MAX_SIZE = 1280;

  private static final int ICMP = 1;
  private static final int ICMP_V6 = 58;
  private static final int ICMP_HEADER = 8;

  private static final int V4_TYPE_AND_CODE = 0x0301;
  private static final int V6_TYPE_AND_CODE = 0x0103;

  private static final int HOP_LIMIT = 64;
  private static final int DONT_FRAGMENT = 0x4000;

  /// Precedence 'internetwork control' (RFC 1812, 4.3.2.5).
  private static final int V4_START = 0x45c0;

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

  /// Where in the message the packet that it answers begins.
  public static int quoteOffset(boolean isV6) {
    return (isV6 ? V6_HEADER : V4_HEADER) + ICMP_HEADER;
  }

  /// Completes a message: writes what stands before the packet that it answers.
  ///
  /// @param at where the message is to begin; the packet stands at [#quoteOffset] from there
  /// @param packetLength bytes of the packet, of which as many count as there may be
  /// @return bytes of the message
  public static int complete(NativeBuffer buffer, int at, boolean isV6, int packetLength) {
    return isV6
        ? completeV6(buffer, at, Math.min(V6_MAX_SIZE, quoteOffset(true) + packetLength))
        : completeV4(buffer, at, Math.min(V4_MAX_SIZE, quoteOffset(false) + packetLength));
  }

  private static int completeV4(NativeBuffer buffer, int at, int size) {
    int packet = at + quoteOffset(false);
    buffer.putShortBigEndian(at, V4_START);
    buffer.putShortBigEndian(at + 2, size);
    buffer.putIntBigEndian(at + 4, DONT_FRAGMENT);
    buffer.putByte(at + 8, HOP_LIMIT);
    buffer.putByte(at + 9, ICMP);
    buffer.putShortBigEndian(at + 10, 0);
    buffer.putIntBigEndian(at + 12, InnerPacket.destinationV4(buffer, packet));
    buffer.putIntBigEndian(at + 16, InnerPacket.sourceV4(buffer, packet));
    int sum = Checksum.sum(buffer, at, V4_HEADER);
    buffer.putShortBigEndian(at + 10, Checksum.complement(sum));
    putIcmp(buffer, at + V4_HEADER, V4_TYPE_AND_CODE, size - V4_HEADER, 0);
    return size;
  }

  private static int completeV6(NativeBuffer buffer, int at, int size) {
    int packet = at + quoteOffset(true);
    buffer.putIntBigEndian(at, 6 << 28);
    buffer.putShortBigEndian(at + 4, size - V6_HEADER);
    buffer.putByte(at + 6, ICMP_V6);
    buffer.putByte(at + 7, HOP_LIMIT);
    buffer.putLongBigEndian(at + 8, InnerPacket.destinationV6High(buffer, packet));
    buffer.putLongBigEndian(at + 16, InnerPacket.destinationV6Low(buffer, packet));
    buffer.putLongBigEndian(at + 24, InnerPacket.sourceV6High(buffer, packet));
    buffer.putLongBigEndian(at + 32, InnerPacket.sourceV6Low(buffer, packet));
    int pseudo = Checksum.pseudoHeaderV6(buffer, at, ICMP_V6, size - V6_HEADER);
    putIcmp(buffer, at + V6_HEADER, V6_TYPE_AND_CODE, size - V6_HEADER, pseudo);
    return size;
  }

  private static void putIcmp(NativeBuffer buffer, int at, int typeAndCode, int size, int pseudo) {
    buffer.putShortBigEndian(at, typeAndCode);
    buffer.putShortBigEndian(at + 2, 0);
    buffer.putInt(at + 4, 0);
    int sum = Checksum.add(pseudo, Checksum.sum(buffer, at, size));
    buffer.putShortBigEndian(at + 2, Checksum.complement(sum));
  }
}
