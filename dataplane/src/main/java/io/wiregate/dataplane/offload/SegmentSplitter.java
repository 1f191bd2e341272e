package io.wiregate.dataplane.offload;

import static io.wiregate.dataplane.offload.InnerPacket.BAD_HEADER_LENGTH;
import static io.wiregate.dataplane.offload.InnerPacket.BAD_OFFLOAD;
import static io.wiregate.dataplane.offload.InnerPacket.TCP;
import static io.wiregate.dataplane.offload.InnerPacket.TOO_SHORT;
import static io.wiregate.dataplane.offload.InnerPacket.UDP;
import static io.wiregate.dataplane.offload.InnerPacket.UNKNOWN_VERSION;
import static io.wiregate.dataplane.offload.InnerPacket.V4_HEADER;
import static io.wiregate.dataplane.offload.InnerPacket.V6_HEADER;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.tun.VirtioNetHeader;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Makes the packets that one read from a TUN interface stands for: what a network card does for
/// TCP and UDP segmentation and for checksums.
///
/// First [#begin], which looks at the headers and says how many packets there are; then
/// [#copySegment] for each, in any order, into its place. Between the two the bytes read must stay
/// as they are.
///
/// Owner: one thread. Source: VIRTIO 1.2, 5.1.6; the kernel's `tcp_gso_segment`,
/// `__udp_gso_segment` and `inet_gso_segment`, whose output this reproduces.
public final class SegmentSplitter {
  private static final int TCP_SEQUENCE = 4;
  private static final int TCP_FLAGS = 12; // with the data offset: a word of the checksum
  private static final int TCP_CHECKSUM = 16;
  private static final int TCP_HEADER = 20;
  private static final int TCP_FIN = 0x01;
  private static final int TCP_PSH = 0x08;
  private static final int TCP_CWR = 0x80;
  private static final int UDP_LENGTH = 4;
  private static final int UDP_CHECKSUM = 6;
  private static final int UDP_HEADER = 8;

  private @Nullable NativeBuffer source;
  private int packet;
  private int count;
  private int segmentLength;
  private int lastLength;

  // Of a single packet.
  private boolean isSingle;
  private int checksumStart; // 0 for none
  private int checksumField;

  // Of a large packet.
  private boolean isV6;
  private boolean isTcp;
  private int transport;
  private int headerLength;
  private int segmentSize;
  private int ipSum;
  private int transportSum;

  // Results of walkExtensions.
  private int protocol;
  private boolean hasOtherDestination;

  /// Looks at what was read.
  ///
  /// @param offset where the virtio header starts
  /// @param length bytes, virtio header included
  /// @return packets it stands for, at least 1; negative if its headers are wrong or contradict
  ///   each other: one of the constants of [InnerPacket]
  public int begin(NativeBuffer buffer, int offset, int length) {
    count = 0;
    int available = length - VirtioNetHeader.SIZE;
    if (available < V4_HEADER) {
      return TOO_SHORT;
    }
    source = buffer;
    packet = offset + VirtioNetHeader.SIZE;
    int type = VirtioNetHeader.gsoType(buffer, offset);
    isSingle = type == VirtioNetHeader.GSO_NONE;
    int result =
        isSingle
            ? beginSingle(buffer, offset, available)
            : beginLarge(buffer, offset, available, type & ~VirtioNetHeader.GSO_ECN);
    count = Math.max(result, 0);
    return result;
  }

  private int beginSingle(NativeBuffer buffer, int virtio, int available) {
    int length = InnerPacket.trimmedLength(buffer, packet, available);
    if (length < 0) {
      return length;
    }
    checksumStart = 0;
    if (VirtioNetHeader.needsChecksum(buffer, virtio)) {
      int start = VirtioNetHeader.checksumStart(buffer, virtio);
      int field = start + VirtioNetHeader.checksumOffset(buffer, virtio);
      // Within the IP header it would change what the packet was routed by.
      if (start < InnerPacket.headerLength(buffer, packet) || field + 2 > length) {
        return BAD_OFFLOAD;
      }
      checksumStart = start;
      checksumField = field;
    }
    segmentLength = length;
    lastLength = length;
    return 1;
  }

