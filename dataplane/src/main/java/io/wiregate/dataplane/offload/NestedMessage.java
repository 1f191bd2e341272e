package io.wiregate.dataplane.offload;

import io.wiregate.dataplane.wire.MessageType;
import io.wiregate.dataplane.wire.TransportMessage;
import io.wiregate.os.NativeBuffer;

/// A packet from inside that is itself a message of WireGuard: of a tunnel within this one, or,
/// where a route leads back into the tunnel, of this very tunnel.
public final class NestedMessage {
  private static final int UDP_HEADER = 8;
  private static final int FRAGMENT_OFFSET = 0x1fff;

  /// What [#find] says of a packet that is none.
  public static final int NONE = -1;

  private NestedMessage() {}

  /// Where the message starts in a packet that is one, or the first fragment of one.
  ///
  /// @param available bytes from `packet` on, at least those of the IP header
  /// @return the offset from `packet`, or [#NONE]; the first four bytes of the message are there
  public static int find(NativeBuffer buffer, int packet, int available) {
    int udp;
    if (InnerPacket.isV6(buffer, packet)) {
      int upper = Ipv6Extension.upperLayer(buffer, packet, available);
      if (upper < 0 || upper / Ipv6Extension.PROTOCOL != InnerPacket.UDP) {
        return NONE;
      }
      udp = upper % Ipv6Extension.PROTOCOL;
    } else {
      if (InnerPacket.protocol(buffer, packet) != InnerPacket.UDP
          || (buffer.getUnsignedShortBigEndian(packet + 6) & FRAGMENT_OFFSET) != 0) {
        return NONE;
      }
      udp = InnerPacket.headerLength(buffer, packet);
    }
    int message = udp + UDP_HEADER;
    if (message + 4 > available) {
      return NONE;
    }
    // The whole datagram's length, in a first fragment too.
    int length = buffer.getUnsignedShortBigEndian(packet + udp + 4) - UDP_HEADER;
    return MessageType.of(buffer, packet + message, length) == MessageType.NONE ? NONE : message;
  }

  /// Whether it is a transport message to a given UDP port and receiver index.
  ///
  /// @param message what [#find] found
  /// @param available as there
  public static boolean isTo(
      NativeBuffer buffer, int packet, int message, int available, int port, int receiver) {
    return available - message >= TransportMessage.MIN_SIZE
        && TransportMessage.is(buffer, packet + message, available - message)
        && TransportMessage.receiver(buffer, packet + message) == receiver
        && buffer.getUnsignedShortBigEndian(packet + message - UDP_HEADER + 2) == port;
  }
}
