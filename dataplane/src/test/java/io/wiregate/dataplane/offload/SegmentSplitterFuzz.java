package io.wiregate.dataplane.offload;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.tun.VirtioNetHeader;
import java.util.Arrays;

/// What a TUN interface gives: any virtio header before any packet. Input: one read.
///
/// Either it is refused, or the segments are packets as long as they say, with right checksums,
/// that carry the payload of the large one, all of it and in its order, and nothing is written
/// beside them.
public final class SegmentSplitterFuzz {
  private static final int LARGEST = 8192;
  private static final int MARGIN = 64;
  private static final byte UNTOUCHED = (byte) 0xa5;
  private static final SegmentSplitter SPLITTER = new SegmentSplitter();
  private static final NativeBuffer TARGET = NativeBuffer.allocate(LARGEST + 2 * MARGIN);

  private SegmentSplitterFuzz() {}

  public static void fuzzerTestOneInput(byte[] bytes) {
    int length = Math.min(bytes.length, LARGEST);
    // Ends where the read does, so that what reads on is refused.
    try (NativeBuffer read = NativeBuffer.allocate(Math.max(1, length))) {
      read.copyFrom(0, bytes, 0, length);
      int count = SPLITTER.begin(read, 0, length);
      if (count < 0) {
        require(SPLITTER.segmentCount() == 0, "segments of what was refused");
        return;
      }
      int payload = 0;
      boolean large = VirtioNetHeader.gsoType(read, 0) != VirtioNetHeader.GSO_NONE;
      for (int i = 0; i < count; i++) {
        byte[] segment = segment(i);
        if (large) {
          payload = checkPart(bytes, segment, payload);
        } else if (!VirtioNetHeader.needsChecksum(read, 0)) {
          byte[] expected = Arrays.copyOfRange(bytes, 10, 10 + segment.length);
          require(Arrays.equals(segment, expected), "a single packet was changed");
        }
      }
      require(!large || payload == length - 10 - header(bytes), "payload was lost");
    }
  }

  private static byte[] segment(int index) {
    int length = SPLITTER.length(index);
    byte[] around = new byte[length + 2 * MARGIN];
    Arrays.fill(around, UNTOUCHED);
    TARGET.copyFrom(0, around, 0, around.length);
    require(SPLITTER.copySegment(index, TARGET, MARGIN) == length, "not the length announced");
    around = TARGET.toArray(0, around.length);
    for (int i = 0; i < MARGIN; i++) {
      require(
          around[i] == UNTOUCHED && around[around.length - 1 - i] == UNTOUCHED,
          "bytes written beside the segment");
    }
    require(
        InnerPacket.trimmedLength(TARGET, MARGIN, length) == length,
        "a segment that is not as long as it says");
    return Arrays.copyOfRange(around, MARGIN, MARGIN + length);
  }

  /// @return payload so far
  private static int checkPart(byte[] read, byte[] segment, int payloadBefore) {
    int header = header(read);
    int size = segment.length - header;
    require(
        Arrays.equals(
            segment,
            header,
            segment.length,
            read,
            10 + header + payloadBefore,
            10 + header + payloadBefore + size),
        "another payload");
    if (segment[0] >> 4 == 4) {
      int ip = (segment[0] & 15) * 4;
      require(ChecksumTest.naive(segment, 0, ip) == 0xffff, "a wrong IPv4 checksum");
    }
    return payloadBefore + size;
  }

  /// Bytes of IP and transport headers of a large packet that was taken.
  private static int header(byte[] read) {
    int ip = 10;
    int at = ip + (read[ip] & 15) * 4;
    int protocol = read[ip + 9];
    if (read[ip] >> 4 == 6) {
      at = ip + 40;
      protocol = read[ip + 6];
      while (protocol == 0 || protocol == 43 || protocol == 60) {
        protocol = read[at];
        at += 8 + 8 * (read[at + 1] & 0xff);
      }
    }
    return at - ip + (protocol == 6 ? (read[at + 12] & 0xf0) >> 2 : 8);
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new AssertionError(otherwise);
    }
  }
}
