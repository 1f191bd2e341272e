package io.wiregate.dataplane.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.testing.conformance.Proves;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class MessageTypeTest {
  private static final int[] SIZES = {0, 148, 92, 64};

  @Property
  @Proves("message.sizes")
  void type_exactLengthOfHandshakeMessage_isRecognised(
      @ForAll @IntRange(min = 1, max = 3) int type, @ForAll @IntRange(max = 300) int length) {
    byte[] message = new byte[Math.max(length, 4)];
    message[0] = (byte) type;
    int expected = message.length == SIZES[type] ? type : MessageType.NONE;

    assertThat(MessageType.of(message)).isEqualTo(expected);
    assertThat(ofNative(message)).isEqualTo(expected);
  }

  @Property
  @Proves("message.sizes")
  void type_transportOfAtLeast32Bytes_isRecognised(@ForAll @IntRange(max = 100) int length) {
    byte[] message = new byte[Math.max(length, 4)];
    message[0] = MessageType.TRANSPORT;
    int expected = length >= 32 ? MessageType.TRANSPORT : MessageType.NONE;

    assertThat(MessageType.of(message)).isEqualTo(expected);
    assertThat(ofNative(message)).isEqualTo(expected);
  }

  @Property
  @Proves("message.type")
  void type_reservedByteSet_isNone(
      @ForAll @IntRange(min = 1, max = 4) int type,
      @ForAll @IntRange(min = 1, max = 3) int reserved,
      @ForAll @IntRange(min = 1, max = 255) int value) {
    byte[] message = new byte[type == MessageType.TRANSPORT ? 32 : SIZES[type]];
    message[0] = (byte) type;
    message[reserved] = (byte) value;

    assertThat(MessageType.of(message)).isEqualTo(MessageType.NONE);
    assertThat(ofNative(message)).isEqualTo(MessageType.NONE);
  }

  @Property
  void type_fewerThanFourBytes_isNone(@ForAll @Size(max = 3) byte[] message) {
    assertThat(MessageType.of(message)).isEqualTo(MessageType.NONE);
    try (NativeBuffer buffer = NativeBuffer.allocate(4)) {
      buffer.putIntLittleEndian(0, MessageType.TRANSPORT);
      assertThat(MessageType.of(buffer, 0, message.length)).isEqualTo(MessageType.NONE);
    }
  }

  private static int ofNative(byte[] message) {
    try (NativeBuffer buffer = NativeBuffer.allocate(message.length + 7)) {
      buffer.copyFrom(7, message, 0, message.length);
      return MessageType.of(buffer, 7, message.length);
    }
  }
}
