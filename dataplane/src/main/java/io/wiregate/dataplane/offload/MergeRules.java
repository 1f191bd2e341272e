package io.wiregate.dataplane.offload;

import static io.wiregate.dataplane.offload.InnerPacket.V4_HEADER;

import io.wiregate.os.NativeBuffer;

/// What the headers of two packets must have in common for one to be appended to the other.
///
/// All offsets are those of packets whose lengths were compared with their headers. A transport
/// offset of [InnerPacket#V4_HEADER] means IPv4 without options, else it is IPv6 without extension
/// headers.
final class MergeRules {
  private MergeRules() {}

  /// Same addresses and ports; the caller has compared version and protocol.
  static boolean isSameFlow(NativeBuffer buffer, int first, int packet, int transport) {
    if (buffer.getInt(first + transport) != buffer.getInt(packet + transport)) {
      return false; // ports
    }
    return transport == V4_HEADER
        ? buffer.getLong(first + 12) == buffer.getLong(packet + 12)
        : buffer.getLong(first + 8) == buffer.getLong(packet + 8)
            && buffer.getLong(first + 16) == buffer.getLong(packet + 16)
            && buffer.getLong(first + 24) == buffer.getLong(packet + 24)
            && buffer.getLong(first + 32) == buffer.getLong(packet + 32);
  }

  /// Same type of service, flags and time to live; where a router may fragment it, the
  /// identification must be the one that a splitter gives it.
  static boolean isNextV4(NativeBuffer buffer, int first, int packet, int index) {
    int fragmentation = buffer.getIntBigEndian(first + 4);
    int nextFragmentation = buffer.getIntBigEndian(packet + 4);
    boolean dontFragment = (fragmentation & 0x4000) != 0;
    return buffer.getByte(first + 1) == buffer.getByte(packet + 1)
        && buffer.getByte(first + 8) == buffer.getByte(packet + 8)
        && (fragmentation & 0xffff) == (nextFragmentation & 0xffff)
        && (dontFragment || ((fragmentation >>> 16) + index & 0xffff) == nextFragmentation >>> 16);
  }

  /// Same traffic class, flow label and hop limit.
  static boolean isNextV6(NativeBuffer buffer, int first, int packet) {
    return buffer.getInt(first) == buffer.getInt(packet)
        && buffer.getByte(first + 7) == buffer.getByte(packet + 7);
  }

  /// Same acknowledgement, window, urgent pointer and options. Flags were compared with what is
  /// mergeable. wireguard-go does not compare the window; the kernel does, and losing an update of
  /// it can stall the other direction.
  static boolean isSameTcp(NativeBuffer buffer, int first, int tcp, int length) {
    if (buffer.getInt(first + 8) != buffer.getInt(tcp + 8)
        || buffer.getUnsignedShort(first + 14) != buffer.getUnsignedShort(tcp + 14)
        || buffer.getUnsignedShort(first + 18) != buffer.getUnsignedShort(tcp + 18)) {
      return false;
    }
    for (int at = SegmentCoalescer.TCP_HEADER; at < length; at += 4) {
      if (buffer.getInt(first + at) != buffer.getInt(tcp + at)) {
        return false;
      }
    }
    return true;
  }

  /// Whether the checksums are right. The tunnel already proves that the packet is as its sender
  /// sent it, but not that the sender got it unharmed; merging writes checksums anew and would hide
  /// that from the receiver.
  static boolean isIntact(
      NativeBuffer buffer, int packet, int length, int transport, int protocol) {
    int size = length - transport;
    int pseudo;
    if (transport == V4_HEADER) {
      if (Checksum.sumOfV4Header(buffer, packet) != 0xffff) {
        return false;
      }
      pseudo = Checksum.pseudoHeaderV4(buffer, packet, protocol, size);
    } else {
      pseudo = Checksum.pseudoHeaderV6(buffer, packet, protocol, size);
    }
    return Checksum.add(pseudo, Checksum.sum(buffer, packet + transport, size)) == 0xffff;
  }
}
