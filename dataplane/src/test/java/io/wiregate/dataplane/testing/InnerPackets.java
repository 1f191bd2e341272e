package io.wiregate.dataplane.testing;

import io.wiregate.os.net.IpAddress;
import java.nio.ByteBuffer;

/// Inner packets, built by code of their own.
public final class InnerPackets {
  private static final int UDP = 17;

  private InnerPackets() {}

  /// A UDP datagram over IPv4 with right checksums (none for UDP).
  public static byte[] udp(
      String source, int sourcePort, String destination, int destinationPort, byte[] payload) {
    int length = 28 + payload.length;
    ByteBuffer packet = ByteBuffer.allocate(length);
    packet.put((byte) 0x45).put((byte) 0).putShort((short) length);
    packet.putShort((short) 0).putShort((short) 0x4000);
    packet.put((byte) 64).put((byte) UDP).putShort((short) 0);
    packet.put(IpAddress.parse(source).toBytes()).put(IpAddress.parse(destination).toBytes());
    packet.putShort((short) sourcePort).putShort((short) destinationPort);
    packet.putShort((short) (8 + payload.length)).putShort((short) 0).put(payload);
    int sum = 0;
    for (int i = 0; i < 20; i += 2) {
      sum += packet.getShort(i) & 0xffff;
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    sum = (sum & 0xffff) + (sum >>> 16);
    packet.putShort(10, (short) ~sum);
    return packet.array();
  }
}
