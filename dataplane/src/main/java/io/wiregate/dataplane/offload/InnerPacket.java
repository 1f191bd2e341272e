package io.wiregate.dataplane.offload;

import io.wiregate.os.NativeBuffer;

/// Reads IP headers (RFC 791, RFC 8200) of the packets inside the tunnel, which strangers wrote.
///
/// First [#trimmedLength]: only if that is positive are there the bytes that the other readers look
/// at.
public final class InnerPacket {
  /// Fewer bytes than the header of its version has.
  public static final int TOO_SHORT = -1;

  /// Neither IPv4 nor IPv6.
  public static final int UNKNOWN_VERSION = -2;

  /// The IPv4 header claims fewer than 20 bytes, or more than there are.
  public static final int BAD_HEADER_LENGTH = -3;

  /// It claims fewer bytes than its header has, or more than there are.
  public static final int BAD_LENGTH = -4;

  /// The virtio header does not fit the packet behind it.
  public static final int BAD_OFFLOAD = -5;

  public static final int TCP = 6;
  public static final int UDP = 17;

  /// Bytes of an IPv4 header without options.
  public static final int V4_HEADER = 20;

  /// Bytes of an IPv6 header without extension headers.
  public static final int V6_HEADER = 40;

  /// Not ECN-capable transport (RFC 3168, 5).
  public static final int NOT_ECT = 0;

  /// ECN-capable; low latency (RFC 9331).
  public static final int ECT_1 = 1;

  /// ECN-capable.
  public static final int ECT_0 = 2;

  /// Congestion experienced.
  public static final int CE = 3;

  private static final int ECN_MASK = 3;

  static final int V4_SOURCE = 12;
  static final int V6_SOURCE = 8;

  private InnerPacket() {}

  /// The packet's own length, without what follows it (WireGuard pads to 16 bytes).
  ///
  /// @param available bytes from `at` on
  /// @return bytes, at least 20 and at most `available`; negative if its header is wrong: one of
  ///   the constants of this class
  public static int trimmedLength(NativeBuffer buffer, int at, int available) {
    if (available < V4_HEADER) {
      return TOO_SHORT;
    }
    int version = version(buffer, at);
    if (version == 4) {
      int header = headerLength(buffer, at);
      if (header < V4_HEADER || header > available) {
        return BAD_HEADER_LENGTH;
      }
      int total = buffer.getUnsignedShortBigEndian(at + 2);
      return total < header || total > available ? BAD_LENGTH : total;
    }
    if (version == 6) {
      if (available < V6_HEADER) {
        return TOO_SHORT;
      }
      int total = totalLength(buffer, at);
      return total > available ? BAD_LENGTH : total;
    }
    return UNKNOWN_VERSION;
  }

  /// 4 or 6, or what else stands there.
  public static int version(NativeBuffer buffer, int at) {
    return buffer.getUnsignedByte(at) >>> 4;
  }

  public static boolean isV6(NativeBuffer buffer, int at) {
    return version(buffer, at) == 6;
  }

  /// Bytes of the IP header, options included, IPv6 extension headers not.
  public static int headerLength(NativeBuffer buffer, int at) {
    return isV6(buffer, at) ? V6_HEADER : (buffer.getUnsignedByte(at) & 15) * 4;
  }

  /// Bytes of the packet by its header.
  public static int totalLength(NativeBuffer buffer, int at) {
    return isV6(buffer, at)
        ? V6_HEADER + buffer.getUnsignedShortBigEndian(at + 4)
        : buffer.getUnsignedShortBigEndian(at + 2);
  }

  /// The protocol number; for IPv6 that of the first header after the fixed one.
  public static int protocol(NativeBuffer buffer, int at) {
    return buffer.getUnsignedByte(isV6(buffer, at) ? at + 6 : at + 9);
  }

  public static int sourceV4(NativeBuffer buffer, int at) {
    return buffer.getIntBigEndian(at + V4_SOURCE);
  }

  public static int destinationV4(NativeBuffer buffer, int at) {
    return buffer.getIntBigEndian(at + V4_SOURCE + 4);
  }

  public static long sourceV6High(NativeBuffer buffer, int at) {
    return buffer.getLongBigEndian(at + V6_SOURCE);
  }

  public static long sourceV6Low(NativeBuffer buffer, int at) {
    return buffer.getLongBigEndian(at + V6_SOURCE + 8);
  }

  public static long destinationV6High(NativeBuffer buffer, int at) {
    return buffer.getLongBigEndian(at + V6_SOURCE + 16);
  }

  public static long destinationV6Low(NativeBuffer buffer, int at) {
    return buffer.getLongBigEndian(at + V6_SOURCE + 24);
  }

  /// The ECN bits: [#NOT_ECT], [#ECT_1], [#ECT_0] or [#CE].
  public static int ecn(NativeBuffer buffer, int at) {
    return isV6(buffer, at)
        ? buffer.getUnsignedByte(at + 1) >>> 4 & ECN_MASK
        : buffer.getUnsignedByte(at + 1) & ECN_MASK;
  }

  /// Passes on to the inner packet what its datagram met on the way: the arriving inner and outer
  /// bits become those of RFC 6040, figure 4. An outer 'congestion experienced' is taken over by
  /// whoever can hear it, an outer ECT(1) by ECT(0); anything else says nothing new.
  ///
  /// @param outer traffic class of the datagram it came in, of which the ECN bits count
  /// @return whether the packet may go on; if not, the network said 'slow down' to a sender that
  ///   cannot hear it, and only a loss will tell it
  public static boolean decapsulateEcn(NativeBuffer buffer, int at, int outer) {
    if ((outer & ECT_1) == 0) { // the bit that CE has too: most packets end here
      return true;
    }
    int inner = ecn(buffer, at);
    if ((outer & ECN_MASK) == CE) {
      if (inner == NOT_ECT) {
        return false;
      }
      setEcn(buffer, at, CE);
    } else if (inner == ECT_0) {
      setEcn(buffer, at, ECT_1);
    }
    return true;
  }

  private static void setEcn(NativeBuffer buffer, int at, int ecn) {
    int word = buffer.getUnsignedShortBigEndian(at);
    if (isV6(buffer, at)) {
      buffer.putShortBigEndian(at, (word & ~(ECN_MASK << 4)) | (ecn << 4));
      return;
    }
    int changed = (word & ~ECN_MASK) | ecn;
    buffer.putShortBigEndian(at, changed);
    int checksum = buffer.getUnsignedShortBigEndian(at + 10);
    buffer.putShortBigEndian(at + 10, Checksum.update(checksum, word, changed));
  }
}
