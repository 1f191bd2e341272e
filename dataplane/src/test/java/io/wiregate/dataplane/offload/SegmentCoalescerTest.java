package io.wiregate.dataplane.offload;

import static io.wiregate.dataplane.offload.TestPacket.ACK;
import static io.wiregate.dataplane.offload.TestPacket.DONT_FRAGMENT;
import static io.wiregate.dataplane.offload.TestPacket.MORE_FRAGMENTS;
import static io.wiregate.dataplane.offload.TestPacket.PSH;
import static io.wiregate.dataplane.offload.TestPacket.tcp4;
import static io.wiregate.dataplane.offload.TestPacket.tcp6;
import static io.wiregate.dataplane.offload.TestPacket.udp4;
import static io.wiregate.dataplane.offload.TestPacket.udp6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wiregate.dataplane.AllocationMeter;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.testing.conformance.Proves;
import io.wiregate.os.tun.TunOffloads;
import io.wiregate.os.tun.VirtioNetHeader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Cases named after those of wireguard-go's `Test_handleGRO`, `Test_packetIsGROCandidate` and
/// `Test_udpPacketsCanCoalesce`, and more. A list of packets goes in, lengths of writes come out.
final class SegmentCoalescerTest {
  private static final TunOffloads TCP_ONLY = new TunOffloads(true, false);

  private final NativeBuffer buffer = NativeBuffer.allocate(1 << 20);
  private final SegmentCoalescer coalescer = new SegmentCoalescer(SegmentCoalescer.MAX_PACKETS);

  @AfterEach
  void free() {
    buffer.close();
    coalescer.close();
  }

  private List<byte[]> coalesce(TunOffloads offloads, List<byte[]> packets) {
    coalescer.begin(buffer, offloads);
    int at = 3;
    for (byte[] packet : packets) {
      buffer.copyFrom(at, packet, 0, packet.length);
      coalescer.add(at, packet.length);
      at += packet.length + 16 + at % 5;
    }
    int writes = coalescer.finish();
    assertThat(writes).isEqualTo(coalescer.writeCount());
    List<byte[]> written = WrittenPackets.of(coalescer);
    for (int i = 0; i < writes; i++) {
      assertThat(written.get(i)).hasSize(10 + coalescer.length(i));
      boolean plain = Arrays.equals(written.get(i), 0, 10, new byte[10], 0, 10);
      assertThat(plain).isEqualTo(coalescer.packetCount(i) == 1);
    }
    assertThat(IntStream.range(0, writes).map(coalescer::packetCount).sum())
        .isEqualTo(packets.size());
    return written;
  }

  private List<Integer> lengths(TunOffloads offloads, TestPacket... packets) {
    List<byte[]> bytes = Arrays.stream(packets).map(TestPacket::bytes).toList();
    return coalesce(offloads, bytes).stream().map(write -> write.length - 10).toList();
  }

  private static TestPacket tcp4(int sequence) {
    return TestPacket.tcp4().sequence(sequence).payload(100);
  }

  private static TestPacket tcp6(int sequence) {
    return TestPacket.tcp6().sequence(sequence).payload(100);
  }

  private static byte[] flipped(TestPacket packet) {
    byte[] bytes = packet.bytes();
    bytes[packet.transport() + packet.checksumOffset()] ^= (byte) 0xff;
    bytes[packet.transport() + packet.checksumOffset() + 1] ^= (byte) 0xff;
    return bytes;
  }

  private static TestPacket[] severalFlows() {
    return new TestPacket[] {
      tcp4(1),
      udp4().payload(100),
      udp4().to(3).payload(100),
      tcp4(101),
      tcp4(201).to(3),
      tcp6(1),
      tcp6(101),
      tcp6(201).to(3),
      udp4().payload(100),
      udp6().payload(100),
      udp6().payload(100)
    };
  }

  @Test
  @Proves("offload.merge")
  void add_multipleProtocolsAndFlows_mergesEach() {
    assertThat(lengths(TunOffloads.ALL, severalFlows()))
        .containsExactly(240, 228, 128, 140, 260, 160, 248);
  }

  @Test
  void add_multipleFlowsWithoutUdp_mergesTcpOnly() {
    assertThat(lengths(TCP_ONLY, severalFlows()))
        .containsExactly(240, 128, 128, 140, 260, 160, 128, 148, 148);
  }

