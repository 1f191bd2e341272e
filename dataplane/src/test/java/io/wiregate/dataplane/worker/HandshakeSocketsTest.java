package io.wiregate.dataplane.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.udp.ReceiveBatch;
import io.wiregate.os.udp.SendBatch;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpOffloads;
import io.wiregate.os.udp.UdpSocket;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of datagrams that are no transport messages.
class HandshakeSocketsTest {
  private static final int WORKERS = 2;
  private static final long NOW = 1_000_000;

  private final PeerTable peers = new PeerTable(3);
  private final HandshakePorts ports = new HandshakePorts();
  private final List<String> handed = new ArrayList<>();
  private final List<byte[]> offered = new ArrayList<>();
  private final HandshakeSockets sockets =
      new HandshakeSockets(this::offer, this::hand, ports, WORKERS);
  private final UdpPort port = UdpPort.open(0, WORKERS, UdpOffloads.ALL, 0);
  private @Nullable Outcome refusal;

  HandshakeSocketsTest() throws OsException {
    sockets.set(peers, port.handshakeSocket(false), port.handshakeSocket(true));
  }

  @AfterEach
  void close() {
    sockets.close();
    port.close();
  }

  private boolean hand(
      int worker,
      PeerTable table,
      NativeBuffer data,
      int offset,
      int length,
      UdpEndpoint from,
      int trafficClass) {
    assertThat(table).isSameAs(peers);
    handed.add(worker + ": " + length + " from " + from.address());
    return true;
  }

  private @Nullable Outcome offer(
      PeerTable table,
      NativeBuffer data,
      int offset,
      int length,
      ReceiveBatch batch,
      int index,
      long now) {
    assertThat(table).isSameAs(peers);
    assertThat(now).isEqualTo(NOW);
    byte[] message = new byte[length];
    data.copyTo(offset, message, 0, length);
    offered.add(message);
    return refusal;
  }

  private void send(String address, byte[]... messages) throws IOException {
    InetAddress to = InetAddress.ofLiteral(address);
    try (DatagramSocket from = new DatagramSocket(0, to)) {
      for (byte[] message : messages) {
        from.send(new DatagramPacket(message, message.length, to, port.number()));
      }
    }
  }

