package io.wiregate.os.tun;

import io.wiregate.os.NativeBuffer;

/// The ten bytes before each packet of a TUN interface with offloads: `struct virtio_net_hdr` of
/// linux/virtio_net.h (VIRTIO 1.2, 5.1.6), in the processor's byte order.
///
/// It says whether the transport checksum is still to be computed, and whether the packet is a
/// large one that stands for several of the same flow.
public final class VirtioNetHeader {
  /// Bytes.
  public static final int SIZE = 10;

  /// The transport checksum field holds the pseudo-header's sum only; whoever passes the packet on
  /// adds the rest.
  public static final int NEEDS_CHECKSUM = 1;

  /// One packet.
  public static final int GSO_NONE = 0;

  /// Several TCP segments over IPv4.
  public static final int GSO_TCPV4 = 1;

  /// Several TCP segments over IPv6.
  public static final int GSO_TCPV6 = 4;

  /// Several UDP datagrams (Linux 6.2).
  public static final int GSO_UDP_L4 = 5;

  /// Added to a TCP type where the large packet's first segment carries CWR.
  public static final int GSO_ECN = 0x80;

  private static final int FLAGS = 0;
  private static final int GSO_TYPE = 1;
  private static final int HEADER_LENGTH = 2;
  private static final int SEGMENT_SIZE = 4;
  private static final int CHECKSUM_START = 6;
  private static final int CHECKSUM_OFFSET = 8;

  private VirtioNetHeader() {}

  public static boolean needsChecksum(NativeBuffer buffer, int at) {
    return (buffer.getByte(at + FLAGS) & NEEDS_CHECKSUM) != 0;
  }

  /// One of the `GSO_` constants, perhaps with [#GSO_ECN].
  public static int gsoType(NativeBuffer buffer, int at) {
    return buffer.getUnsignedByte(at + GSO_TYPE);
  }

  /// Payload bytes of each segment but the last.
  public static int segmentSize(NativeBuffer buffer, int at) {
    return buffer.getUnsignedShort(at + SEGMENT_SIZE);
  }

  /// Where the checksummed part of the packet starts.
  public static int checksumStart(NativeBuffer buffer, int at) {
    return buffer.getUnsignedShort(at + CHECKSUM_START);
  }

  /// Where, from there, the checksum belongs.
  public static int checksumOffset(NativeBuffer buffer, int at) {
    return buffer.getUnsignedShort(at + CHECKSUM_OFFSET);
  }

  /// A packet that is complete in itself.
  public static void putPlain(NativeBuffer buffer, int at) {
    buffer.putLong(at, 0);
    buffer.putShort(at + CHECKSUM_OFFSET, 0);
  }

  /// A large packet that stands for several; its checksum field holds the pseudo-header's sum.
  ///
  /// @param headerLength bytes of the IP and transport headers
  /// @param checksumStart where the transport header starts
  public static void putSegmented(
      NativeBuffer buffer,
      int at,
      int gsoType,
      int headerLength,
      int segmentSize,
      int checksumStart,
      int checksumOffset) {
    buffer.putByte(at + FLAGS, NEEDS_CHECKSUM);
    buffer.putByte(at + GSO_TYPE, gsoType);
    buffer.putShort(at + HEADER_LENGTH, headerLength);
    buffer.putShort(at + SEGMENT_SIZE, segmentSize);
    buffer.putShort(at + CHECKSUM_START, checksumStart);
    buffer.putShort(at + CHECKSUM_OFFSET, checksumOffset);
  }
}
