package io.wiregate.dataplane.testing;

import io.wiregate.os.net.IpAddress;
import java.nio.ByteBuffer;

/// Inner packets, built by code of their own.
public final class InnerPackets {
  private static final int UDP = 17;

  private InnerPackets() {}

  /// The same packet over IPv4 with another TOS byte.
  public static byte[] marked(byte[] packet, int trafficClass) {
    byte[] marked = packet.clone();
    marked[1] = (byte) trafficClass;
    ByteBuffer bytes = ByteBuffer.wrap(marked).putShort(10, (short) 0);
    bytes.putShort(10, checksum(bytes));
    return marked;
  }

  private static short checksum(ByteBuffer header) {
    int sum = 0;
    for (int i = 0; i < 20; i += 2) {
      sum += header.getShort(i) & 0xffff;
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    sum = (sum & 0xffff) + (sum >>> 16);
    return (short) ~sum;
  }

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
    packet.putShort(10, checksum(packet));
    return packet.array();
  }
}
