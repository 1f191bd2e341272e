package io.wiregate.dataplane.offload;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.testing.conformance.Proves;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class InnerPacketTest {
  private static NativeBuffer buffer(byte[] bytes) {
    NativeBuffer buffer = NativeBuffer.allocate(Math.max(1, bytes.length));
    buffer.copyFrom(0, bytes, 0, bytes.length);
    return buffer;
  }

  @Test
  void readers_v4_readWhatWasBuilt() {
    TestPacket packet = TestPacket.udp4().to(9).trafficClass(0xb9).payload(10);
    try (NativeBuffer buffer = buffer(packet.bytes())) {
      assertThat(InnerPacket.version(buffer, 0)).isEqualTo(4);
      assertThat(InnerPacket.headerLength(buffer, 0)).isEqualTo(20);
      assertThat(InnerPacket.totalLength(buffer, 0)).isEqualTo(38);
      assertThat(InnerPacket.protocol(buffer, 0)).isEqualTo(17);
      assertThat(InnerPacket.sourceV4(buffer, 0)).isEqualTo(0xc0000201);
      assertThat(InnerPacket.destinationV4(buffer, 0)).isEqualTo(0xc0000209);
      assertThat(InnerPacket.ecn(buffer, 0)).isEqualTo(1);
      assertThat(InnerPacket.trimmedLength(buffer, 0, 38)).isEqualTo(38);
    }
  }

  @Test
  void readers_v6_readWhatWasBuilt() {
    TestPacket packet = TestPacket.tcp6().to(9).trafficClass(0xba).payload(10);
    try (NativeBuffer buffer = buffer(packet.bytes())) {
      assertThat(InnerPacket.version(buffer, 0)).isEqualTo(6);
      assertThat(InnerPacket.headerLength(buffer, 0)).isEqualTo(40);
      assertThat(InnerPacket.totalLength(buffer, 0)).isEqualTo(70);
      assertThat(InnerPacket.protocol(buffer, 0)).isEqualTo(6);
      assertThat(InnerPacket.sourceV6High(buffer, 0)).isEqualTo(0x20010db8_00000000L);
      assertThat(InnerPacket.sourceV6Low(buffer, 0)).isEqualTo(1);
      assertThat(InnerPacket.destinationV6High(buffer, 0)).isEqualTo(0x20010db8_00000000L);
      assertThat(InnerPacket.destinationV6Low(buffer, 0)).isEqualTo(9);
      assertThat(InnerPacket.ecn(buffer, 0)).isEqualTo(2);
    }
  }

  @Test
  @Proves("message.inner-length")
  void trimmedLength_padded_leavesThePaddingOut() {
    byte[] padded = Arrays.copyOf(TestPacket.udp4().payload(5).bytes(), 48);
    try (NativeBuffer buffer = buffer(padded)) {
      assertThat(InnerPacket.trimmedLength(buffer, 0, 48)).isEqualTo(33);
    }
  }

  @Test
  @Proves({"message.inner-length", "fault.20-inner-length"})
  void trimmedLength_lyingHeader_saysWhy() {
    byte[] bytes = TestPacket.udp4().payload(5).bytes();
    try (NativeBuffer buffer = buffer(bytes)) {
      assertThat(InnerPacket.trimmedLength(buffer, 0, 19)).isEqualTo(InnerPacket.TOO_SHORT);
      assertThat(InnerPacket.trimmedLength(buffer, 0, 32)).isEqualTo(InnerPacket.BAD_LENGTH);
      buffer.putShortBigEndian(2, 19);
      assertThat(InnerPacket.trimmedLength(buffer, 0, 33)).isEqualTo(InnerPacket.BAD_LENGTH);
      buffer.putShortBigEndian(2, 20);
      assertThat(InnerPacket.trimmedLength(buffer, 0, 33)).isEqualTo(20);
      buffer.putByte(0, 0x46);
      assertThat(InnerPacket.trimmedLength(buffer, 0, 33)).isEqualTo(InnerPacket.BAD_LENGTH);
      buffer.putByte(0, 0x44);
      assertThat(InnerPacket.trimmedLength(buffer, 0, 33)).isEqualTo(InnerPacket.BAD_HEADER_LENGTH);
      buffer.putByte(0, 0x60);
      assertThat(InnerPacket.trimmedLength(buffer, 0, 33)).isEqualTo(InnerPacket.TOO_SHORT);
      buffer.putByte(0, 0x30);
      assertThat(InnerPacket.trimmedLength(buffer, 0, 33)).isEqualTo(InnerPacket.UNKNOWN_VERSION);
    }
  }

  @Property
  void trimmedLength_anyBytes_isNegativeOrWithinThem(@ForAll @Size(max = 80) byte[] bytes) {
    try (NativeBuffer buffer = buffer(bytes)) {
      int length = InnerPacket.trimmedLength(buffer, 0, bytes.length);
      if (length > 0) {
        assertThat(length).isBetween(20, bytes.length);
      } else {
        assertThat(length).isBetween(InnerPacket.BAD_LENGTH, InnerPacket.TOO_SHORT);
      }
    }
  }

  /// RFC 6040, figure 4: what goes on for each pair; -1 is 'drop'.
  private static final int[][] DECAPSULATED = {
    // outer: Not-ECT, ECT(1), ECT(0), CE
    {0, 0, 0, -1}, // inner: Not-ECT
    {1, 1, 1, 3}, // ECT(1)
    {2, 1, 2, 3}, // ECT(0)
    {3, 3, 3, 3}, // CE
  };

  @Property
  @Proves("data.ecn-in")
  void decapsulateEcn_anyPair_isAsInRfc6040(
      @ForAll boolean isV6,
      @ForAll @IntRange(max = 63) int innerDscp,
      @ForAll @IntRange(max = 3) int inner,
      @ForAll @IntRange(max = 255) int outer) {
    TestPacket udp = isV6 ? TestPacket.udp6() : TestPacket.udp4();
    int expected = DECAPSULATED[inner][outer & 3];
    byte[] before = udp.trafficClass(innerDscp << 2 | inner).bytes();
    byte[] after = udp.trafficClass(innerDscp << 2 | Math.max(expected, 0)).bytes();
    try (NativeBuffer buffer = buffer(before)) {
      assertThat(InnerPacket.decapsulateEcn(buffer, 0, outer)).isEqualTo(expected >= 0);
      assertThat(buffer.toArray(0, before.length)).isEqualTo(expected >= 0 ? after : before);
    }
  }

  /// A wrong checksum stays exactly as wrong, lest the receiver take the packet for intact.
  @Property
  @Proves("data.ecn-in")
  void decapsulateEcn_wrongChecksum_isNotMadeRight(
      @ForAll @IntRange(min = 1, max = 2) int inner, @ForAll @IntRange(max = 0xffff) int checksum) {
    try (NativeBuffer buffer = buffer(TestPacket.udp4().trafficClass(inner).bytes())) {
      buffer.putShortBigEndian(10, checksum);
      int sum = Checksum.sum(buffer, 0, InnerPacket.V4_HEADER);
      assertThat(InnerPacket.decapsulateEcn(buffer, 0, InnerPacket.CE)).isTrue();
      assertThat(InnerPacket.ecn(buffer, 0)).isEqualTo(InnerPacket.CE);
      // 0 and 0xffff are the same in ones' complement.
      assertThat(Checksum.sum(buffer, 0, InnerPacket.V4_HEADER) % 0xffff).isEqualTo(sum % 0xffff);
    }
  }
}
