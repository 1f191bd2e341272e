package io.wiregate.dataplane.offload;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.link.ConnectionTuple;
import io.wiregate.os.net.IpAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What was translated becomes what was sent, byte for byte, as far as it is there.
final class TranslatedPacketTest {
  private static final int AT = 10;

  private static @Nullable ConnectionTuple tuple(byte[] packet) {
    try (NativeBuffer buffer = NativeBuffer.allocate(AT + packet.length)) {
      buffer.copyFrom(AT, packet, 0, packet.length);
      return TranslatedPacket.tuple(buffer, AT, packet.length);
    }
  }

  private static byte[] putBack(byte[] packet, ConnectionTuple before) {
    try (NativeBuffer buffer = NativeBuffer.allocate(AT + packet.length)) {
      buffer.copyFrom(AT, packet, 0, packet.length);
      TranslatedPacket.putBack(buffer, AT, packet.length, before);
      return buffer.toArray(AT, packet.length);
    }
  }

  private static TestPacket packet(boolean isTcp, boolean isV6) {
    return isTcp
        ? isV6 ? TestPacket.tcp6() : TestPacket.tcp4()
        : isV6 ? TestPacket.udp6() : TestPacket.udp4();
  }

  @Property
  void putBack_tcpAndUdp_isWhatWasSent(
      @ForAll boolean isTcp,
      @ForAll boolean isV6,
      @ForAll @IntRange(max = 255) int host,
      @ForAll @IntRange(max = 65535) int port,
      @ForAll @IntRange(max = 255) int newHost,
      @ForAll @IntRange(max = 65535) int newPort,
      @ForAll @IntRange(max = 100) int payload,
      @ForAll @IntRange(max = 80) int cut) {
    TestPacket any = packet(isTcp, isV6).payload(payload);
    byte[] sent = any.to(host).ports(53, port).reversed().bytes();
    byte[] left = any.to(newHost).ports(80, newPort).reversed().bytes();
    int length = Math.min(left.length, any.transport() + 4 + 2 * cut);

    ConnectionTuple before = Objects.requireNonNull(tuple(sent));
    assertThat(before.sourcePort()).isEqualTo(port);
    assertThat(before.destinationPort()).isEqualTo(53);
    assertThat(before.protocol()).isEqualTo(isTcp ? 6 : 17);
    assertThat(putBack(Arrays.copyOf(left, length), before)).isEqualTo(Arrays.copyOf(sent, length));
  }

  private static byte[] echo(boolean isV6, int host, int identifier, int payload) {
    byte[] bytes = packet(false, isV6).payload(payload).to(host).reversed().bytes();
    int at = isV6 ? 40 : 20;
    bytes[isV6 ? 6 : 9] = (byte) (isV6 ? 58 : 1);
    ByteBuffer message = ByteBuffer.wrap(bytes);
    if (!isV6) {
      message.putShort(10, (short) 0);
      message.putShort(10, (short) ~ChecksumTest.naive(bytes, 0, 20));
    }
    message.putShort(at, (short) (isV6 ? 0x8000 : 0x0800)).putShort(at + 2, (short) 0);
    message.putShort(at + 4, (short) identifier).putShort(at + 6, (short) 7);
    int length = bytes.length - at;
    int sum = ChecksumTest.naive(bytes, at, length);
    if (isV6) {
      ByteBuffer pseudo = ByteBuffer.allocate(40).put(bytes, 8, 32).putInt(length).putInt(58);
      sum += ChecksumTest.naive(pseudo.array(), 0, 40);
      sum = (sum >>> 16) + (sum & 0xffff);
    }
    message.putShort(at + 2, (short) ~sum);
    return bytes;
  }

