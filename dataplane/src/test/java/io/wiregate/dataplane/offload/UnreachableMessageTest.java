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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 1812, 4.3.2.7, and RFC 4443, 2.4 e: what is answered, and how.
final class UnreachableMessageTest {
  private static final int ICMP = 1;
  private static final int ICMP_V6 = 58;

  private static boolean mayAnswer(byte[] packet) {
    try (NativeBuffer buffer = NativeBuffer.allocate(packet.length)) {
      buffer.copyFrom(0, packet, 0, packet.length);
      return UnreachableMessage.mayAnswer(buffer, 0, packet.length);
    }
  }

  /// The message that answers a packet, of which it quotes as much as it may.
  private static byte[] answer(byte[] packet, boolean isV6) {
    int at = 10;
    int quote = at + UnreachableMessage.ICMP_HEADER;
    int quoted = Math.min(packet.length, UnreachableMessage.quoteLimit(isV6));
    try (NativeBuffer buffer = NativeBuffer.allocate(quote + packet.length)) {
      for (int i = 0; i < quote; i++) {
        buffer.putByte(i, 0xee); // what was there before
      }
      buffer.copyFrom(quote, packet, 0, packet.length);
      int size = UnreachableMessage.complete(buffer, at, quoted);
      return buffer.toArray(at, size);
    }
  }

  private static byte[] packet(boolean isV6) {
    return (isV6 ? TestPacket.udp6() : TestPacket.udp4()).payload(100).bytes();
  }

  private static byte[] icmp(boolean isV6, int type) {
    byte[] packet = packet(isV6);
    packet[isV6 ? 6 : 9] = (byte) (isV6 ? ICMP_V6 : ICMP);
    packet[isV6 ? 40 : 20] = (byte) type;
    return packet;
  }

  private static byte[] with(byte[] packet, int at, int... values) {
    byte[] changed = packet.clone();
    for (int i = 0; i < values.length; i++) {
      changed[at + i] = (byte) values[i];
    }
    return changed;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void mayAnswer_usualPacket_isTrue(boolean isV6) {
    assertThat(mayAnswer(packet(isV6))).isTrue();
  }

  /// The types that the kernel's `icmp_pointers` has as no errors, and none besides.
  @Property
  @Proves("data.icmp-limits")
  void mayAnswer_icmp_onlyWhatAsksOrAnswers(@ForAll @IntRange(max = 255) int type) {
    boolean informational = type == 0 || type == 8 || (type >= 13 && type <= 18);
    assertThat(mayAnswer(icmp(false, type))).isEqualTo(informational);
  }

  @Property
  @Proves("data.icmp-limits")
  void mayAnswer_icmpV6_notErrorsAndRedirects(@ForAll @IntRange(max = 255) int type) {
    assertThat(mayAnswer(icmp(true, type))).isEqualTo(type >= 128 && type != 137);
  }

  @Test
  void mayAnswer_icmpWithoutAType_isFalse() {
    assertThat(mayAnswer(Arrays.copyOf(icmp(false, 8), 20))).isFalse();
    assertThat(mayAnswer(Arrays.copyOf(icmp(true, 128), 40))).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "12,0", "12,127", "12,224", "12,239", "12,240", "12,255", "16,224", "16,239", "16,255"
  })
  @Proves("data.icmp-limits")
  void mayAnswer_v4ToOrFromNoSingleHost_isFalse(int at, int firstByte) {
    assertThat(mayAnswer(with(packet(false), at, firstByte))).isFalse();
  }

  @Test
  @Proves("data.icmp-limits")
  void mayAnswer_v6ToOrFromNoSingleHost_isFalse() {
    byte[] packet = packet(true);
    int[] unspecified = new int[16];
    int[] loopback = new int[16];
    loopback[15] = 1;
    assertThat(mayAnswer(with(packet, 8, unspecified))).isFalse();
    assertThat(mayAnswer(with(packet, 8, loopback))).isFalse();
    assertThat(mayAnswer(with(packet, 8, 0xff, 2))).isFalse();
    assertThat(mayAnswer(with(packet, 24, 0xff, 2))).isFalse();
    assertThat(mayAnswer(with(packet, 24, 0xfe, 0x80))).isTrue();
  }

