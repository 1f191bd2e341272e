package io.wiregate.dataplane.offload;

import static io.wiregate.dataplane.offload.InnerPacket.TCP;
import static io.wiregate.dataplane.offload.InnerPacket.UDP;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.link.ConnectionTuple;
import io.wiregate.os.net.IpAddress;
import org.jspecify.annotations.Nullable;

/// A packet whose addresses and ports may have been translated on its way here: what connection
/// tracking knows it by, and how it becomes again what its sender sent.
///
/// The packet may be cut off behind its IP header. None of this is for the walk: it allocates.
public final class TranslatedPacket {
  private static final int PORTS = 4; // bytes of both
  private static final int ICMP_TYPE_AND_CODE = 0;
  private static final int ICMP_CHECKSUM = 2;
  private static final int ICMP_IDENTIFIER = 4;
  private static final int ICMP_LENGTH = 6; // up to the identifier's end
  private static final int TCP_CHECKSUM = 16;
  private static final int UDP_CHECKSUM = 6; // of UDP-Lite and of DCCP too

  private TranslatedPacket() {}

  /// What connection tracking knows a packet by.
  ///
  /// @param length bytes that are there, at least those of the IP header
  /// @return null where the headers that it needs are not all there
  public static @Nullable ConnectionTuple tuple(NativeBuffer buffer, int packet, int length) {
    int upper = upperLayer(buffer, packet, length);
    if (upper < 0) {
      return null;
    }
    int protocol = upper / Ipv6Extension.PROTOCOL;
    int at = upper % Ipv6Extension.PROTOCOL;
    IpAddress source = source(buffer, packet);
    IpAddress destination = destination(buffer, packet);
    if (ConnectionTuple.hasPorts(protocol)) {
      return at + PORTS > length
          ? null
          : new ConnectionTuple(
              source,
              destination,
              protocol,
              buffer.getUnsignedShortBigEndian(packet + at),
              buffer.getUnsignedShortBigEndian(packet + at + 2));
    }
    ConnectionTuple bare = new ConnectionTuple(source, destination, protocol, 0, 0);
    if (!bare.isIcmp()) {
      return bare;
    }
    return at + ICMP_LENGTH > length
        ? null
        : new ConnectionTuple(
            source,
            destination,
            protocol,
            buffer.getUnsignedShortBigEndian(packet + at + ICMP_IDENTIFIER),
            buffer.getUnsignedShortBigEndian(packet + at + ICMP_TYPE_AND_CODE));
  }

  /// As [Ipv6Extension#upperLayer], for both families.
  private static int upperLayer(NativeBuffer buffer, int packet, int length) {
    return InnerPacket.isV6(buffer, packet)
        ? Ipv6Extension.upperLayer(buffer, packet, length)
        : InnerPacket.protocol(buffer, packet) * Ipv6Extension.PROTOCOL
            + InnerPacket.headerLength(buffer, packet);
  }

  public static IpAddress source(NativeBuffer buffer, int packet) {
    return InnerPacket.isV6(buffer, packet)
        ? IpAddress.v6(
            InnerPacket.sourceV6High(buffer, packet), InnerPacket.sourceV6Low(buffer, packet))
        : IpAddress.v4(InnerPacket.sourceV4(buffer, packet));
  }

  public static IpAddress destination(NativeBuffer buffer, int packet) {
    return InnerPacket.isV6(buffer, packet)
        ? IpAddress.v6(
            InnerPacket.destinationV6High(buffer, packet),
            InnerPacket.destinationV6Low(buffer, packet))
        : IpAddress.v4(InnerPacket.destinationV4(buffer, packet));
  }

  /// Puts addresses and ports back, and changes the checksums with them, those that are there. SCTP
  /// has one of its port numbers alone which is not so changed.
  ///
  /// @param length bytes that are there, of which [#tuple] made one
  /// @param before what the packet was before it was translated, of the same family and protocol
  public static void putBack(NativeBuffer buffer, int packet, int length, ConnectionTuple before) {
    boolean isV6 = InnerPacket.isV6(buffer, packet);
    int upper = upperLayer(buffer, packet, length) % Ipv6Extension.PROTOCOL;
    int addresses = packet + (isV6 ? InnerPacket.V6_SOURCE : InnerPacket.V4_SOURCE);
    int addressesLength = isV6 ? 32 : 8;
    int oldAddresses = Checksum.sum(buffer, addresses, addressesLength);
    byte[] source = before.source().toBytes();
    byte[] destination = before.destination().toBytes();
    buffer.copyFrom(addresses, source, 0, source.length);
    buffer.copyFrom(addresses + source.length, destination, 0, destination.length);
    int newAddresses = Checksum.sum(buffer, addresses, addressesLength);
    if (!isV6) {
      change(buffer, packet + 10, oldAddresses, newAddresses);
    }

    int at = packet + upper;
    int oldPorts = 0;
    int newPorts = 0;
    if (ConnectionTuple.hasPorts(before.protocol())) {
      oldPorts = Checksum.sum(buffer, at, PORTS);
      buffer.putShortBigEndian(at, before.sourcePort());
      buffer.putShortBigEndian(at + 2, before.destinationPort());
      newPorts = Checksum.sum(buffer, at, PORTS);
    } else if (before.isIcmp()) {
      oldPorts = buffer.getUnsignedShortBigEndian(at + ICMP_IDENTIFIER);
      buffer.putShortBigEndian(at + ICMP_IDENTIFIER, before.sourcePort());
      newPorts = before.sourcePort();
      if (!isV6) { // which has no pseudo-header
        oldAddresses = 0;
        newAddresses = 0;
      }
    }
    int field = checksumField(before);
    if (field >= 0 && upper + field + 2 <= length) {
      boolean isUdp = before.protocol() == UDP;
      if (!isUdp || buffer.getUnsignedShortBigEndian(at + field) != 0) { // 0 is none
        change(
            buffer,
            at + field,
            Checksum.add(oldAddresses, oldPorts),
            Checksum.add(newAddresses, newPorts));
        if (isUdp && buffer.getUnsignedShortBigEndian(at + field) == 0) {
          buffer.putShortBigEndian(at + field, 0xffff);
        }
      }
    }
  }

  /// Where in the header a checksum is that covers addresses and ports, -1 where there is none.
  private static int checksumField(ConnectionTuple tuple) {
    if (tuple.isIcmp()) {
      return ICMP_CHECKSUM;
    }
    return switch (tuple.protocol()) {
      case TCP -> TCP_CHECKSUM;
      case UDP, ConnectionTuple.UDP_LITE, ConnectionTuple.DCCP -> UDP_CHECKSUM;
      default -> -1;
    };
  }

  /// What a checksum is after a part of what it covers has changed (RFC 1624).
  private static void change(NativeBuffer buffer, int field, int oldSum, int newSum) {
    int sum = Checksum.complement(buffer.getUnsignedShortBigEndian(field));
    int changed = Checksum.add(Checksum.subtract(sum, oldSum), newSum);
    buffer.putShortBigEndian(field, Checksum.complement(changed));
  }
}
