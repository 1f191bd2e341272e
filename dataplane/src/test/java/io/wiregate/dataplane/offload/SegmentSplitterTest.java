package io.wiregate.dataplane.offload;

import static io.wiregate.dataplane.offload.InnerPacket.BAD_HEADER_LENGTH;
import static io.wiregate.dataplane.offload.InnerPacket.BAD_LENGTH;
import static io.wiregate.dataplane.offload.InnerPacket.BAD_OFFLOAD;
import static io.wiregate.dataplane.offload.InnerPacket.TOO_SHORT;
import static io.wiregate.dataplane.offload.InnerPacket.UNKNOWN_VERSION;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.AllocationMeter;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.testing.conformance.Proves;
import io.wiregate.os.tun.VirtioNetHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class SegmentSplitterTest {
  private static final int AT = 6; // so that nothing is aligned
  private static final int PACKET = AT + VirtioNetHeader.SIZE;
  private static final byte CANARY = 0x5a;

  private final SegmentSplitter splitter = new SegmentSplitter();
  private NativeBuffer read;
  private NativeBuffer target;

  @BeforeEach
  void allocate() {
    read = NativeBuffer.allocate(1 << 17);
    target = NativeBuffer.allocate(1 << 17);
  }

  @AfterEach
  void free() {
    read.close();
    target.close();
  }

  private int beginLarge(TestPacket packet, int segmentSize) {
    return splitter.begin(read, AT, packet.putLarge(read, AT, segmentSize));
  }

  private byte[] segment(int index) {
    int at = 13;
    int length = splitter.length(index);
    target.putByte(at + length, CANARY);
    target.putByte(at - 1, CANARY);
    assertThat(splitter.copySegment(index, target, at)).isEqualTo(length);
    assertThat(target.getByte(at + length)).isEqualTo(CANARY);
    assertThat(target.getByte(at - 1)).isEqualTo(CANARY);
    return target.toArray(at, length);
  }

  private void expectSegments(TestPacket packet, int segmentSize) {
    int expected = Math.max(1, (packet.payloadLength() + segmentSize - 1) / segmentSize);
    assertThat(beginLarge(packet, segmentSize)).isEqualTo(expected);
    assertThat(splitter.segmentCount()).isEqualTo(expected);
    assertThat(splitter.packetOffset()).isEqualTo(PACKET);
    for (int i = 0; i < expected; i++) {
      assertThat(segment(i)).as("segment %d", i).isEqualTo(packet.segment(i, segmentSize).bytes());
    }
  }

  // The four cases of wireguard-go's Test_handleVirtioRead.

  @Test
  @Proves("offload.split")
  void split_tcp4_makesTwo() {
    expectSegments(TestPacket.tcp4().flags(TestPacket.ACK | TestPacket.PSH).payload(200), 100);
    assertThat(splitter.segmentLength()).isEqualTo(140);
    assertThat(splitter.lastLength()).isEqualTo(140);
  }

  @Test
  @Proves("offload.split")
  void split_tcp6_makesTwo() {
    expectSegments(TestPacket.tcp6().flags(TestPacket.ACK | TestPacket.PSH).payload(200), 100);
    assertThat(splitter.segmentLength()).isEqualTo(160);
    assertThat(splitter.lastLength()).isEqualTo(160);
  }

  @Test
  @Proves("offload.split")
  void split_udp4_makesTwo() {
    expectSegments(TestPacket.udp4().payload(200), 100);
    assertThat(splitter.segmentLength()).isEqualTo(128);
    assertThat(splitter.lastLength()).isEqualTo(128);
  }

  @Test
  @Proves("offload.split")
  void split_udp6_makesTwo() {
    expectSegments(TestPacket.udp6().payload(200), 100);
    assertThat(splitter.segmentLength()).isEqualTo(148);
    assertThat(splitter.lastLength()).isEqualTo(148);
  }

  @Test
  @Proves("offload.split")
  void split_finPshCwr_onlyWhereTheyBelong() {
    expectSegments(TestPacket.tcp4().flags(0xd9).payload(2500), 1000);
    expectSegments(TestPacket.tcp6().flags(0xd9).payload(2500), 1000);
  }

  @Test
  void split_ecnType_isTakenForTcp() {
    TestPacket packet = TestPacket.tcp4().flags(TestPacket.ACK | TestPacket.CWR).payload(200);
    int length = packet.putLarge(read, AT, 100);
    read.putByte(AT + 1, VirtioNetHeader.GSO_TCPV4 | VirtioNetHeader.GSO_ECN);
    assertThat(splitter.begin(read, AT, length)).isEqualTo(2);
    assertThat(segment(1)).isEqualTo(packet.segment(1, 100).bytes());
  }

  @Test
  @Proves("offload.split")
  void split_sequenceAndIdentificationAtTheEnd_wrapAround() {
    expectSegments(TestPacket.tcp4().fragmentation(0, 0xfffe).sequence(-1500).payload(5000), 1000);
  }

  @Test
  void split_segmentSizeOne_makesAsManyAsThereAreBytes() {
    expectSegments(TestPacket.tcp4().payload(3000), 1);
    assertThat(splitter.segmentCount()).isEqualTo(3000);
  }

  @Test
  void split_payloadUpToOneSegment_makesOne() {
    expectSegments(TestPacket.tcp4().payload(100), 100);
    expectSegments(TestPacket.tcp4().payload(1), 100);
    expectSegments(TestPacket.tcp4().payload(0), 100);
    expectSegments(TestPacket.udp6().payload(7), 65535);
  }

  @Test
  @Proves("offload.split")
  void split_largestPackets_work() {
    expectSegments(TestPacket.tcp4().payload(65535 - 40), 1448);
    expectSegments(TestPacket.tcp6().payload(65575 - 60), 1428);
    expectSegments(TestPacket.udp4().payload(65507), 1472);
  }

  @Test
  void split_lengthOfHeadersByVirtioWrong_isNotTrusted() {
    TestPacket packet = TestPacket.tcp4().payload(200);
    int length = packet.putLarge(read, AT, 100);
    read.putShort(AT + 2, 60000);
    assertThat(splitter.begin(read, AT, length)).isEqualTo(2);
    assertThat(segment(1)).isEqualTo(packet.segment(1, 100).bytes());
  }

  @Test
  void split_udpWhoseSumIsZero_saysAllOnes() {
    // The two bytes of payload make the sum come out as zero.
    byte[] payload = new byte[100];
    int other = ByteBuffer.wrap(TestPacket.udp4().payload(payload).bytes()).getShort(26) & 0xffff;
    ByteBuffer.wrap(payload).putShort(0, (short) other);
    TestPacket packet = TestPacket.udp4().payload(payload);
    assertThat(beginLarge(packet, 100)).isEqualTo(1);
    assertThat(ByteBuffer.wrap(segment(0)).getShort(26)).isEqualTo((short) 0xffff);
  }

  @Test
  void split_extensionHeaders_arePassedOver() {
    TestPacket packet = TestPacket.tcp6().flags(TestPacket.ACK | TestPacket.PSH).payload(250);
    byte[] plain = packet.partialBytes();
    // hop-by-hop of 8 bytes, then destination options of 16
    byte[] bytes = new byte[plain.length + 24];
    System.arraycopy(plain, 0, bytes, 0, 40);
    System.arraycopy(plain, 40, bytes, 64, plain.length - 40);
    bytes[6] = 0;
    bytes[40] = 60;
    bytes[48] = 6;
    bytes[49] = 1;
    VirtioNetHeader.putSegmented(read, AT, VirtioNetHeader.GSO_TCPV6, 84, 100, 64, 16);
    read.copyFrom(PACKET, bytes, 0, bytes.length);
    assertThat(splitter.begin(read, AT, 10 + bytes.length)).isEqualTo(3);
    for (int i = 0; i < 3; i++) {
      byte[] expected = packet.segment(i, 100).bytes();
      byte[] segment = segment(i);
      assertThat(ByteBuffer.wrap(segment).getShort(4)).isEqualTo((short) (segment.length - 40));
      assertThat(Arrays.copyOfRange(segment, 64, segment.length))
          .isEqualTo(Arrays.copyOfRange(expected, 40, expected.length));
    }
    // The start of the checksum is where the kernel has it, not where TCP starts.
    read.putShort(AT + 6, 40);
    assertThat(splitter.begin(read, AT, 10 + bytes.length)).isEqualTo(BAD_OFFLOAD);
  }

  @Property(tries = 300)
  @Proves("offload.split")
  void split_anyPacket_equalsPacketsBuiltOneByOne(
      @ForAll boolean isV6,
      @ForAll boolean isTcp,
      @ForAll @IntRange(max = 9000) int payload,
      @ForAll @IntRange(min = 1, max = 3000) int segmentSize,
      @ForAll @IntRange(max = 10) int optionWords,
      @ForAll int sequence) {
    TestPacket packet =
        isTcp
            ? (isV6 ? TestPacket.tcp6() : TestPacket.tcp4()).options(new byte[optionWords * 4])
            : isV6 ? TestPacket.udp6() : TestPacket.udp4();
    allocate();
    expectSegments(
        packet
            .sequence(sequence)
            .fragmentation(TestPacket.DONT_FRAGMENT, sequence & 0xffff)
            .flags(sequence & 0xfff)
            .payload(payload),
        Math.max(segmentSize, payload / 64 + 1));
    free();
  }

  @Test
  void single_complete_isCopiedWithoutWhatFollows() {
    byte[] bytes = TestPacket.udp4().payload(33).bytes();
    VirtioNetHeader.putPlain(read, AT);
    read.copyFrom(PACKET, bytes, 0, bytes.length);
    assertThat(splitter.begin(read, AT, 10 + bytes.length + 3)).isEqualTo(1);
    assertThat(segment(0)).isEqualTo(bytes);
  }

  @Test
  void single_needsChecksum_isFinished() {
    for (TestPacket packet :
        new TestPacket[] {
          TestPacket.tcp4().payload(99), TestPacket.udp4().payload(0), TestPacket.udp6().payload(7)
        }) {
      byte[] bytes = packet.partialBytes();
      putNeedsChecksum(packet.transport(), packet.checksumOffset());
      read.copyFrom(PACKET, bytes, 0, bytes.length);
      assertThat(splitter.begin(read, AT, 10 + bytes.length)).isEqualTo(1);
      assertThat(segment(0)).isEqualTo(packet.bytes());
    }
  }

  private void putNeedsChecksum(int start, int offset) {
    VirtioNetHeader.putPlain(read, AT);
    read.putByte(AT, VirtioNetHeader.NEEDS_CHECKSUM);
    read.putShort(AT + 6, start);
    read.putShort(AT + 8, offset);
  }

  @Test
  void single_checksumOutsideTheTransportPart_isRefused() {
    byte[] bytes = TestPacket.tcp4().payload(10).bytes();
    read.copyFrom(PACKET, bytes, 0, bytes.length);
    int length = 10 + bytes.length;
    putNeedsChecksum(12, 2); // the source address
    assertThat(splitter.begin(read, AT, length)).isEqualTo(BAD_OFFLOAD);
    putNeedsChecksum(20, bytes.length - 21);
    assertThat(splitter.begin(read, AT, length)).isEqualTo(BAD_OFFLOAD);
    putNeedsChecksum(65535, 65535);
    assertThat(splitter.begin(read, AT, length)).isEqualTo(BAD_OFFLOAD);
    putNeedsChecksum(20, bytes.length - 22);
    assertThat(splitter.begin(read, AT, length)).isEqualTo(1);
  }

  @Test
  void begin_wrongHeaders_saysWhy() {
    assertThat(splitter.begin(read, AT, 0)).isEqualTo(TOO_SHORT);
    assertThat(splitter.begin(read, AT, 10)).isEqualTo(TOO_SHORT);
    assertThat(splitter.segmentCount()).isZero();

    byte[] bytes = TestPacket.tcp4().payload(10).bytes();
    VirtioNetHeader.putPlain(read, AT);
    read.copyFrom(PACKET, bytes, 0, bytes.length);
    assertThat(splitter.begin(read, AT, 10 + bytes.length - 1)).isEqualTo(BAD_LENGTH);
    read.putByte(PACKET, 0x44);
    assertThat(splitter.begin(read, AT, 10 + bytes.length)).isEqualTo(BAD_HEADER_LENGTH);
    read.putByte(PACKET, 0x4f);
    assertThat(splitter.begin(read, AT, 10 + bytes.length)).isEqualTo(BAD_HEADER_LENGTH);
    read.putByte(PACKET, 0x55);
    assertThat(splitter.begin(read, AT, 10 + bytes.length)).isEqualTo(UNKNOWN_VERSION);
  }

  @Test
  void begin_largePacketThatContradictsItself_isRefused() {
    TestPacket tcp = TestPacket.tcp4().payload(500);
    assertThat(beginLarge(tcp, 0)).isEqualTo(BAD_OFFLOAD);
    assertThat(beginLarge(tcp.fragmentation(TestPacket.MORE_FRAGMENTS, 1), 100))
        .isEqualTo(BAD_OFFLOAD);
    refusesAfter(tcp, () -> read.putByte(AT + 1, VirtioNetHeader.GSO_TCPV6));
    refusesAfter(tcp, () -> read.putByte(AT + 1, VirtioNetHeader.GSO_UDP_L4));
    refusesAfter(tcp, () -> read.putByte(AT + 1, 3)); // UDP fragmentation, long gone
    refusesAfter(tcp, () -> read.putByte(AT + 1, 77));
    refusesAfter(tcp, () -> read.putShort(AT + 6, 24));
    refusesAfter(tcp, () -> read.putShort(AT + 8, 6));
    refusesAfter(tcp, () -> read.putByte(PACKET + 9, 17));
    refusesAfter(tcp, () -> read.putByte(PACKET + 20 + 12, 0x40));
    refusesAfter(TestPacket.udp6().payload(500), () -> read.putByte(PACKET + 6, 44));
    assertThat(splitter.begin(read, AT, tcp.payload(0).putLarge(read, AT, 100) - 1))
        .isEqualTo(BAD_OFFLOAD);
    assertThat(splitter.begin(read, AT, TestPacket.udp4().payload(0).putLarge(read, AT, 100) - 1))
        .isEqualTo(BAD_OFFLOAD);
    assertThat(splitter.begin(read, AT, tcp.putLarge(read, AT, 100) + 66_000))
        .isEqualTo(BAD_OFFLOAD);
  }

  private void refusesAfter(TestPacket packet, Runnable damage) {
    int length = packet.putLarge(read, AT, 100);
    damage.run();
    assertThat(splitter.begin(read, AT, length)).isEqualTo(BAD_OFFLOAD);
    assertThat(splitter.segmentCount()).isZero();
  }

  /// The buffers end where the packet ends, so that one byte too far is an exception.
  @Property(tries = 3000)
  void begin_anyDamage_staysWithinBounds(
      @ForAll @IntRange(max = 3) int kind,
      @ForAll @IntRange(max = 300) int payload,
      @ForAll @IntRange(min = 1, max = 120) int segmentSize,
      @ForAll boolean plain,
      @ForAll @IntRange(max = 10) int damages,
      @ForAll @IntRange(max = 400) int cut,
      @ForAll long seed) {
    TestPacket packet =
        switch (kind) {
          case 0 -> TestPacket.tcp4().options(new byte[12]);
          case 1 -> TestPacket.tcp6();
          case 2 -> TestPacket.udp4();
          default -> TestPacket.udp6();
        };
    packet = packet.payload(payload);
    Random random = new Random(seed);
    try (NativeBuffer large = NativeBuffer.allocate(2000)) {
      int whole = packet.putLarge(large, 0, segmentSize);
      if (plain) {
        large.putByte(1, VirtioNetHeader.GSO_NONE);
      }
      for (int i = 0; i < damages; i++) {
        int where = random.nextInt(random.nextBoolean() ? Math.min(whole, 70) : whole);
        large.putByte(where, random.nextBoolean() ? random.nextInt() : 1 << random.nextInt(8));
      }
      int length = Math.max(1, whole - (random.nextBoolean() ? cut : 0));
      try (NativeBuffer exact = NativeBuffer.allocate(length)) {
        exact.copyFrom(0, large, 0, length);
        int count = splitter.begin(exact, 0, length);
        assertThat(count).isNotZero().isLessThanOrEqualTo(Math.max(1, length));
        for (int i = 0; i < count; i++) {
          try (NativeBuffer place = NativeBuffer.allocate(splitter.length(i))) {
            assertThat(splitter.copySegment(i, place, 0)).isEqualTo(place.size());
            assertThat(InnerPacket.version(place, 0)).isIn(4, 6);
          }
        }
      }
    }
  }

  @Test
  void split_afterWarmUp_allocatesNothing() {
    int length = TestPacket.tcp4().options(new byte[12]).payload(10_000).putLarge(read, AT, 1400);
    assertThat(
            AllocationMeter.allocatedBytes(() -> {
              int count = splitter.begin(read, AT, length);
              for (int i = 0; i < count; i++) {
                splitter.copySegment(i, target, i * 1500);
              }
            }))
        .isZero();
  }

  @Test
  void virtioHeader_isInTheProcessorsOrder() {
    VirtioNetHeader.putSegmented(read, 0, 1, 2, 3, 4, 5);
    assertThat(ByteBuffer.wrap(read.toArray(4, 2)).order(ByteOrder.nativeOrder()).getShort())
        .isEqualTo((short) 3);
  }
}
