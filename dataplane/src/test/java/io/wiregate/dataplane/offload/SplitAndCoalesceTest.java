package io.wiregate.dataplane.offload;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.testing.conformance.Proves;
import io.wiregate.os.tun.TunOffloads;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterProperty;

/// Splitting and coalescing undo each other.
final class SplitAndCoalesceTest {
  private final NativeBuffer buffer = NativeBuffer.allocate(1 << 20);
  private final NativeBuffer other = NativeBuffer.allocate(1 << 18);
  private final SegmentCoalescer coalescer = new SegmentCoalescer(SegmentCoalescer.MAX_PACKETS);
  private final SegmentSplitter splitter = new SegmentSplitter();

  @AfterProperty
  void free() {
    buffer.close();
    other.close();
    coalescer.close();
  }

  private static TestPacket ofKind(int kind) {
    return switch (kind) {
      case 0 -> TestPacket.tcp4().options(new byte[12]);
      case 1 -> TestPacket.tcp6();
      case 2 -> TestPacket.udp4();
      default -> TestPacket.udp6();
    };
  }

  @Property(tries = 500)
  @Proves({"offload.merge", "offload.split"})
  void coalesce_whatWasSplit_isTheLargePacketAgain(
      @ForAll @IntRange(max = 3) int kind,
      @ForAll @IntRange(min = 1, max = 2000) int segmentSize,
      @ForAll @IntRange(min = 2, max = 60) int segments,
      @ForAll @IntRange(max = 1999) int missing,
      @ForAll boolean push,
      @ForAll int sequence) {
    int most = (65535 - 72) / segmentSize * segmentSize;
    int payload = Math.min(segmentSize * segments - missing % segmentSize, most);
    TestPacket packet =
        ofKind(kind)
            .sequence(sequence)
            .flags(push ? TestPacket.ACK | TestPacket.PSH : TestPacket.ACK)
            .fragmentation(sequence & 0x4000, sequence & 0xffff)
            .payload(payload);
    int length = packet.putLarge(other, 0, segmentSize);
    int count = splitter.begin(other, 0, length);
    coalescer.begin(buffer, TunOffloads.ALL);
    for (int i = 0; i < count; i++) {
      int at = 7 + i * 2100;
      coalescer.add(at, splitter.copySegment(i, buffer, at));
    }
    assertThat(coalescer.finish()).isEqualTo(1);
    byte[] written = WrittenPackets.of(coalescer).getFirst();
    if (count > 1) {
      assertThat(written).isEqualTo(other.toArray(0, length));
    } else {
      assertThat(Arrays.copyOfRange(written, 10, written.length)).isEqualTo(packet.bytes());
    }
  }

  /// Packets of a few flows, with whatever may stop them from being merged, some of them damaged:
  /// what the writes split into is what went in, byte for byte and in order within each flow.
  @Property(tries = 2000)
  @Proves("offload.merge")
  void split_whatWasCoalesced_isWhatWentIn(
      @ForAll @IntRange(min = 1, max = 60) int packets,
      @ForAll @IntRange(min = 1, max = 5) int flows,
      @ForAll @IntRange(max = 20) int oddOf100,
      @ForAll boolean withUdp,
      @ForAll long seed) {
    Random random = new Random(seed);
    List<byte[]> in = randomPackets(random, packets, flows, oddOf100);
    coalescer.begin(buffer, new TunOffloads(true, withUdp));
    int at = 5;
    for (byte[] packet : in) {
      buffer.copyFrom(at, packet, 0, packet.length);
      coalescer.add(at, packet.length);
      at += packet.length + random.nextInt(20);
    }
    coalescer.finish();
    List<byte[]> out = PacketFlows.split(coalescer, splitter, other);
    assertThat(PacketFlows.of(out).equals(PacketFlows.of(in)))
        .isTrue(); // without all the bytes in the message
  }

  private static List<byte[]> randomPackets(Random random, int packets, int flows, int oddOf100) {
    List<byte[]> all = new ArrayList<>();
    TestPacket[] nexts = new TestPacket[flows];
    for (int i = 0; i < flows; i++) {
      int fragmentation = random.nextBoolean() ? TestPacket.DONT_FRAGMENT : 0;
      nexts[i] =
          ofKind(random.nextInt(4))
              .ports(1000 + i / 2, 2000 + i % 2)
              .sequence(random.nextInt())
              .fragmentation(fragmentation, random.nextInt(65536))
              .payload(1 + random.nextInt(300));
    }
    for (int i = 0; i < packets; i++) {
      int flow = random.nextInt(flows);
      TestPacket packet = nexts[flow];
      nexts[flow] = packet.segment(1, packet.payloadLength()).payload(packet.payloadLength());
      if (random.nextInt(100) >= oddOf100) {
        all.add(packet.bytes());
        continue;
      }
      byte[] bytes =
          switch (random.nextInt(6)) {
            case 0 -> packet.flags(random.nextInt(0x1000)).bytes();
            case 1 -> packet.payload(random.nextInt(310)).bytes();
            case 2 -> packet.hopLimit(random.nextInt(256)).bytes();
            case 3 -> packet.sequence(packet.sequence() + random.nextInt(3) - 1).bytes();
            case 4 -> damaged(random, packet.bytes(), packet.bytes().length);
            default -> damaged(random, packet.bytes(), packet.headerLength());
          };
      int length = trimmedLength(bytes);
      if (length > 0) {
        all.add(Arrays.copyOf(bytes, length));
      }
    }
    return all;
  }

  private static byte[] damaged(Random random, byte[] bytes, int upTo) {
    for (int i = random.nextInt(3); i >= 0; i--) {
      bytes[random.nextInt(upTo)] ^= (byte) (1 << random.nextInt(8));
    }
    return bytes;
  }

  private static int trimmedLength(byte[] bytes) {
    try (NativeBuffer packet = NativeBuffer.allocate(bytes.length)) {
      packet.copyFrom(0, bytes, 0, bytes.length);
      return InnerPacket.trimmedLength(packet, 0, bytes.length);
    }
  }

  /// Any bytes at all, in a buffer that ends where the last packet does.
  @Property(tries = 2000)
  void coalesce_anyBytes_staysWithinBounds(
      @ForAll @IntRange(min = 1, max = 20) int packets,
      @ForAll @IntRange(max = 12) int damages,
      @ForAll long seed) {
    Random random = new Random(seed);
    List<byte[]> in = new ArrayList<>();
    TestPacket next = ofKind(random.nextInt(4)).payload(random.nextInt(100));
    int total = 0;
    for (int i = 0; i < packets; i++) {
      byte[] bytes =
          damages == 0 ? next.bytes() : damaged(random, next.bytes(), next.headerLength());
      bytes = Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length));
      in.add(bytes);
      total += bytes.length;
      next = next.segment(1, next.payloadLength()).payload(next.payloadLength());
    }
    try (NativeBuffer exact = NativeBuffer.allocate(total)) {
      coalescer.begin(exact, TunOffloads.ALL);
      int at = 0;
      for (byte[] bytes : in) {
        exact.copyFrom(at, bytes, 0, bytes.length);
        coalescer.add(at, bytes.length);
        at += bytes.length;
      }
      assertThat(coalescer.finish()).isBetween(1, packets);
    }
  }
}