  @Test
  void add_offloadsNone_mergesNothing() {
    TestPacket[] packets = severalFlows();
    List<byte[]> bytes = Arrays.stream(packets).map(TestPacket::bytes).toList();
    List<byte[]> written = coalesce(TunOffloads.NONE, bytes);
    for (int i = 0; i < packets.length; i++) {
      assertThat(Arrays.copyOfRange(written.get(i), 10, written.get(i).length))
          .isEqualTo(bytes.get(i));
    }
  }

  @Test
  @Proves("offload.merge")
  void add_pshInterleaved_endsAWrite() {
    assertThat(
            lengths(
                TunOffloads.ALL,
                tcp4(1),
                tcp4(101).flags(ACK | PSH),
                tcp4(201),
                tcp4(301),
                tcp6(1),
                tcp6(101).flags(ACK | PSH),
                tcp6(201),
                tcp6(301)))
        .containsExactly(240, 240, 260, 260);
  }

  @Test
  @Proves("offload.merge")
  void add_wrongChecksum_isPassedOnAlone() {
    TestPacket udp = udp4().payload(100);
    List<byte[]> written =
        coalesce(
            TunOffloads.ALL,
            List.of(
                flipped(tcp4(1)),
                tcp4(101).bytes(),
                tcp4(201).bytes(),
                flipped(udp),
                udp.bytes(),
                udp.bytes()));
    assertThat(written.stream().map(write -> write.length - 10))
        .containsExactly(140, 240, 128, 228);
    assertThat(Arrays.copyOfRange(written.get(0), 10, 150)).isEqualTo(flipped(tcp4(1)));
    assertThat(Arrays.copyOfRange(written.get(2), 10, 138)).isEqualTo(flipped(udp));
  }

  @Test
  @Proves({"fault.04-stale-virtio-header", "offload.merge"})
  void add_wrongChecksumLater_isPassedOnAlone() {
    List<byte[]> written =
        coalesce(
            TunOffloads.ALL,
            List.of(tcp4(1).bytes(), flipped(tcp4(101)), tcp4(201).bytes(), tcp4(301).bytes()));
    assertThat(written.stream().map(write -> write.length - 10)).containsExactly(140, 140, 240);
  }

  @Test
  void add_wrongIpv4Checksum_isPassedOnAlone() {
    byte[] damaged = tcp4(101).bytes();
    damaged[10] ^= 1;
    List<byte[]> written =
        coalesce(TunOffloads.ALL, List.of(tcp4(1).bytes(), damaged, tcp4(201).bytes()));
    assertThat(written.stream().map(write -> write.length - 10)).containsExactly(140, 140, 140);
    assertThat(Arrays.copyOfRange(written.get(1), 10, 150)).isEqualTo(damaged);
  }

  @Test
  @Proves("fault.10-reordering")
  void add_outOfOrder_keepsTheOrder() {
    // wireguard-go would prepend, and so hide from the receiver that the network reordered.
    assertThat(lengths(TunOffloads.ALL, tcp4(101), tcp4(1), tcp4(201)))
        .containsExactly(140, 140, 140);
    assertThat(lengths(TunOffloads.ALL, tcp4(101), tcp4(1), tcp4(101), tcp4(201)))
        .containsExactly(140, 340);
  }

  @Test
  @Proves({"fault.11-merge-comparison", "offload.merge"})
  void add_unequalTtl_isNotMerged() {
    TestPacket udp = udp4().payload(100);
    assertThat(lengths(TunOffloads.ALL, tcp4(1), tcp4(101).hopLimit(65), udp, udp.hopLimit(65)))
        .containsExactly(140, 140, 128, 128);
  }

  @Test
  @Proves({"fault.11-merge-comparison", "offload.merge"})
  void add_unequalTos_isNotMerged() {
    TestPacket udp = udp4().payload(100);
    assertThat(
            lengths(TunOffloads.ALL, tcp4(1), tcp4(101).trafficClass(1), udp, udp.trafficClass(1)))
        .containsExactly(140, 140, 128, 128);
  }

  @Test
  @Proves({"fault.11-merge-comparison", "offload.merge"})
  void add_moreFragmentsSet_isNotMerged() {
    TestPacket udp = udp4().payload(100);
    assertThat(
            lengths(
                TunOffloads.ALL,
                tcp4(1),
                tcp4(101).fragmentation(MORE_FRAGMENTS, 1),
                udp,
                udp.fragmentation(MORE_FRAGMENTS, 1)))
        .containsExactly(140, 140, 128, 128);
  }

