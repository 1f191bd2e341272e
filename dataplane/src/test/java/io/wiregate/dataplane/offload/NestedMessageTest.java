package io.wiregate.dataplane.offload;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.NativeBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class NestedMessageTest {
  private static final int PORT = 51820;
  private static final int RECEIVER = 0x12345678;

  private static byte[] payload(int type, int length) {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    return bytes.putInt(0, type).putInt(4, RECEIVER).array();
  }

  private static byte[] udp(boolean isV6, byte[] payload) {
    return (isV6 ? TestPacket.udp6() : TestPacket.udp4())
        .ports(1000, PORT)
        .payload(payload)
        .bytes();
  }

  private static int find(byte[] packet) {
    try (NativeBuffer buffer = NativeBuffer.allocate(packet.length + 3)) {
      buffer.copyFrom(3, packet, 0, packet.length);
      return NestedMessage.find(buffer, 3, packet.length);
    }
  }

  private static boolean isTo(byte[] packet, int port, int receiver) {
    try (NativeBuffer buffer = NativeBuffer.allocate(packet.length)) {
      buffer.copyFrom(0, packet, 0, packet.length);
      int message = NestedMessage.find(buffer, 0, packet.length);
      return NestedMessage.isTo(buffer, 0, message, packet.length, port, receiver);
    }
  }

  @ParameterizedTest
  @CsvSource({"1,148", "2,92", "3,64", "4,32", "4,48", "4,1452"})
  void find_messagesOfAllTypes_findsThem(int type, int length) {
    assertThat(find(udp(false, payload(type, length)))).isEqualTo(28);
    assertThat(find(udp(true, payload(type, length)))).isEqualTo(48);
  }

  @ParameterizedTest
  @CsvSource({"0,64", "5,64", "1,147", "2,148", "3,32", "4,31", "0x104,64", "0x1000004,64"})
  void find_whatOnlyLooksLikeIt_findsNothing(String type, int length) {
    byte[] payload = payload(Integer.decode(type), length);
    assertThat(find(udp(false, payload))).isEqualTo(NestedMessage.NONE);
    assertThat(find(udp(true, payload))).isEqualTo(NestedMessage.NONE);
  }

  @Test
  void find_tcp_findsNothing() {
    byte[] payload = payload(4, 64);
    assertThat(find(TestPacket.tcp4().payload(payload).bytes())).isEqualTo(NestedMessage.NONE);
    assertThat(find(TestPacket.tcp6().payload(payload).bytes())).isEqualTo(NestedMessage.NONE);
  }

  /// The length is that of the datagram, not of what is there of it.
  @ParameterizedTest
  @ValueSource(ints = {32, 200})
  void find_firstFragment_findsIt(int there) {
    byte[] whole = TestPacket.udp4().fragmentation(0x2000, 7).payload(payload(4, 1000)).bytes();
    assertThat(find(Arrays.copyOf(whole, there))).isEqualTo(28);
  }

  @Test
  void find_laterFragment_findsNothing() {
    byte[] later = TestPacket.udp4().fragmentation(0x0001, 7).payload(payload(4, 64)).bytes();
    assertThat(find(later)).isEqualTo(NestedMessage.NONE);
  }

  @Test
  void find_v6FragmentHeader_countsLikeThatOfV4() {
    byte[] datagram = udp(true, payload(4, 64));
    byte[] fragment = new byte[datagram.length + 8];
    System.arraycopy(datagram, 0, fragment, 0, 40);
    System.arraycopy(datagram, 40, fragment, 48, datagram.length - 40);
    fragment[6] = Ipv6Extension.FRAGMENT;
    fragment[40] = 17;
    fragment[43] = 1; // more
    assertThat(find(fragment)).isEqualTo(56);
    fragment[42] = 1;
    assertThat(find(fragment)).isEqualTo(NestedMessage.NONE);
  }

  @Test
  void isTo_portAndReceiver_bothMustBeThose() {
    byte[] packet = udp(false, payload(4, 64));
    assertThat(isTo(packet, PORT, RECEIVER)).isTrue();
    assertThat(isTo(packet, PORT + 1, RECEIVER)).isFalse();
    assertThat(isTo(packet, PORT, RECEIVER + 1)).isFalse();
    assertThat(isTo(udp(true, payload(4, 64)), PORT, RECEIVER)).isTrue();
    assertThat(isTo(udp(false, payload(1, 148)), PORT, RECEIVER)).isFalse();
  }

  @Property
  void find_anyBytes_staysWithinThem(@ForAll @Size(min = 40, max = 100) byte[] bytes) {
    for (int first : new int[] {0x45, 0x4f, 0x60}) {
      byte[] packet = bytes.clone();
      packet[0] = (byte) first;
      if (first != 0x60 || packet[6] != 17) {
        packet[9] = 17;
      }
      int message = find(packet);
      assertThat(message == NestedMessage.NONE || message + 4 <= packet.length).isTrue();
    }
  }
}
