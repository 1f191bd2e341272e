package io.wiregate.dataplane.offload;

import io.wiregate.os.NativeBuffer;

/// A hash of a flow's addresses and ports that is the same in both directions.
///
/// The kernel reads a flow from the TUN queue that it was last written to, in either direction
/// (`tun_flow_update`), so both directions have to be written to the same queue, or they chase each
/// other from queue to queue and are reordered on the way.
final class FlowHash {
  private static final long FIRST =
      0x9e37_79b9_7f4a_7c15L; // odd, of no pattern: 2^64 / golden ratio
  private static final long SECOND = 0xc2b2_ae3d_27d4_eb4fL;

  private FlowHash() {}

  /// @param ports where source and destination port stand, or negative for a packet without
  static int v4(NativeBuffer buffer, int packet, int ports) {
    int sourcePort = ports < 0 ? 0 : buffer.getUnsignedShortBigEndian(ports);
    int destinationPort = ports < 0 ? 0 : buffer.getUnsignedShortBigEndian(ports + 2);
    long source = (long) InnerPacket.sourceV4(buffer, packet) << 16 | sourcePort;
    long destination = (long) InnerPacket.destinationV4(buffer, packet) << 16 | destinationPort;
    return symmetric(end(source), end(destination));
  }

  /// @param ports where source and destination port stand, or negative for a packet without
  static int v6(NativeBuffer buffer, int packet, int ports) {
    long sourcePort = ports < 0 ? 0 : buffer.getUnsignedShortBigEndian(ports);
    long destinationPort = ports < 0 ? 0 : buffer.getUnsignedShortBigEndian(ports + 2);
    long source =
        end(InnerPacket.sourceV6High(buffer, packet) + sourcePort)
            + InnerPacket.sourceV6Low(buffer, packet);
    long destination =
        end(InnerPacket.destinationV6High(buffer, packet) + destinationPort)
            + InnerPacket.destinationV6Low(buffer, packet);
    return symmetric(end(source), end(destination));
  }

  private static long end(long value) {
    long product = value * FIRST;
    return product ^ product >>> 32;
  }

  private static int symmetric(long source, long destination) {
    // The sum forgets which is which. An exclusive or would forget a flow within one host, too.
    long product = (source + destination) * SECOND;
    return (int) (product >>> 32);
  }
}