  @Test
  @Proves("data.icmp-limits")
  void mayAnswer_fragments_onlyTheFirst() {
    assertThat(mayAnswer(with(packet(false), 6, 0x20, 0))).isTrue();
    assertThat(mayAnswer(with(packet(false), 6, 0x20, 1))).isFalse();
    assertThat(mayAnswer(with(packet(false), 6, 0, 1))).isFalse();

    byte[] first = with(with(packet(true), 6, Ipv6Extension.FRAGMENT), 40, 17, 0, 0, 1);
    assertThat(mayAnswer(first)).isTrue();
    assertThat(mayAnswer(with(first, 42, 0, 8))).isFalse();
  }

  @Test
  void mayAnswer_icmpV6ErrorBehindExtensions_isFalse() {
    byte[] hops = with(packet(true), 6, Ipv6Extension.HOP_BY_HOP);
    byte[] routed = with(hops, 40, Ipv6Extension.DESTINATION, 1);
    assertThat(mayAnswer(with(routed, 56, ICMP_V6, 0, 0, 0, 0, 0, 0, 0, 1))).isFalse();
    assertThat(mayAnswer(with(routed, 56, ICMP_V6, 0, 0, 0, 0, 0, 0, 0, 128))).isTrue();
    // 4 bytes to the unit, and two of them not counted
    byte[] authenticated = with(packet(true), 6, Ipv6Extension.AUTHENTICATION);
    assertThat(mayAnswer(with(with(authenticated, 40, ICMP_V6, 4), 64, 1))).isFalse();
    assertThat(mayAnswer(with(hops, 40, Ipv6Extension.DESTINATION, 255))).isFalse(); // cut off
  }

  @Property
  void mayAnswer_anyBytes_looksAtThemOnly(
      @ForAll @Size(min = 40, max = 120) byte[] bytes, @ForAll boolean isV6) {
    bytes[0] = (byte) (isV6 ? 0x60 : 0x45);
    mayAnswer(bytes); // or the buffer complains
  }

  @Property
  void complete_v4_isARightMessageWithAsMuchAsThereMayBe(
      @ForAll @IntRange(max = 2000) int payload) {
    byte[] packet = TestPacket.udp4().payload(payload).bytes();
    byte[] answer = answer(packet, false);
    int quoted = Math.min(packet.length, 576 - 28);

    assertThat(answer).hasSize(8 + quoted);
    assertThat(Arrays.copyOfRange(answer, 8, answer.length))
        .isEqualTo(Arrays.copyOf(packet, quoted));
    assertThat(answer[0]).isEqualTo((byte) 3);
    assertThat(answer[1]).isEqualTo((byte) 1);
    assertThat(Arrays.copyOfRange(answer, 4, 8)).isEqualTo(new byte[4]);
    assertThat(sum(answer)).isEqualTo(0xffff);
  }

  /// But for the checksum, which is the socket's.
  @Property
  void complete_v6_isARightMessageWithAsMuchAsThereMayBe(
      @ForAll @IntRange(max = 2000) int payload) {
    byte[] packet = TestPacket.udp6().payload(payload).bytes();
    byte[] answer = answer(packet, true);
    int quoted = Math.min(packet.length, 1280 - 48);

    assertThat(answer).hasSize(8 + quoted);
    assertThat(Arrays.copyOfRange(answer, 8, answer.length))
        .isEqualTo(Arrays.copyOf(packet, quoted));
    assertThat(Arrays.copyOf(answer, 8)).isEqualTo(new byte[] {1, 3, 0, 0, 0, 0, 0, 0});
  }

  /// RFC 1812, 4.3.2.5: the packet's type of service, the precedence of what keeps networks up; not
  /// its ECN, since nobody would hear that.
  @Property
  void trafficClass_v4_isThePacketsAtAHigherPrecedence(@ForAll @IntRange(max = 255) int tos) {
    try (NativeBuffer buffer = NativeBuffer.allocate(200)) {
      byte[] packet = with(packet(false), 1, tos);
      buffer.copyFrom(0, packet, 0, packet.length);
      assertThat(UnreachableMessage.trafficClass(buffer, 0)).isEqualTo(0xc0 + (tos & 0x1c));
      byte[] other = TestPacket.udp6().trafficClass(tos).bytes();
      buffer.copyFrom(0, other, 0, other.length);
      assertThat(UnreachableMessage.trafficClass(buffer, 0)).isZero();
    }
  }

  private static int sum(byte[] bytes) {
    int sum = 0;
    for (int i = 0; i < bytes.length; i++) {
      sum += (bytes[i] & 0xff) << (i % 2 == 0 ? 8 : 0);
    }
    return sum % 0xffff == 0 ? 0xffff : sum % 0xffff;
  }
}
