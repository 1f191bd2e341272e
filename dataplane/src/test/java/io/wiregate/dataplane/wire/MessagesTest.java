package io.wiregate.dataplane.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.NativeBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class MessagesTest {
  private static final HexFormat HEX = HexFormat.of();

  @Test
  void transport_header_isLittleEndian() {
    try (NativeBuffer buffer = NativeBuffer.allocate(64)) {
      TransportMessage.putHeader(buffer, 8, 0x11223344, 0x99aabbccddeeff01L);

      assertThat(HEX.formatHex(buffer.toArray(8, 16)))
          .isEqualTo("0400000044332211" + "01ffeeddccbbaa99");
      assertThat(TransportMessage.receiver(buffer, 8)).isEqualTo(0x11223344);
      assertThat(TransportMessage.counter(buffer, 8)).isEqualTo(0x99aabbccddeeff01L);
      assertThat(TransportMessage.is(buffer, 8, 32)).isTrue();
      assertThat(TransportMessage.is(buffer, 8, 31)).isFalse();
      buffer.putByte(9, 1);
      assertThat(TransportMessage.is(buffer, 8, 32)).isFalse();
    }
  }

  @Test
  void handshakeMessages_headers_areLittleEndian() {
    byte[] initiation = new byte[InitiationMessage.SIZE];
    InitiationMessage.putHeader(initiation, 0x11223344);
    assertThat(HEX.formatHex(initiation, 0, 8)).isEqualTo("0100000044332211");
    assertThat(InitiationMessage.sender(initiation)).isEqualTo(0x11223344);
    assertThat(InitiationMessage.is(initiation)).isTrue();

    byte[] response = new byte[ResponseMessage.SIZE];
    ResponseMessage.putHeader(response, 0x55667788, 0x11223344);
    assertThat(HEX.formatHex(response, 0, 12)).isEqualTo("020000008877665544332211");
    assertThat(ResponseMessage.sender(response)).isEqualTo(0x55667788);
    assertThat(ResponseMessage.receiver(response)).isEqualTo(0x11223344);
    assertThat(HandshakeMacs.sender(response)).isEqualTo(0x55667788);
    assertThat(ResponseMessage.is(response)).isTrue();

    byte[] reply = new byte[CookieReplyMessage.SIZE];
    CookieReplyMessage.putHeader(reply, 0x11223344);
    assertThat(HEX.formatHex(reply, 0, 8)).isEqualTo("0300000044332211");
    assertThat(CookieReplyMessage.receiver(reply)).isEqualTo(0x11223344);
    assertThat(CookieReplyMessage.is(reply)).isTrue();
  }

  @Test
  void handshakeMessages_otherLength_areRefused() {
    byte[] initiation = new byte[InitiationMessage.SIZE];
    InitiationMessage.putHeader(initiation, 1);
    byte[] response = new byte[ResponseMessage.SIZE];
    ResponseMessage.putHeader(response, 1, 2);
    byte[] reply = new byte[CookieReplyMessage.SIZE];
    CookieReplyMessage.putHeader(reply, 1);
    for (int change : new int[] {-1, 1}) {
      assertThat(InitiationMessage.is(Arrays.copyOf(initiation, 148 + change))).isFalse();
      assertThat(ResponseMessage.is(Arrays.copyOf(response, 92 + change))).isFalse();
      assertThat(CookieReplyMessage.is(Arrays.copyOf(reply, 64 + change))).isFalse();
    }
  }

  @Test
  void macs_ofBothMessages_standWhereTheirClassesSay() {
    byte[] initiation = new byte[InitiationMessage.SIZE];
    byte[] response = new byte[ResponseMessage.SIZE];
    assertThat(HandshakeMacs.mac1(initiation)).isEqualTo(InitiationMessage.MAC1);
    assertThat(HandshakeMacs.mac2(initiation)).isEqualTo(InitiationMessage.MAC2);
    assertThat(HandshakeMacs.mac1(response)).isEqualTo(ResponseMessage.MAC1);
    assertThat(HandshakeMacs.mac2(response)).isEqualTo(ResponseMessage.MAC2);
  }
}
