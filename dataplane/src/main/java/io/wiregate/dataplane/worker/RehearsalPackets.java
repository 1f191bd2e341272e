package io.wiregate.dataplane.worker;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.tun.VirtioNetHeader;

/// The packets that a [Rehearsal] carries, as a TUN interface hands them over: TCP and UDP, IPv4
/// and IPv6, large ones that stand for many and small ones. Their addresses are for documentation
/// only (RFC 5737, RFC 3849).
final class RehearsalPackets {
  /// 192.0.2.1 and .2.
  static final int V4_SOURCE = 0xc000_0201;

  private static final int V4_DESTINATION = 0xc000_0202;

  /// The upper half of 2001:db8::1 and ::2.
  static final long V6_PREFIX = 0x2001_0db8_0000_0000L;

  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int TCP_HEADER = 32; // with timestamps, as most stacks send it
  private static final int UDP_HEADER = 8;
  private static final int TCP_CHECKSUM = 16;
  private static final int UDP_CHECKSUM = 6;
  private static final int ACK = 0x8010;

  private RehearsalPackets() {}

  /// A packet that stands for `segments` of the size given, or a single one.
  ///
  /// @param segmentSize bytes of payload of each
  static NativeBuffer of(boolean v6, boolean tcp, int segments, int segmentSize) {
    int ipHeader = v6 ? 40 : 20;
    int headers = ipHeader + (tcp ? TCP_HEADER : UDP_HEADER);
    int length = headers + segments * segmentSize;
    NativeBuffer buffer = NativeBuffer.allocate(VirtioNetHeader.SIZE + length);
    int packet = VirtioNetHeader.SIZE;
    for (int at = headers; at < length; at++) {
      buffer.putByte(packet + at, at * 31);
    }
    int type =
        segments == 1
            ? VirtioNetHeader.GSO_NONE
            : tcp
                ? v6 ? VirtioNetHeader.GSO_TCPV6 : VirtioNetHeader.GSO_TCPV4
                : VirtioNetHeader.GSO_UDP_L4;
    VirtioNetHeader.putSegmented(
        buffer, 0, type, headers, segmentSize, ipHeader, tcp ? TCP_CHECKSUM : UDP_CHECKSUM);
    if (v6) {
      putV6Header(buffer, packet, tcp ? TCP : UDP, length);
    } else {
      putV4Header(buffer, packet, tcp ? TCP : UDP, length);
    }
    int transport = packet + ipHeader;
    buffer.putIntBigEndian(transport, 40000 << 16 | 40001); // ports
    if (tcp) {
      buffer.putShortBigEndian(transport + 12, ACK);
    } else {
      buffer.putShortBigEndian(transport + 4, length - ipHeader);
    }
    return buffer;
  }

  private static void putV4Header(NativeBuffer buffer, int packet, int protocol, int length) {
    buffer.putByte(packet, 0x45);
    buffer.putShortBigEndian(packet + 2, length);
    buffer.putShortBigEndian(packet + 6, 0x4000); // don't fragment
    buffer.putByte(packet + 8, 64);
    buffer.putByte(packet + 9, protocol);
    buffer.putIntBigEndian(packet + 12, V4_SOURCE);
    buffer.putIntBigEndian(packet + 16, V4_DESTINATION);
  }

  private static void putV6Header(NativeBuffer buffer, int packet, int protocol, int length) {
    buffer.putByte(packet, 0x60);
    buffer.putShortBigEndian(packet + 4, length - 40);
    buffer.putByte(packet + 6, protocol);
    buffer.putByte(packet + 7, 64);
    buffer.putLongBigEndian(packet + 8, V6_PREFIX);
    buffer.putLongBigEndian(packet + 16, 1);
    buffer.putLongBigEndian(packet + 24, V6_PREFIX);
    buffer.putLongBigEndian(packet + 32, 2);
  }
}
