package io.wiregate.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.testing.InnerPackets;
import io.wiregate.dataplane.testing.Lab;
import io.wiregate.dataplane.testing.ScriptedPeer;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import io.wiregate.os.udp.ReceiveBatch;
import io.wiregate.os.udp.SendBatch;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// ECN and DSCP outside and inside, as the kernel sees them.
@RequiresRoot
@RequiresTool("ip")
class TrafficClassTest extends LabTest {
  private static final String OURS = "10.7.0.1";
  private static final String THEIRS = "10.7.1.1";
  private static final int INNER_PORT = 4000;
  private static final int AF41 = 0x88;

  private final ScriptedPeer peer = new ScriptedPeer(lab());
  private final ReceiveBatch received = new ReceiveBatch(16);
  private final NativeBuffer memory = NativeBuffer.allocate(65536);
  private final SendBatch sends = new SendBatch(16);

  @AfterEach
  void close() {
    device().removePeer(peer.publicKey());
    peer.close();
    received.close();
    memory.close();
    sends.close();
  }

  private void put(@Nullable UdpEndpoint endpoint) {
    device()
        .putPeer(
            new PeerConfiguration(
                peer.publicKey(), null, endpoint, 0, List.of(IpPrefix.parse("10.7.1.0/24"))));
  }

  private Peer state() {
    return Objects.requireNonNull(device().peers().byKey(peer.publicKey()));
  }

  private static UdpEndpoint at(UdpSocket socket) {
    try {
      IpAddress loopback = IpAddress.parse(socket.isV6() ? "::1" : "127.0.0.1");
      return UdpEndpoint.of(loopback, socket.localPort());
    } catch (OsException e) {
      throw new AssertionError(e);
    }
  }

  private static UdpEndpoint ours(UdpSocket from) {
    return UdpEndpoint.of(IpAddress.parse(from.isV6() ? "::1" : "127.0.0.1"), Lab.PORT);
  }

  private void send(UdpSocket from, UdpEndpoint to, int trafficClass, byte[] payload) {
    memory.copyFrom(0, payload, 0, payload.length);
    sends.clear();
    sends.add(to, memory, 0, payload.length, payload.length, trafficClass);
    assertThat(from.send(sends, 0)).isEqualTo(1);
  }

  /// The messages that come next.
  private int receive(UdpSocket socket) {
    int[] count = new int[1];
    Lab.await(() -> (count[0] = socket.receive(received)) > 0);
    return count[0];
  }

  private byte[] message(int index) {
    return received.data().toArray(received.offset(index), received.length(index));
  }

  private void connect() {
    peer.connect();
    peer.send(peer.seal(0, new byte[0]));
    Lab.await(() -> state().currentSession() != null);
  }

  // --- outward

  @ParameterizedTest
  @CsvSource({"false,0", "false,1", "false,2", "false,3", "true,0", "true,1", "true,2", "true,3"})
  @Proves("data.ecn-out")
  void packet_sent_showsItsEcnAndNothingOfItsDscp(boolean v6, int ecn) {
    put(null);
    connect();
    try (UdpSocket outer = lab().udpSocket(v6);
        UdpSocket inner = lab().udpSocket(false)) {
      put(at(outer));
      send(inner, UdpEndpoint.parse("10.7.1.5:9"), 0xb8 | ecn, new byte[5]);

      assertThat(receive(outer)).isEqualTo(1);
      assertThat(received.trafficClass(0)).isEqualTo(ecn);
      assertThat(peer.open(message(0))[1] & 0xff).isEqualTo(0xb8 | ecn);
    }
  }

