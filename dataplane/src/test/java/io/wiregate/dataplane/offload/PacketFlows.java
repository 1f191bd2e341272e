package io.wiregate.dataplane.offload;

import io.wiregate.os.NativeBuffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// Packets as a receiver tells them apart: by flow, in order, without what means nothing.
final class PacketFlows {
  private static final HexFormat HEX = HexFormat.of();

  private PacketFlows() {}

  /// The packets of each flow, in their order.
  static Map<String, List<String>> of(List<byte[]> packets) {
    Map<String, List<String>> flows = new HashMap<>();
    for (byte[] packet : packets) {
      boolean v6 = packet[0] >> 4 == 6;
      int ports = v6 ? 40 : 20;
      int end = Math.min(packet.length, ports + 4);
      String flow = HEX.formatHex(packet, v6 ? 8 : 12, end) + packet[v6 ? 6 : 9];
      flows.computeIfAbsent(flow, any -> new ArrayList<>()).add(comparable(packet));
    }
    return flows;
  }

  /// Without the identification where it means nothing; then not the header checksum is compared,
  /// but whether it is right.
  private static String comparable(byte[] packet) {
    boolean v4 = packet[0] >> 4 == 4;
    if (!v4 || (packet[6] & 0x40) == 0) {
      return HEX.formatHex(packet);
    }
    byte[] copy = packet.clone();
    ByteBuffer.wrap(copy).putShort(4, (short) 0).putShort(10, (short) 0);
    boolean right = ChecksumTest.naive(packet, 0, 20) == 0xffff;
    return HEX.formatHex(copy) + right;
  }

  /// What the kernel makes of a coalescer's writes: large packets are split again.
  ///
  /// @param scratch with room for the largest write, then for the largest packet
  static List<byte[]> split(
      SegmentCoalescer coalescer, SegmentSplitter splitter, NativeBuffer scratch) {
    List<byte[]> out = new ArrayList<>();
    for (byte[] write : WrittenPackets.of(coalescer)) {
      scratch.copyFrom(0, write, 0, write.length);
      if (Arrays.equals(write, 0, 10, new byte[10], 0, 10)) {
        out.add(Arrays.copyOfRange(write, 10, write.length));
        continue;
      }
      int count = splitter.begin(scratch, 0, write.length);
      if (count < 2) {
        throw new AssertionError("a write with a virtio header that stands for " + count);
      }
      int at = write.length;
      for (int i = 0; i < count; i++) {
        out.add(scratch.toArray(at, splitter.copySegment(i, scratch, at)));
      }
    }
    return out;
  }
}