  @Test
  @Proves({"fault.11-merge-comparison", "offload.merge"})
  void add_unequalDontFragment_isNotMerged() {
    TestPacket udp = udp4().payload(100);
    assertThat(
            lengths(
                TunOffloads.ALL,
                tcp4(1).fragmentation(0, 0),
                tcp4(101).fragmentation(DONT_FRAGMENT, 1),
                udp.fragmentation(0, 0),
                udp.fragmentation(DONT_FRAGMENT, 1)))
        .containsExactly(140, 140, 128, 128);
  }

  @Test
  @Proves({"fault.11-merge-comparison", "offload.merge"})
  void add_unequalHopLimitOrTrafficClass_isNotMerged() {
    TestPacket udp = udp6().payload(100);
    assertThat(lengths(TunOffloads.ALL, tcp6(1), tcp6(101).hopLimit(65), udp, udp.hopLimit(65)))
        .containsExactly(160, 160, 148, 148);
    assertThat(
            lengths(TunOffloads.ALL, tcp6(1), tcp6(101).trafficClass(1), udp, udp.trafficClass(1)))
        .containsExactly(160, 160, 148, 148);
  }

  @Test
  void add_mayBeFragmented_onlyWithConsecutiveIdentification() {
    assertThat(
            lengths(
                TunOffloads.ALL,
                tcp4(1).fragmentation(0, 0xffff),
                tcp4(101).fragmentation(0, 0),
                tcp4(201).fragmentation(0, 2)))
        .containsExactly(240, 140);
    assertThat(
            lengths(
                TunOffloads.ALL,
                tcp4(1).fragmentation(DONT_FRAGMENT, 7),
                tcp4(101).fragmentation(DONT_FRAGMENT, 1)))
        .containsExactly(240);
  }

  @Test
  @Proves("offload.merge")
  void add_otherFlagsThanAckAndPsh_isNotMerged() {
    for (int flags : new int[] {0, 0x18 | 1, 0x12, 0x14, 0x30, 0x50, 0x90, 0x110, 0x810}) {
      assertThat(lengths(TunOffloads.ALL, tcp4(1), tcp4(101).flags(flags), tcp4(201), tcp4(301)))
          .as("flags %x", flags)
          .containsExactly(140, 140, 240);
    }
  }

