package io.wiregate.benchmarks;

import io.wiregate.dataplane.offload.SegmentSplitter;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.tun.VirtioNetHeader;

/// Packets as a TUN interface hands them over: TCP over IPv4 with timestamps, between [#SOURCE] and
/// [#DESTINATION].
final class TestPackets {
  static final int SOURCE = 0x0a09_0001;
  static final int DESTINATION = 0x0a09_0002;

  static final int IP_HEADER = 20;
  static final int HEADERS = IP_HEADER + 32;
  static final int MTU = 1420;
  static final int SEGMENT = MTU - HEADERS;

  /// Segments that fit one UDP message at that MTU.
  static final int SEGMENTS = 45;

  /// Bytes of a large packet of [#SEGMENTS], virtio header included.
  static final int LARGE = VirtioNetHeader.SIZE + HEADERS + SEGMENTS * SEGMENT;

  private static final int TCP = 6;
  private static final int TCP_CHECKSUM = 16;

  private TestPackets() {}

  /// A packet that stands for some full segments, the first byte of its virtio header at 0.
  static NativeBuffer large(int segments) {
    int length = HEADERS + segments * SEGMENT;
    NativeBuffer buffer = NativeBuffer.allocate(VirtioNetHeader.SIZE + length);
    int packet = VirtioNetHeader.SIZE;
    for (int at = 0; at < length; at++) {
      buffer.putByte(packet + at, at * 31);
    }
    VirtioNetHeader.putSegmented(
        buffer, 0, VirtioNetHeader.GSO_TCPV4, HEADERS, SEGMENT, IP_HEADER, TCP_CHECKSUM);
    buffer.putLong(packet, 0);
    buffer.putByte(packet, 0x45);
    buffer.putShortBigEndian(packet + 2, length);
    buffer.putShortBigEndian(packet + 6, 0x4000);
    buffer.putByte(packet + 8, 64);
    buffer.putByte(packet + 9, TCP);
    buffer.putShortBigEndian(packet + 10, 0);
    buffer.putIntBigEndian(packet + 12, SOURCE);
    buffer.putIntBigEndian(packet + 16, DESTINATION);
    int tcp = packet + IP_HEADER;
    buffer.putIntBigEndian(tcp, 5001 << 16 | 5201);
    buffer.putIntBigEndian(tcp + 4, 1);
    buffer.putIntBigEndian(tcp + 8, 1);
    buffer.putShortBigEndian(tcp + 12, 0x8010);
    return buffer;
  }

  /// Has a packet of [#large] come from somewhere else.
  static void putSource(NativeBuffer large, int address) {
    large.putIntBigEndian(VirtioNetHeader.SIZE + 12, address);
  }

  /// Has it go elsewhere.
  static void putDestination(NativeBuffer large, int address) {
    large.putIntBigEndian(VirtioNetHeader.SIZE + 16, address);
  }

  /// Puts the segments of [#large] `stride` bytes apart, complete with their checksums.
  static void putSegments(NativeBuffer target, int offset, int stride, int segments) {
    putSegments(SOURCE, target, offset, stride, segments);
  }

  /// The same from another source.
  static void putSegments(int source, NativeBuffer target, int offset, int stride, int segments) {
    SegmentSplitter splitter = new SegmentSplitter();
    try (NativeBuffer large = large(segments)) {
      putSource(large, source);
      int count = splitter.begin(large, 0, large.size());
      if (count != segments) {
        throw new IllegalStateException("the splitter sees " + count + " segments");
      }
      for (int i = 0; i < count; i++) {
        splitter.copySegment(i, target, offset + i * stride);
      }
    }
  }
}