  /// A message has one class: where it changes another message begins, and the order is kept.
  @Test
  @Proves("data.ecn-out")
  void packets_ofChangingEcn_keepTheirOwnAndTheirOrder() {
    put(null);
    connect();
    int[] classes = {0, 0, 2, 2, 2, 0, 1, 3, 3, 0};
    try (UdpSocket outer = lab().udpSocket(false);
        UdpSocket inner = lab().udpSocket(false)) {
      put(at(outer));
      memory.wipe(0, 5);
      sends.clear();
      for (int ecn : classes) {
        sends.add(UdpEndpoint.parse("10.7.1.5:9"), memory, 0, 5, 5, ecn);
      }
      for (int sent = 0; sent < classes.length; ) {
        sent += inner.send(sends, sent);
      }

      List<Integer> seen = new ArrayList<>();
      while (seen.size() < classes.length) {
        int count = receive(outer);
        for (int i = 0; i < count; i++) {
          int size = received.segmentSize(i);
          for (int at = 0; at < received.length(i); at += size) {
            byte[] datagram = received.data().toArray(received.offset(i) + at, size);
            assertThat(peer.open(datagram)[1]).isEqualTo((byte) received.trafficClass(i));
            seen.add(received.trafficClass(i));
          }
        }
      }
      assertThat(seen).containsExactly(0, 0, 2, 2, 2, 0, 1, 3, 3, 0);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Proves({"data.ecn-out", "data.dscp-handshake"})
  void initiationAndWhatWaitedForIt_areAf41AndThePacketsOwn(boolean v6) {
    try (UdpSocket outer = lab().udpSocket(v6);
        UdpSocket inner = lab().udpSocket(false)) {
      put(at(outer));
      send(inner, UdpEndpoint.parse("10.7.1.5:9"), 2, new byte[5]);

      assertThat(receive(outer)).isEqualTo(1);
      assertThat(received.length(0)).isEqualTo(148);
      assertThat(received.trafficClass(0)).isEqualTo(AF41);

      send(outer, ours(outer), 0, peer.response(message(0)));
      receive(outer);
      assertThat(peer.open(message(0))[1]).isEqualTo((byte) 2);
      assertThat(received.trafficClass(0)).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Proves("data.dscp-handshake")
  void responseAndKeepalive_areAf41AndNothing(boolean v6) {
    put(null);
    try (UdpSocket outer = lab().udpSocket(v6)) {
      send(outer, ours(outer), AF41, peer.initiation());
      receive(outer);
      assertThat(received.length(0)).isEqualTo(92);
      assertThat(received.trafficClass(0)).isEqualTo(AF41);
      peer.complete(message(0));
      send(outer, ours(outer), 3, peer.seal(0, new byte[0]));
      Lab.await(() -> state().currentSession() != null);

      state().request(Peer.SEND_STAGED_OR_KEEPALIVE);
      receive(outer);
      assertThat(received.length(0)).isEqualTo(32);
      assertThat(received.trafficClass(0)).isZero();
    }
  }

  // --- inward

  private static byte[] packet(int trafficClass) {
    byte[] plain = InnerPackets.udp(THEIRS, 5000, OURS, INNER_PORT, new byte[] {7});
    return InnerPackets.marked(plain, trafficClass);
  }

  @ParameterizedTest
  @CsvSource({
    "false,1,2,1", "false,3,2,3", "false,3,1,3", "false,3,3,3", "false,0,2,2", "false,2,0,0",
    "true,1,2,1", "true,3,2,3", "true,3,1,3", "true,1,3,3", "true,2,1,1", "true,1,0,0"
  })
  @Proves("data.ecn-in")
  void datagram_received_leavesItsEcnInsideByRfc6040(
      boolean v6, int outer, int inner, int expected) {
    put(null);
    peer.connect();
    try (UdpSocket socket = lab().udpSocket(v6);
        UdpSocket target = lab().udpSocket(false, INNER_PORT)) {
      send(socket, ours(socket), 0xb8 | outer, peer.seal(0, packet(0x48 | inner)));

      receive(target); // whose kernel has verified the checksum
      assertThat(received.trafficClass(0)).isEqualTo(0x48 | expected);
    }
  }

  /// The kernel steers by the first datagram of a message, so what is behind it may be for another
  /// worker, which must know the class too.
  @Test
  @Proves("data.ecn-in")
  void datagram_handedOverToAnotherWorker_keepsItsEcn() {
    try (ScriptedPeer other = new ScriptedPeer(lab());
        UdpSocket socket = lab().udpSocket(false);
        UdpSocket target = lab().udpSocket(false, INNER_PORT)) {
      put(null);
      device()
          .putPeer(
              new PeerConfiguration(
                  other.publicKey(), null, null, 0, List.of(IpPrefix.parse("10.7.2.0/24"))));
      peer.connect();
      other.connect();
      Peer second = Objects.requireNonNull(device().peers().byKey(other.publicKey()));
      assertThat(second.worker()).isNotEqualTo(state().worker());
      byte[] plain = InnerPackets.udp("10.7.2.1", 5000, OURS, INNER_PORT, new byte[] {7});
      byte[] first = peer.seal(0, packet(2));
      byte[] behind = other.seal(0, InnerPackets.marked(plain, 2));
      memory.copyFrom(0, first, 0, first.length);
      memory.copyFrom(first.length, behind, 0, behind.length);
      sends.clear();
      sends.add(ours(socket), memory, 0, first.length + behind.length, first.length, 3);
      assertThat(socket.send(sends, 0)).isEqualTo(1);

      for (int seen = 0; seen < 2; ) {
        int count = receive(target);
        for (int i = 0; i < count; i++) {
          assertThat(received.trafficClass(i)).isEqualTo(3);
        }
        seen += count;
      }
      device().removePeer(other.publicKey());
    }
  }

  @Test
  @Proves("data.ecn-in")
  void IN_CE_ON_NOT_ECT_senderThatCannotHearIt_losesThePacketOnly() {
    put(null);
    peer.connect();
    try (UdpSocket socket = lab().udpSocket(false);
        UdpSocket target = lab().udpSocket(false, INNER_PORT)) {
      long before = device().count(Outcome.IN_CE_ON_NOT_ECT);
      send(socket, ours(socket), 3, peer.seal(0, packet(0)));
      Lab.await(() -> device().count(Outcome.IN_CE_ON_NOT_ECT) == before + 1);
      Lab.await(() -> state().currentSession() != null); // authenticated all the same

      send(socket, ours(socket), 3, peer.seal(1, packet(2)));
      receive(target);
      assertThat(received.trafficClass(0)).isEqualTo(3);
    }
  }
}