  private static byte[] message(int type, int length) {
    byte[] message = new byte[length];
    message[0] = (byte) type;
    message[length - 1] = 77;
    return message;
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void read_handshakeMessages_areOffered(String address) throws IOException {
    byte[][] messages = {message(1, 148), message(2, 92), message(3, 64)};
    send(address, messages);
    sockets.read(NOW);
    assertThat(offered).containsExactly(messages);
    assertThat(sockets.refusedAny()).isFalse();
    assertThat(sockets.moreWaits()).isFalse();
  }

  @Test
  void read_messageThatIsRefused_isCounted() throws IOException {
    refusal = Outcome.HANDSHAKE_COOKIE_DEMANDED;
    send("127.0.0.1", message(1, 148));
    sockets.read(NOW);
    assertThat(sockets.refusedAny()).isTrue();
    assertThat(ports.counted(peers, Outcome.HANDSHAKE_COOKIE_DEMANDED)).isEqualTo(1);
    sockets.read(NOW);
    assertThat(sockets.refusedAny()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 147, HANDSHAKE_MALFORMED",
    "1, 149, HANDSHAKE_MALFORMED",
    "1, 1400, HANDSHAKE_MALFORMED",
    "3, 5, HANDSHAKE_MALFORMED",
    "5, 148, IN_MALFORMED",
    "0, 1400, IN_MALFORMED",
    "1, 2, IN_MALFORMED",
  })
  void read_whatIsNoMessage_isCounted(int type, int length, Outcome outcome) throws IOException {
    send("127.0.0.1", message(type, length));
    sockets.read(NOW);
    assertThat(offered).isEmpty();
    assertThat(sockets.refusedAny()).isTrue();
    assertThat(ports.counted(peers, outcome)).isEqualTo(1);
  }

  /// The place behind the workers' is the handshake thread's.
  @Test
  void read_transportMessageForAWorkerThatThereIsNot_isCounted() throws IOException {
    byte[] message = message(4, 32);
    message[4] = WORKERS;
    send("127.0.0.1", message);
    sockets.read(NOW);
    assertThat(offered).isEmpty();
    assertThat(handed).isEmpty();
    assertThat(ports.counted(peers, Outcome.IN_NO_SESSION)).isEqualTo(1);
  }

  /// The kernel puts a packet behind the message of a handshake that came right before it.
  @Test
  void read_packetsBehindAHandshakeMessage_areHandedToTheirWorkers() throws OsException {
    byte[] first = message(2, 92);
    byte[] second = message(4, 92);
    byte[] third = message(4, 32);
    second[4] = 0x71;
    try (UdpSocket from = UdpSocket.open(false, UdpOffloads.ALL, 1 << 16);
        NativeBuffer data = NativeBuffer.allocate(3 * 92);
        SendBatch batch = new SendBatch(1)) {
      from.bind(IpAddress.parse("127.0.0.1"), 0);
      data.copyFrom(0, first, 0, 92);
      data.copyFrom(92, second, 0, 92);
      data.copyFrom(2 * 92, third, 0, 32);
      UdpEndpoint to = UdpEndpoint.of(IpAddress.parse("127.0.0.1"), port.number());
      batch.add(to, data, 0, 2 * 92 + 32, 92, 0);
      assertThat(from.send(batch, 0)).isEqualTo(1);
    }
    sockets.read(NOW);
    assertThat(offered).containsExactly(first);
    assertThat(handed).containsExactly("1: 92 from 127.0.0.1", "0: 32 from 127.0.0.1");
    assertThat(sockets.refusedAny()).isFalse();
  }

  @Test
  @RequiresRoot // for the sockets' buffers
  void moreWaits_moreThanOneLookBrings_isSoUntilAllIsRead() throws IOException {
    byte[][] messages = new byte[800][];
    Arrays.setAll(messages, i -> message(1, 148));
    send("127.0.0.1", messages);
    sockets.read(NOW);
    assertThat(sockets.moreWaits()).isTrue();
    assertThat(offered).hasSizeBetween(512, 600);
    sockets.read(NOW);
    assertThat(sockets.moreWaits()).isFalse();
    assertThat(offered).hasSize(messages.length);
  }

  /// Neither family's flood nor that of another interface keeps what arrives at a socket from its
  /// turn, whichever of the two the kernel names first: that which something came to first.
  @ParameterizedTest
  @CsvSource({"127.0.0.1, ::1, false", "::1, 127.0.0.1, true"})
  @RequiresRoot // for the sockets' buffers
  void read_socketWithMoreThanALookBrings_leavesOthersTheirTurn(
      String flooded, String calm, boolean calmFirst) throws IOException {
    byte[][] messages = new byte[2000][];
    Arrays.setAll(messages, i -> message(1, 148));
    if (calmFirst) {
      send(calm, message(2, 92));
    }
    send(flooded, messages);
    if (!calmFirst) {
      send(calm, message(2, 92));
    }
    sockets.read(NOW);
    sockets.read(NOW);
    assertThat(sockets.moreWaits()).isTrue();
    assertThat(offered).anyMatch(message -> message.length == 92);
  }

  @Test
  void set_none_readsNoMore() throws IOException {
    send("127.0.0.1", message(1, 148));
    sockets.set(peers, null, null);
    sockets.read(NOW);
    assertThat(offered).isEmpty();
  }

  @Test
  @Timeout(10)
  void await_ringOrMessage_returns() throws IOException {
    sockets.ring();
    sockets.await();
    sockets.read(NOW); // silences it
    send("127.0.0.1", message(1, 148));
    sockets.await();
    sockets.read(NOW);
    assertThat(offered).hasSize(1);
  }
}