  @Property
  void putBack_echoRequest_isWhatWasSent(
      @ForAll boolean isV6,
      @ForAll @IntRange(max = 255) int host,
      @ForAll @IntRange(max = 65535) int identifier,
      @ForAll @IntRange(max = 255) int newHost,
      @ForAll @IntRange(max = 65535) int newIdentifier,
      @ForAll @IntRange(max = 50) int payload) {
    byte[] sent = echo(isV6, host, identifier, payload);
    ConnectionTuple before = Objects.requireNonNull(tuple(sent));

    assertThat(before.isIcmp()).isTrue();
    assertThat(before.sourcePort()).isEqualTo(identifier);
    assertThat(before.destinationPort()).isEqualTo(isV6 ? 0x8000 : 0x0800);
    assertThat(putBack(echo(isV6, newHost, newIdentifier, payload), before)).isEqualTo(sent);
  }

  @Test
  void putBack_udpWithoutAChecksum_getsNone() {
    byte[] left = TestPacket.udp4().bytes();
    left[26] = 0;
    left[27] = 0;
    byte[] sent = TestPacket.udp4().to(9).reversed().bytes();

    byte[] put = putBack(left, Objects.requireNonNull(tuple(sent)));
    assertThat(Arrays.copyOf(put, 20)).isEqualTo(Arrays.copyOf(sent, 20));
    assertThat(Arrays.copyOfRange(put, 26, 28)).isEqualTo(new byte[2]);
  }

  /// By their addresses alone, and only those are put back.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void tuple_protocolWithoutPorts_hasNone(boolean isV6) {
    byte[] left = packet(false, isV6).bytes();
    left[isV6 ? 6 : 9] = 47;
    byte[] sent = packet(false, isV6).to(9).reversed().bytes();
    sent[isV6 ? 6 : 9] = 47;

    ConnectionTuple before = Objects.requireNonNull(tuple(sent));
    assertThat(before.sourcePort()).isZero();
    assertThat(before.destinationPort()).isZero();
    byte[] put = putBack(left, before);
    int source = isV6 ? 8 : 12;
    int end = isV6 ? 40 : 20;
    assertThat(Arrays.copyOfRange(put, source, end))
        .isEqualTo(Arrays.copyOfRange(sent, source, end));
    assertThat(Arrays.copyOfRange(put, end, put.length))
        .isEqualTo(Arrays.copyOfRange(left, end, left.length));
  }

  @Test
  void tuple_behindExtensions_isFound() {
    byte[] plain = TestPacket.udp6().ports(4000, 53).bytes();
    byte[] extended = Arrays.copyOf(plain, 40 + 8 + 8);
    extended[6] = Ipv6Extension.DESTINATION;
    extended[40] = 17;
    extended[41] = 0;
    System.arraycopy(plain, 40, extended, 48, 8);

    ConnectionTuple tuple = Objects.requireNonNull(tuple(extended));
    assertThat(tuple.protocol()).isEqualTo(17);
    assertThat(tuple.sourcePort()).isEqualTo(4000);
    assertThat(tuple.destinationPort()).isEqualTo(53);
    assertThat(tuple.source()).isEqualTo(IpAddress.parse("2001:db8::1"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void tuple_cutOffTransportHeader_isNull(boolean isV6) {
    int header = isV6 ? 40 : 20;
    assertThat(tuple(Arrays.copyOf(packet(true, isV6).bytes(), header + 3))).isNull();
    assertThat(tuple(Arrays.copyOf(packet(true, isV6).bytes(), header + 4))).isNotNull();
    assertThat(tuple(Arrays.copyOf(echo(isV6, 1, 2, 3), header + 5))).isNull();
    assertThat(tuple(Arrays.copyOf(echo(isV6, 1, 2, 3), header + 6))).isNotNull();
  }

  /// Whoever wrote it: nothing behind it is looked at, or the buffer complains.
  @Property
  void putBack_anyBytes_looksAtThemOnly(
      @ForAll @Size(min = 60, max = 120) byte[] bytes, @ForAll boolean isV6) {
    bytes[0] = (byte) (isV6 ? 0x60 : 0x40 | (5 + (bytes[0] & 0xff) % 11));
    ConnectionTuple tuple = tuple(bytes);
    if (tuple != null) {
      putBack(bytes, tuple);
    }
  }
}