  private int beginLarge(NativeBuffer buffer, int virtio, int available, int type) {
    int size = VirtioNetHeader.segmentSize(buffer, virtio);
    int version = InnerPacket.version(buffer, packet);
    if (version != 4 && version != 6) {
      return UNKNOWN_VERSION;
    }
    isV6 = version == 6;
    int start = isV6 ? walkExtensions(buffer, available) : walkV4(buffer, available);
    if (start < 0) {
      return start;
    }
    isTcp = type == VirtioNetHeader.GSO_TCPV4 || type == VirtioNetHeader.GSO_TCPV6;
    boolean fits =
        isTcp
            ? protocol == TCP && (type == VirtioNetHeader.GSO_TCPV6) == isV6
            : protocol == UDP && type == VirtioNetHeader.GSO_UDP_L4;
    // The IP length field of a segment has 16 bits, and IPv6 does not count its own header.
    if (!fits || size == 0 || available > 0xffff + (isV6 ? V6_HEADER : 0)) {
      return BAD_OFFLOAD;
    }
    transport = start;
    // The header length that the virtio header claims is wrong for forwarded packets: not used.
    headerLength = start + transportHeaderLength(buffer, available);
    if (headerLength <= start || headerLength > available) {
      return BAD_OFFLOAD;
    }
    boolean needsChecksum = VirtioNetHeader.needsChecksum(buffer, virtio);
    if (needsChecksum
        && (VirtioNetHeader.checksumStart(buffer, virtio) != start
            || VirtioNetHeader.checksumOffset(buffer, virtio)
                != (isTcp ? TCP_CHECKSUM : UDP_CHECKSUM))) {
      return BAD_OFFLOAD;
    }
    if (hasOtherDestination && !needsChecksum) {
      return BAD_OFFLOAD;
    }
    segmentSize = size;
    // How long the packet is says the read: the IP length of a large packet is 0 at times.
    int payload = available - headerLength;
    int segments = Math.max(1, (payload + size - 1) / size);
    segmentLength = headerLength + Math.min(payload, size);
    lastLength = headerLength + payload - (segments - 1) * size;
    sumHeaders(buffer, available - start);
    return segments;
  }

  /// Sets [#protocol].
  ///
  /// @return where the transport header starts, or a negative reason
  private int walkV4(NativeBuffer buffer, int available) {
    int header = InnerPacket.headerLength(buffer, packet);
    if (header < V4_HEADER || header > available) {
      return BAD_HEADER_LENGTH;
    }
    protocol = InnerPacket.protocol(buffer, packet);
    hasOtherDestination = false;
    boolean fragment = (buffer.getUnsignedShortBigEndian(packet + 6) & 0x3fff) != 0;
    return fragment ? BAD_OFFLOAD : header;
  }

  /// Sets [#protocol] and [#hasOtherDestination].
  ///
  /// @return where the transport header starts, or a negative reason
  private int walkExtensions(NativeBuffer buffer, int available) {
    if (available < V6_HEADER) {
      return TOO_SHORT;
    }
    int next = InnerPacket.protocol(buffer, packet);
    int at = V6_HEADER;
    hasOtherDestination = false;
    // Each step goes forward by at least 8 bytes, so this ends.
    while (next == Ipv6Extension.HOP_BY_HOP
        || next == Ipv6Extension.ROUTING
        || next == Ipv6Extension.DESTINATION) {
      if (at + 8 > available) {
        return BAD_OFFLOAD;
      }
      if (next == Ipv6Extension.ROUTING && buffer.getByte(packet + at + 3) != 0) {
        hasOtherDestination = true; // segments left: the pseudo-header has the final destination
      }
      next = buffer.getUnsignedByte(packet + at);
      at += 8 + 8 * buffer.getUnsignedByte(packet + at + 1);
    }
    protocol = next;
    return at > available ? BAD_OFFLOAD : at;
  }

  /// 0 if it is cut off or wrong.
  private int transportHeaderLength(NativeBuffer buffer, int available) {
    if (!isTcp) {
      return UDP_HEADER;
    }
    if (transport + TCP_HEADER > available) {
      return 0;
    }
    int length = buffer.getUnsignedByte(packet + transport + TCP_FLAGS) >>> 4 << 2;
    return length < TCP_HEADER ? 0 : length;
  }

  /// Sums once what all segments have in common: all of the headers but lengths, identification,
  /// sequence number, flags and the checksums themselves.
  private void sumHeaders(NativeBuffer buffer, int transportLength) {
    int at = packet + transport;
    if (!isV6) {
      ipSum = Checksum.sum(buffer, packet, transport);
      ipSum = Checksum.subtract(ipSum, buffer.getUnsignedShortBigEndian(packet + 2));
      ipSum = Checksum.subtract(ipSum, buffer.getUnsignedShortBigEndian(packet + 4));
      ipSum = Checksum.subtract(ipSum, buffer.getUnsignedShortBigEndian(packet + 10));
    }
    // From the addresses, not from what stands in the checksum field: some guests leave the length
    // out of that, as network cards want it. With a routing header there is no other way.
    int pseudo =
        hasOtherDestination
            ? Checksum.subtract(
                buffer.getUnsignedShortBigEndian(at + (isTcp ? TCP_CHECKSUM : UDP_CHECKSUM)),
                transportLength)
            : isV6
                ? Checksum.pseudoHeaderV6(buffer, packet, protocol, 0)
                : Checksum.pseudoHeaderV4(buffer, packet, protocol, 0);
    if (isTcp) {
      int ports = Checksum.sum(buffer, at, TCP_SEQUENCE);
      int acknowledgement = Checksum.sum(buffer, at + 8, 4);
      int window = buffer.getUnsignedShortBigEndian(at + 14);
      int rest = Checksum.sum(buffer, at + 18, headerLength - transport - 18);
      transportSum = Checksum.fold(pseudo + ports + acknowledgement + window + rest);
    } else {
      transportSum = Checksum.add(pseudo, Checksum.sum(buffer, at, UDP_LENGTH));
    }
  }