  @Test
  @Proves("offload.merge")
  void add_otherAcknowledgementWindowOrOptions_isNotMerged() {
    assertThat(
            lengths(
                TunOffloads.ALL,
                tcp4(1),
                tcp4(101).acknowledgement(2, 3000),
                tcp4(201).acknowledgement(2, 3001)))
        .containsExactly(140, 140, 140);
    byte[] options = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
    byte[] other = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 3};
    assertThat(
            lengths(
                TunOffloads.ALL,
                tcp4(1).options(options),
                tcp4(101).options(options),
                tcp4(201).options(other),
                tcp4(301)))
        .containsExactly(252, 152, 140);
  }

  @Test
  void add_pureAcknowledgement_isNotMergedAndKeepsItsPlace() {
    assertThat(lengths(TunOffloads.ALL, tcp4(1), tcp4(101).payload(0), tcp4(101), tcp4(201)))
        .containsExactly(140, 40, 240);
  }

  @Test
  void add_shorterSegment_endsAWrite() {
    assertThat(
            lengths(
                TunOffloads.ALL, tcp4(1), tcp4(101).payload(50), tcp4(151), tcp4(251).payload(101)))
        .containsExactly(190, 140, 141);
  }

  @Test
  @Proves("offload.merge")
  void add_udpSizes_asInCanCoalesce() {
    TestPacket hundred = udp4().payload(100);
    assertThat(lengths(TunOffloads.ALL, hundred, hundred)).containsExactly(228);
    assertThat(lengths(TunOffloads.ALL, hundred, hundred.payload(10))).containsExactly(138);
    assertThat(lengths(TunOffloads.ALL, hundred, hundred.payload(10), hundred))
        .containsExactly(138, 128);
    assertThat(lengths(TunOffloads.ALL, hundred, hundred.payload(110))).containsExactly(128, 138);
    assertThat(lengths(TunOffloads.ALL, udp4(), udp4())).containsExactly(28, 28);
  }

  @Test
  @Proves("fault.05-zero-checksum")
  void add_udpWithoutChecksum_isNotMerged() {
    byte[] zero = udp4().payload(100).bytes();
    zero[26] = 0;
    zero[27] = 0;
    assertThat(coalesce(TunOffloads.ALL, List.of(zero, zero))).hasSize(2);
  }

  @Test
  @Proves("offload.merge")
  void add_noCandidates_passesOn() {
    byte[] tcp = tcp4(1).bytes();
    byte[] shortTcp4 = lengthened(Arrays.copyOf(tcp, 39));
    byte[] shortTcp6 = lengthened(Arrays.copyOf(tcp6(1).bytes(), 59));
    byte[] shortUdp4 = lengthened(Arrays.copyOf(udp4().payload(9).bytes(), 27));
    byte[] shortUdp6 = lengthened(Arrays.copyOf(udp6().payload(9).bytes(), 47));
    byte[] withOptions = tcp.clone();
    withOptions[0] = 0x46;
    byte[] ofNoVersion = tcp.clone();
    ofNoVersion[0] = 0x55;
    byte[] gre4 = tcp.clone();
    gre4[9] = 47;
    byte[] gre6 = tcp6(1).bytes();
    gre6[6] = 47;
    for (byte[] packet :
        List.of(
            shortTcp4,
            shortTcp6,
            shortUdp4,
            shortUdp6,
            new byte[1],
            withOptions,
            ofNoVersion,
            gre4,
            gre6)) {
      List<byte[]> written = coalesce(TunOffloads.ALL, List.of(packet, packet));
      assertThat(written).hasSize(2);
      assertThat(Arrays.copyOfRange(written.get(1), 10, written.get(1).length)).isEqualTo(packet);
    }
  }

  private static byte[] lengthened(byte[] packet) {
    boolean v6 = packet[0] >>> 4 == 6;
    ByteBuffer.wrap(packet).putShort(v6 ? 4 : 2, (short) (packet.length - (v6 ? 40 : 0)));
    return packet;
  }

  @Test
  @Proves("fault.10-reordering")
  void add_fragmentBetween_staysBetween() {
    byte[] fragment = udp4().fragmentation(0x00b9, 7).payload(50).bytes();
    byte[] udp = udp4().payload(100).bytes();
    List<byte[]> written = coalesce(TunOffloads.ALL, List.of(udp, udp, fragment, udp, udp));
    assertThat(written.stream().map(write -> write.length - 10)).containsExactly(228, 78, 228);
  }

  /// A packet that ends within its UDP header: found by fuzzing.
  @Test
  @Proves("fault.10-reordering")
  void add_cutOffHeaderBetween_staysBetween() {
    byte[] cutOff = Arrays.copyOf(udp4().bytes(), 25);
    cutOff[3] = 25;
    byte[] udp = udp4().payload(100).bytes();
    List<byte[]> written = coalesce(TunOffloads.ALL, List.of(udp, udp, cutOff, udp, udp));
    assertThat(written.stream().map(write -> write.length - 10)).containsExactly(228, 25, 228);
  }

  @Test
  @Proves({"fault.11-merge-comparison", "offload.merge"})
  void add_extensionHeaderBetween_staysBetween() {
    byte[] extended = udp6().payload(100).bytes();
    extended[6] = 60;
    byte[] udp = udp6().payload(100).bytes();
    List<byte[]> written = coalesce(TunOffloads.ALL, List.of(udp, udp, extended, udp, udp));
    assertThat(written.stream().map(write -> write.length - 10)).containsExactly(248, 148, 248);
  }

  @Test
  @Proves("fault.10-reordering")
  void add_icmpBetween_disturbsNothing() {
    byte[] icmp = tcp4(1).bytes();
    icmp[9] = 1;
    List<byte[]> written =
        coalesce(TunOffloads.ALL, List.of(tcp4(1).bytes(), icmp, tcp4(101).bytes()));
    assertThat(written.stream().map(write -> write.length - 10)).containsExactly(240, 140);
  }

  @Test
  @Proves("offload.merge")
  void add_manySegments_endsAt64AndAt65535Bytes() {
    List<byte[]> small = new ArrayList<>();
    List<byte[]> large = new ArrayList<>();
    for (int i = 0; i < 130; i++) {
      small.add(tcp4(1 + 100 * i).bytes());
      large.add(TestPacket.tcp4().sequence(1 + 1400 * i).payload(1400).bytes());
    }
    assertThat(coalesce(TunOffloads.ALL, small).stream().map(write -> write.length - 10))
        .containsExactly(6440, 6440, 240);
    assertThat(coalesce(TunOffloads.ALL, large).stream().map(write -> write.length - 10))
        .containsExactly(64440, 64440, 38 * 1400 + 40);
  }

  @Test
  @Proves("offload.merge")
  void finish_merged_hasTheHeadersOfALargePacket() {
    TestPacket packet = tcp4(1).flags(ACK | PSH).payload(250);
    List<byte[]> parts =
        IntStream.range(0, 3).mapToObj(i -> packet.segment(i, 100).bytes()).toList();
    List<byte[]> written = coalesce(TunOffloads.ALL, parts);
    try (NativeBuffer expected = NativeBuffer.allocate(1000)) {
      int length = packet.putLarge(expected, 0, 100);
      assertThat(written).hasSize(1);
      assertThat(written.getFirst()).isEqualTo(expected.toArray(0, length));
    }
  }

  @Test
  void finish_mergedUdp6_hasTheHeadersOfALargePacket() {
    TestPacket packet = udp6().payload(300);
    List<byte[]> parts =
        IntStream.range(0, 3).mapToObj(i -> packet.segment(i, 100).bytes()).toList();
    List<byte[]> written = coalesce(TunOffloads.ALL, parts);
    try (NativeBuffer expected = NativeBuffer.allocate(1000)) {
      int length = packet.putLarge(expected, 0, 100);
      assertThat(written.getFirst()).isEqualTo(expected.toArray(0, length));
    }
  }

  /// The fault of wireguard-go that tailscale/wireguard-go#59 describes.
  @Test
  @Proves("fault.04-stale-virtio-header")
  void finish_afterAMergedBatch_leavesNoOldVirtioHeader() {
    coalesce(TunOffloads.ALL, List.of(tcp4(1).bytes(), tcp4(101).bytes()));
    List<byte[]> written = coalesce(TunOffloads.ALL, List.of(flipped(tcp4(1)), tcp4(101).bytes()));
    for (byte[] write : written) {
      assertThat(Arrays.copyOf(write, VirtioNetHeader.SIZE)).containsOnly(0);
    }
  }

  @Test
  void flowHash_otherDirection_isTheSame() {
    for (TestPacket packet :
        List.of(
            tcp4(1).ports(1234, 443),
            tcp6(1).ports(1234, 443),
            udp4().ports(53, 999),
            udp6().ports(53, 999))) {
      lengths(TunOffloads.ALL, packet, packet.reversed(), packet.ports(1235, 443));
      assertThat(coalescer.flowHash(0)).isEqualTo(coalescer.flowHash(1));
      assertThat(coalescer.flowHash(0)).isNotEqualTo(coalescer.flowHash(2));
    }
  }

  @Test
  void flowHash_withoutOffloads_isTheSame() {
    lengths(TunOffloads.ALL, tcp4(1));
    int hash = coalescer.flowHash(0);
    lengths(TunOffloads.NONE, tcp4(1));
    assertThat(coalescer.flowHash(0)).isEqualTo(hash);
  }

  @Test
  void flowHash_manyFlows_spreadsOverFewQueues() {
    int[] queues = new int[4];
    for (int port = 0; port < 4000; port++) {
      lengths(TunOffloads.NONE, tcp4(1).ports(40_000 + port, 443));
      queues[Integer.remainderUnsigned(coalescer.flowHash(0), 4)]++;
    }
    for (int queue : queues) {
      assertThat(queue).isBetween(850, 1150);
    }
  }

  @Test
  void add_upToCapacity_isFull() {
    try (SegmentCoalescer small = new SegmentCoalescer(2)) {
      byte[] packet = tcp4(1).bytes();
      buffer.copyFrom(0, packet, 0, packet.length);
      small.begin(buffer, TunOffloads.ALL);
      small.add(0, packet.length);
      assertThat(small.isFull()).isFalse();
      small.add(0, packet.length);
      assertThat(small.isFull()).isTrue();
      small.begin(buffer, TunOffloads.ALL);
      assertThat(small.isFull()).isFalse();
      assertThat(small.finish()).isZero();
    }
    assertThatThrownBy(() -> new SegmentCoalescer(513))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void finish_withoutABatch_writesNothing() {
    assertThat(coalescer.finish()).isZero();
  }

  @Test
  void batch_afterWarmUp_allocatesNothing() {
    byte[] packet = tcp4(1).payload(1400).bytes();
    for (int i = 0; i < 40; i++) {
      byte[] next = TestPacket.tcp4().sequence(1 + 1400 * i).payload(1400).bytes();
      buffer.copyFrom(i * 1500, next, 0, next.length);
    }
    assertThat(
            AllocationMeter.allocatedBytes(() -> {
              coalescer.begin(buffer, TunOffloads.ALL);
              for (int i = 1; i < 40; i++) {
                coalescer.add(i * 1500, packet.length);
              }
              coalescer.finish();
            }))
        .isZero();
  }
}
