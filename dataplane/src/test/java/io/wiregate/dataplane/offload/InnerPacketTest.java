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

  /// RFC 6040, figure 4, of which only congestion outside matters here.
  @Property
  @Proves("data.ecn-in")
  void decapsulateEcn_anyPair_isAsInRfc6040(
      @ForAll boolean isV6,
      @ForAll @IntRange(max = 3) int inner,
      @ForAll @IntRange(max = 3) int outer) {
    TestPacket packet = (isV6 ? TestPacket.udp6() : TestPacket.udp4()).trafficClass(0xb8 | inner);
    try (NativeBuffer buffer = buffer(packet.bytes())) {
      boolean passes = InnerPacket.decapsulateEcn(buffer, 0, outer);
      assertThat(passes).isEqualTo(outer != 3 || inner != 0);
      int expected = outer == 3 && inner != 0 ? 3 : inner;
      byte[] bytes = packet.trafficClass(0xb8 | expected).bytes();
      assertThat(buffer.toArray(0, bytes.length)).isEqualTo(bytes);
    }
  }
}
