package io.wiregate.dataplane.offload;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.testing.fuzz.FuzzInput;
import io.wiregate.os.tun.TunOffloads;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Packets of a few flows, in order and out of it, damaged and whole, beside bytes of any kind:
/// what a coalescer's writes split into is what went in, as if each had been written by itself.
///
/// Input: the offloads (1 byte), then for each packet which flow and what is odd about it (1 byte)
/// and what that takes.
public final class SegmentCoalescerFuzz {
  private static final int FLOWS = 8;
  private static final int PACKETS = 80;

  private static final NativeBuffer DATA = NativeBuffer.allocate(1 << 18);
  private static final NativeBuffer SCRATCH = NativeBuffer.allocate(1 << 18);
  private static final SegmentCoalescer COALESCER = new SegmentCoalescer(PACKETS);
  private static final SegmentSplitter SPLITTER = new SegmentSplitter();

  private SegmentCoalescerFuzz() {}

  public static void fuzzerTestOneInput(byte[] bytes) {
    FuzzInput input = new FuzzInput(bytes);
    int offloads = input.next();
    TestPacket[] nexts = new TestPacket[FLOWS];
    for (int i = 0; i < FLOWS; i++) {
      nexts[i] = firstOf(i).payload(1 + 40 * (i / 4));
    }
    List<byte[]> in = new ArrayList<>();
    COALESCER.begin(DATA, new TunOffloads(offloads % 3 > 0, offloads % 3 > 1));
    int at = 0;
    while (!input.isEmpty() && !COALESCER.isFull()) {
      byte[] packet = next(input, nexts);
      DATA.copyFrom(at, packet, 0, packet.length);
      int length = InnerPacket.trimmedLength(DATA, at, packet.length);
      if (length > 0) {
        in.add(Arrays.copyOf(packet, length));
        COALESCER.add(at, length);
        at += length;
      }
    }
    int writes = COALESCER.finish();
    List<byte[]> out = PacketFlows.split(COALESCER, SPLITTER, SCRATCH);
    if (writes > in.size() || out.size() != in.size()) {
      throw new AssertionError(in.size() + " packets became " + out.size() + " in " + writes);
    }
    if (!PacketFlows.of(out).equals(PacketFlows.of(in))) {
      throw new AssertionError("a receiver sees other packets");
    }
  }

  private static TestPacket firstOf(int flow) {
    return switch (flow % 4) {
      case 0 -> TestPacket.tcp4().options(new byte[12]);
      case 1 -> TestPacket.tcp6();
      case 2 -> TestPacket.udp4();
      default -> TestPacket.udp6();
    };
  }

  private static byte[] next(FuzzInput input, TestPacket[] nexts) {
    int choice = input.next();
    int flow = choice & 7;
    TestPacket packet = nexts[flow];
    int size = packet.payloadLength();
    packet =
        switch (choice >>> 3 & 15) {
          case 1 -> packet.flags(input.nextShort() & 0xfff);
          case 2 -> packet.payload(input.nextShort() % 1500);
          case 3 -> packet.hopLimit(input.next());
          case 4 -> packet.trafficClass(input.next());
          case 5 -> packet.sequence(packet.sequence() + (byte) input.next());
          case 6 -> packet.fragmentation(input.nextShort(), input.nextShort());
          case 7 -> packet.acknowledgement(input.next(), input.next());
          case 8 -> packet.options(input.nextBytes(input.next() % 11 * 4 & 0x3c));
          case 9 -> packet.to(input.next());
          case 10 -> packet.ports(input.next(), input.next());
          case 11 -> packet.reversed();
          default -> packet;
        };
    byte[] bytes =
        switch (choice >>> 3 & 15) {
          case 12 -> input.nextBytes(input.next());
          case 13 -> damaged(packet.bytes(), input.nextShort());
          default -> packet.bytes();
        };
    int step = packet.payloadLength();
    nexts[flow] = nexts[flow].payload(step).segment(1, step);
    nexts[flow] = nexts[flow].payload((choice & 0x80) == 0 ? size : step);
    return bytes;
  }

  private static byte[] damaged(byte[] bytes, int where) {
    bytes[(where >>> 3) % bytes.length] ^= (byte) (1 << (where & 7));
    return bytes;
  }
}
