package io.wiregate.dataplane.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.udp.UdpEndpoint;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MisdirectedDatagramsTest {
  private static final UdpEndpoint FROM = UdpEndpoint.parse("192.0.2.1:5");

  private final MisdirectedDatagrams datagrams = new MisdirectedDatagrams();
  private final NativeBuffer data = NativeBuffer.allocate(65536);

  @AfterEach
  void close() {
    data.close();
  }

  @Test
  void poll_empty_findsNothing() {
    assertThat(datagrams.isEmpty()).isTrue();
    assertThat(datagrams.poll()).isNull();
  }

  @Test
  void add_datagrams_comeInOrderAsCopies() {
    for (int i = 0; i < 3; i++) {
      data.putInt(100, i);
      assertThat(datagrams.add(i, data, 100, 4 + i, FROM, i)).isTrue();
    }
    data.putInt(100, 99);
    for (int i = 0; i < 3; i++) {
      assertThat(datagrams.isEmpty()).isFalse();
      MisdirectedDatagrams.Datagram datagram = Objects.requireNonNull(datagrams.poll());
      assertThat(datagram.interfaceNumber()).isEqualTo(i);
      assertThat(datagram.bytes()).hasSize(4 + i);
      assertThat(datagram.from()).isSameAs(FROM);
      assertThat(datagram.trafficClass()).isEqualTo(i);
      data.copyFrom(0, datagram.bytes(), 0, 4);
      assertThat(data.getInt(0)).isEqualTo(i);
    }
    assertThat(datagrams.isEmpty()).isTrue();
  }

  @Test
  void add_tooMany_isRefusedUntilOneIsTaken() {
    for (int i = 0; i < 1024; i++) {
      assertThat(datagrams.add(0, data, 0, 32, FROM, 0)).isTrue();
    }
    assertThat(datagrams.add(0, data, 0, 32, FROM, 0)).isFalse();

    datagrams.poll();
    assertThat(datagrams.add(0, data, 0, 32, FROM, 0)).isTrue();
  }

  @Test
  void add_tooManyBytes_isRefusedUntilSomeAreTaken() {
    for (int i = 0; i < 64; i++) {
      assertThat(datagrams.add(0, data, 0, 65536, FROM, 0)).isTrue();
    }
    assertThat(datagrams.add(0, data, 0, 1, FROM, 0)).isFalse();

    datagrams.poll();
    assertThat(datagrams.add(0, data, 0, 65536, FROM, 0)).isTrue();
    while (datagrams.poll() != null) {
      // all
    }
    assertThat(datagrams.add(0, data, 0, 65536, FROM, 0)).isTrue();
  }
}
