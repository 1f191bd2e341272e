package io.wiregate.benchmarks.receive;

import io.wiregate.os.NativeBuffer;

/// What a datagram says of itself, so that whoever receives it can tell whether it is the right one
/// and whole.
///
/// It begins as what a TUN interface takes: a virtio header that asks for nothing, and the headers
/// of an IPv4 and a UDP packet, so that it can be forwarded as it is. Numbers are little-endian.
final class Datagram {
  /// Which source port it came from, counted from [#FIRST_PORT]; [#END] ends the ledger.
  static final int FLOW = 40;

  static final int LENGTH = 44;
  static final int SEQUENCE = 48;
  static final int MINIMUM = 56;

  static final int END = -1;
  static final int MAX_FLOWS = 256;
  static final int FIRST_PORT = 20_000;

  /// ECT(0), as the outer header of a WireGuard packet may have.
  static final int TRAFFIC_CLASS = 2;

  private static final int VIRTIO_HEADER = 10;

  // Where a forwarded packet comes from and goes to: 10.77.0.2 behind the TUN interface, and
  // 10.77.1.2 behind another one.
  private static final int SOURCE = 0x0a4d_0002;
  private static final int TARGET = 0x0a4d_0102;

  private static final int IPV4_HEADER = 20;
  private static final int UDP = 17;

  private Datagram() {}

  /// Writes all but the sequence number.
  static void put(NativeBuffer buffer, int at, int flow, int length) {
    int ip = at + VIRTIO_HEADER;
    buffer.putByte(ip, 0x45);
    buffer.putShortBigEndian(ip + 2, length - VIRTIO_HEADER);
    buffer.putByte(ip + 8, 64);
    buffer.putByte(ip + 9, UDP);
    buffer.putIntBigEndian(ip + 12, SOURCE);
    buffer.putIntBigEndian(ip + 16, TARGET);
    int sum = 0;
    for (int i = 0; i < IPV4_HEADER; i += 2) {
      sum += i == 10 ? 0 : buffer.getUnsignedShortBigEndian(ip + i);
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    buffer.putShortBigEndian(ip + 10, ~(sum + (sum >>> 16)) & 0xffff);
    int udp = ip + IPV4_HEADER;
    buffer.putShortBigEndian(udp, FIRST_PORT + flow);
    buffer.putShortBigEndian(udp + 2, 9);
    buffer.putShortBigEndian(udp + 4, length - VIRTIO_HEADER - IPV4_HEADER);
    buffer.putIntLittleEndian(at + FLOW, flow);
    buffer.putIntLittleEndian(at + LENGTH, length);
  }
}