  /// Packets that the last [#begin] found, 0 if its headers were wrong.
  public int segmentCount() {
    return count;
  }

  /// Bytes of each packet but the last.
  public int segmentLength() {
    return segmentLength;
  }

  /// Bytes of the last packet.
  public int lastLength() {
    return lastLength;
  }

  /// Bytes of packet `index`.
  public int length(int index) {
    return index == count - 1 ? lastLength : segmentLength;
  }

  /// Where the packet starts in what was read: its addresses are those of every segment.
  public int packetOffset() {
    return packet;
  }

  /// Writes packet `index`, complete with its checksums. What follows it is not touched.
  ///
  /// @param index 0 to [#segmentCount] - 1
  /// @param target where to; not within what was read; with room for [#length] bytes
  /// @return its length
  public int copySegment(int index, NativeBuffer target, int targetOffset) {
    NativeBuffer from = Objects.requireNonNull(source);
    return isSingle
        ? copySingle(from, target, targetOffset)
        : copyPart(index, from, target, targetOffset);
  }

  private int copySingle(NativeBuffer from, NativeBuffer target, int to) {
    target.copyFrom(to, from, packet, lastLength);
    if (checksumStart != 0) {
      // The field holds the sum of the pseudo-header already, and is thus summed with the rest. The
      // kernel, too, never writes 0, which UDP would take for 'none' (skb_checksum_help).
      int sum = Checksum.sum(target, to + checksumStart, lastLength - checksumStart);
      target.putShortBigEndian(to + checksumField, Checksum.complementNotZero(sum));
    }
    return lastLength;
  }

  private int copyPart(int index, NativeBuffer from, NativeBuffer target, int to) {
    int length = length(index);
    target.copyFrom(to, from, packet, headerLength);
    int payloadSum =
        Checksum.copyAndSum(
            from,
            packet + headerLength + index * segmentSize,
            target,
            to + headerLength,
            length - headerLength);
    if (isV6) {
      target.putShortBigEndian(to + 4, length - V6_HEADER);
    } else {
      finishV4(index, target, to, length);
    }
    int sum = Checksum.fold(transportSum + payloadSum + (length - transport));
    if (isTcp) {
      finishTcp(index, target, to + transport, sum);
    } else {
      finishUdp(target, to + transport, length - transport, sum);
    }
    return length;
  }

  private void finishV4(int index, NativeBuffer target, int to, int length) {
    int identification = target.getUnsignedShortBigEndian(to + 4) + index & 0xffff;
    target.putShortBigEndian(to + 2, length);
    target.putShortBigEndian(to + 4, identification);
    int sum = Checksum.fold(ipSum + length + identification);
    target.putShortBigEndian(to + 10, Checksum.complement(sum));
  }

  private void finishTcp(int index, NativeBuffer target, int tcp, int sum) {
    int sequence = target.getIntBigEndian(tcp + TCP_SEQUENCE) + index * segmentSize;
    target.putIntBigEndian(tcp + TCP_SEQUENCE, sequence);
    int flags = target.getUnsignedShortBigEndian(tcp + TCP_FLAGS);
    if (index > 0) {
      flags &= ~TCP_CWR; // said once (RFC 3168, 6.1.2)
    }
    if (index < count - 1) {
      flags &= ~(TCP_FIN | TCP_PSH);
    }
    target.putShortBigEndian(tcp + TCP_FLAGS, flags);
    int total = sum + (sequence >>> 16) + (sequence & 0xffff) + flags;
    target.putShortBigEndian(tcp + TCP_CHECKSUM, Checksum.complement(Checksum.fold(total)));
  }

  private static void finishUdp(NativeBuffer target, int udp, int length, int sum) {
    target.putShortBigEndian(udp + UDP_LENGTH, length);
    int total = Checksum.add(sum, length);
    target.putShortBigEndian(udp + UDP_CHECKSUM, Checksum.complementNotZero(total));
  }
}
