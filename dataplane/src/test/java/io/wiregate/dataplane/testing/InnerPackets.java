package io.wiregate.dataplane.testing;

import io.wiregate.os.net.IpAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// Inner packets, built by code of their own.
public final class InnerPackets {
  private static final int ICMP = 1;
  private static final int UDP = 17;
  private static final int IP_HEADER = 20;
  private static final int ECHO_REPLY = 0;
  private static final int ECHO_REQUEST = 8;

  private InnerPackets() {}

  /// The same packet over IPv4 with another TOS byte.
  public static byte[] marked(byte[] packet, int trafficClass) {
    byte[] marked = packet.clone();
    marked[1] = (byte) trafficClass;
    ByteBuffer bytes = ByteBuffer.wrap(marked).putShort(10, (short) 0);
    bytes.putShort(10, checksum(bytes, 0, IP_HEADER));
    return marked;
  }

  /// A UDP datagram over IPv4 with right checksums (none for UDP).
  public static byte[] udp(
      String source, int sourcePort, String destination, int destinationPort, byte[] payload) {
    byte[] bytes = new byte[IP_HEADER + 8 + payload.length];
    ByteBuffer packet = ByteBuffer.wrap(bytes);
    putHeader(packet, source, destination, UDP);
    packet.putShort((short) sourcePort).putShort((short) destinationPort);
    packet.putShort((short) (8 + payload.length)).putShort((short) 0).put(payload);
    return bytes;
  }

  /// An ICMP echo request over IPv4.
  public static byte[] echoRequest(
      String source, String destination, int identifier, int sequence, byte[] payload) {
    byte[] bytes = new byte[IP_HEADER + 8 + payload.length];
    ByteBuffer packet = ByteBuffer.wrap(bytes);
    putHeader(packet, source, destination, ICMP);
    packet.put((byte) ECHO_REQUEST).put((byte) 0).putShort((short) 0);
    packet.putShort((short) identifier).putShort((short) sequence).put(payload);
    packet.putShort(IP_HEADER + 2, checksum(packet, IP_HEADER, bytes.length));
    return bytes;
  }

  /// The answer to an ICMP echo request over IPv4 without options.
  public static byte[] echoReply(byte[] request) {
    int length = ByteBuffer.wrap(request).getShort(2) & 0xffff;
    byte[] bytes = Arrays.copyOf(request, length);
    ByteBuffer packet = ByteBuffer.wrap(bytes);
    packet.put(12, request, 16, 4).put(16, request, 12, 4); // the IP checksum stays the same
    packet.put(IP_HEADER, (byte) ECHO_REPLY).putShort(IP_HEADER + 2, (short) 0);
    packet.putShort(IP_HEADER + 2, checksum(packet, IP_HEADER, length));
    return bytes;
  }

  /// An IPv4 header; the position is behind it then.
  private static void putHeader(
      ByteBuffer packet, String source, String destination, int protocol) {
    packet.put((byte) 0x45).put((byte) 0).putShort((short) packet.capacity());
    packet.putShort((short) 0).putShort((short) 0x4000);
    packet.put((byte) 64).put((byte) protocol).putShort((short) 0);
    packet.put(IpAddress.parse(source).toBytes()).put(IpAddress.parse(destination).toBytes());
    packet.putShort(10, checksum(packet, 0, IP_HEADER));
  }

  private static short checksum(ByteBuffer packet, int from, int to) {
    int sum = 0;
    for (int i = from; i < to; i += 2) {
      sum += i + 1 < to ? packet.getShort(i) & 0xffff : (packet.get(i) & 0xff) << 8;
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    sum = (sum & 0xffff) + (sum >>> 16);
    return (short) ~sum;
  }
}
