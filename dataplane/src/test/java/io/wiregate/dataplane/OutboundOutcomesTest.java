package io.wiregate.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.session.Limits;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.SessionCounters;
import io.wiregate.dataplane.testing.InnerPackets;
import io.wiregate.dataplane.testing.Lab;
import io.wiregate.dataplane.testing.ScriptedPeer;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import io.wiregate.os.tun.VirtioNetHeader;
import io.wiregate.os.udp.UdpEndpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Every fate of what the kernel hands over to be sent.
@RequiresRoot
@RequiresTool("ip")
class OutboundOutcomesTest extends LabTest {
  private final ScriptedPeer peer = new ScriptedPeer(lab());
  private final DatagramSocket inner = lab().socket("10.7.0.1");

  @BeforeEach
  void addPeer() {
    put(null);
  }

  private void put(@Nullable UdpEndpoint endpoint) {
    device()
        .putPeer(
            new PeerConfiguration(
                peer.publicKey(), null, endpoint, 0, List.of(IpPrefix.parse("10.7.1.0/24"))));
  }

  private UdpEndpoint where() {
    return UdpEndpoint.of(IpAddress.parse("127.0.0.1"), peer.port());
  }

  @AfterEach
  void close() {
    device().removePeer(peer.publicKey());
    peer.close();
    inner.close();
  }

  private Peer state() {
    return Objects.requireNonNull(device().peers().byKey(peer.publicKey()));
  }

  /// Has the kernel send a packet into the tunnel.
  private void send(String destination, int payload) {
    byte[] bytes = new byte[payload];
    ByteBuffer.wrap(bytes).putInt(0, 0x77777777);
    send(destination, 4000, bytes);
  }

  private void send(String destination, int port, byte[] bytes) {
    try {
      inner.send(new DatagramPacket(bytes, bytes.length, InetAddress.ofLiteral(destination), port));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A session that both sides know the other to have.
  private void connect() {
    peer.connect();
    expect(Outcome.IN_KEEPALIVE, 1, () -> peer.send(peer.seal(0, new byte[0])));
    Lab.await(() -> state().currentSession() != null);
  }

  @Test
  @Proves("message.padding")
  void OUT_FORWARDED_packet_isPaddedAndSealed() {
    connect();
    expect(Outcome.OUT_FORWARDED, 1, () -> send("10.7.1.5", 5));

    byte[] message = peer.receive();
    assertThat(message).hasSize(16 + 48 + 16);
    byte[] packet = peer.open(message);
    assertThat(packet[0]).isEqualTo((byte) 0x45);
    assertThat(packet[3]).isEqualTo((byte) 33);
    assertThat(packet[19]).isEqualTo((byte) 5);
    assertThat(ByteBuffer.wrap(packet).getInt(28)).isEqualTo(0x77777777);
    for (int i = 33; i < 48; i++) {
      assertThat(packet[i]).isZero();
    }
    assertThat(Objects.requireNonNull(device().peerStatus(peer.publicKey())).sentBytes())
        .isEqualTo(92 + 80);
  }

  @Test
  @Proves("message.padding")
  void OUT_FORWARDED_largestPacket_isNotPaddedPastTheMtu() {
    connect();
    send("10.7.1.5", 1420 - 28);

    assertThat(peer.receive()).hasSize(1420 + 32);
  }

  /// Padding ends at the MTU that the interface has now, of each packet of a large read too.
  @Test
  @Proves("message.padding")
  void OUT_FORWARDED_afterAChangeOfTheMtu_isPaddedToTheNewOne() {
    connect();
    for (int mtu : new int[] {1301, 1420}) {
      lab().exec("ip", "link", "set", Lab.NAME, "mtu", String.valueOf(mtu));
      Lab.await(() -> {
        send("10.7.1.5", mtu - 28 - 3); // would be padded by more than 3 bytes
        return peer.receive().length == mtu + 32;
      });
      send("10.7.1.5", mtu - 28);
      assertThat(peer.receive()).hasSize(mtu + 32);
    }
  }

  @Test
  @Proves({"data.staging", "session.key-confirmation"})
  void OUT_STAGED_noSession_waitsForTheHandshakeThatItBegins() {
    put(where());
    expect(
        Outcome.OUT_STAGED,
        2,
        () -> {
          send("10.7.1.5", 5);
          send("10.7.1.6", 5);
        });
    peer.send(peer.response(peer.receive()));

    // Instead of a keepalive. They are of two flows, which two workers may have read.
    assertThat(List.of(peer.open(peer.receive())[19], peer.open(peer.receive())[19]))
        .containsExactlyInAnyOrder((byte) 5, (byte) 6);
    assertThat(peer.receiveOrNull(100)).isNull();
  }

  @Test
  @Proves("session.slots")
  void OUT_STAGED_responderBeforeConfirmation_isSentWithTheFirstMessageOfThePeer() {
    peer.connect();
    expect(Outcome.OUT_STAGED, 1, () -> send("10.7.1.5", 5));
    assertThat(peer.receiveOrNull(100)).isNull();
    peer.send(peer.seal(0, new byte[0]));

    assertThat(peer.open(peer.receive())[19]).isEqualTo((byte) 5);
  }

  /// As in the kernel: a packet that came before the interface had a key is not forgotten.
  @Test
  void OUT_STAGED_keySetLater_beginsTheHandshake() {
    PrivateKey ours =
        PrivateKey.of(Objects.requireNonNull(device().privateKeyBytes()), Lab.x25519());
    device().setPrivateKey(null);
    put(where());
    expect(Outcome.OUT_STAGED, 1, () -> send("10.7.1.5", 5));
    assertThat(peer.receiveOrNull(100)).isNull();
    device().setPrivateKey(ours);

    peer.send(peer.response(peer.receive()));
    assertThat(peer.open(peer.receive())[19]).isEqualTo((byte) 5);
  }

  /// Between a session's beginning and the sending of what waited for it, the next packet is read.
  @Test
  @Proves({"data.staging", "fault.10-reordering"})
  void OUT_STAGED_sessionIsThereAndOthersWait_keepsTheOrder() {
    connect();
    byte[] earlier = InnerPackets.udp("10.7.0.1", 4000, "10.7.1.6", 4000, new byte[5]);
    int length = VirtioNetHeader.SIZE + earlier.length;
    try (NativeBuffer read = NativeBuffer.allocate(length)) {
      read.copyFrom(VirtioNetHeader.SIZE, earlier, 0, earlier.length);
      state().staged().add(read, 0, length, 1);
    }
    expect(Outcome.OUT_STAGED, 1, () -> send("10.7.1.7", 5));

    assertThat(peer.open(peer.receive())[19]).isEqualTo((byte) 6);
    assertThat(peer.open(peer.receive())[19]).isEqualTo((byte) 7);
    Lab.await(() -> !state().staged().isWaiting());
    expect(Outcome.OUT_FORWARDED, 1, () -> send("10.7.1.8", 5));
    assertThat(peer.open(peer.receive())[19]).isEqualTo((byte) 8);
  }

  @Test
  @Proves("data.staging")
  void OUT_STAGING_FULL_manyPackets_losesTheOldest() {
    put(where());
    expect(
        Outcome.OUT_STAGING_FULL,
        2,
        () -> {
          for (int i = 0; i < 130; i++) {
            long staged = device().count(Outcome.OUT_STAGED);
            send("10.7.1." + (i + 1), 5);
            Lab.await(() -> device().count(Outcome.OUT_STAGED) > staged);
          }
        });
    peer.send(peer.response(peer.receive()));

    assertThat(peer.open(peer.receive())[19]).isEqualTo((byte) 3);
  }

  @Test
  void OUT_NO_PEER_addressOfNobody_isDropped() {
    expect(Outcome.OUT_NO_PEER, 1, () -> send("10.7.200.1", 5));
  }

  /// As many at once as the budget has, from one flow and so from one worker, and then only what
  /// comes in with the time.
  @Test
  @Proves("data.icmp-limits")
  void OUT_NO_PEER_manyPackets_areAnsweredUpToALimit() {
    long begun = System.nanoTime();
    long answeredBefore = unreachablesSent();
    long before = device().count(Outcome.OUT_NO_PEER);
    for (int i = 0; i < 500; i++) {
      send("10.7.200.1", 5);
    }
    Lab.await(() -> device().count(Outcome.OUT_NO_PEER) >= before + 500);
    // Less what another test may just have taken.
    Lab.await(() -> unreachablesSent() - answeredBefore >= 40);

    long answered = unreachablesSent() - answeredBefore;
    long elapsedMillis = (System.nanoTime() - begun) / 1_000_000;
    assertThat(answered).isLessThanOrEqualTo(50 + 1 + elapsedMillis / 10);
  }

  /// By the namespace's kernel, whose own are none here.
  private static long unreachablesSent() {
    String[] lines =
        lab()
            .exec("cat", "/proc/net/snmp")
            .lines()
            .filter(line -> line.startsWith("Icmp: "))
            .toArray(String[]::new);
    int column = List.of(lines[0].split(" ", -1)).indexOf("OutDestUnreachs");
    return Long.parseLong(lines[1].split(" ", -1)[column]);
  }

  @Test
  void OUT_NO_ENDPOINT_peerThatNeverCalled_isDropped() {
    expect(Outcome.OUT_NO_ENDPOINT, 1, () -> send("10.7.1.5", 5));
    assertThat(state().staged().isWaiting()).isFalse();
  }

  /// What we sent comes in from the TUN interface: the route to the peer leads into its own tunnel.
  @Test
  @Proves("data.loop")
  void OUT_LOOP_ownMessageThatCameBack_isDropped() {
    connect();
    send("10.7.1.5", 5);
    byte[] message = peer.receive();
    expect(Outcome.OUT_LOOP, 1, () -> send("10.7.1.5", peer.port(), message));

    // Whoever has a tunnel of their own to the same place is not meant.
    byte[] ofAnother = message.clone();
    ofAnother[4] ^= 1;
    expect(Outcome.OUT_FORWARDED, 1, () -> send("10.7.1.5", peer.port(), ofAnother));
    expect(Outcome.OUT_FORWARDED, 1, () -> send("10.7.1.5", peer.port() + 1, message));
  }

  @Test
  @Proves({"data.loop", "data.fragmentation"})
  void OUT_NESTED_TOO_LARGE_messageThatOnlyFragmentsWouldCarry_isDropped() {
    connect();
    byte[] nested = new byte[1392];
    nested[0] = 4;
    expect(Outcome.OUT_FORWARDED, 1, () -> send("10.7.1.5", 9, nested));
    assertThat(peer.receive()).hasSize(1420 + 32);
    lab().exec("ip", "link", "set", "lo", "mtu", "1400");
    try {
      expect(Outcome.OUT_NESTED_TOO_LARGE, 1, () -> send("10.7.1.5", 9, nested));

      // Everything else may be fragmented, before and after.
      expect(Outcome.OUT_FORWARDED, 1, () -> send("10.7.1.5", 1392));
      assertThat(peer.receive()).hasSize(1420 + 32);
      expect(Outcome.OUT_FORWARDED, 1, () -> send("10.7.1.5", 9, Arrays.copyOf(nested, 1200)));
      expect(Outcome.OUT_NESTED_TOO_LARGE, 1, () -> send("10.7.1.5", 9, nested));
    } finally {
      lab().exec("ip", "link", "set", "lo", "mtu", "65536");
    }
  }

  @Test
  void OUT_UDP_REFUSED_endpointThatTheKernelRefuses_isCounted() {
    connect();
    put(UdpEndpoint.parse("127.0.0.1:0"));
    expect(Outcome.OUT_UDP_REFUSED, 1, () -> send("10.7.1.5", 5));
  }

  @Test
  @Proves("session.reject-after-messages")
  void OUT_SESSION_EXHAUSTED_lastCounterUsed_stagesTheNextPacket() {
    connect();
    SessionCounters.continueAt(
        Objects.requireNonNull(state().currentSession()), Limits.REJECT_AFTER_MESSAGES - 1);
    expect(Outcome.OUT_FORWARDED, 1, () -> send("10.7.1.5", 5));
    byte[] message = peer.receive();
    assertThat(ByteBuffer.wrap(message).order(java.nio.ByteOrder.LITTLE_ENDIAN).getLong(8))
        .isEqualTo(-8194);

    expect(Outcome.OUT_STAGED, 1, () -> send("10.7.1.6", 5));
  }

  /// The attempts before are only counted, for the time they would take.
  @Test
  @Proves("timer.rekey-attempt-time")
  void OUT_HANDSHAKE_FAILED_nobodyAnswers_dropsWhatWaits() {
    put(where());
    expect(Outcome.OUT_STAGED, 1, () -> send("10.7.1.5", 5));
    assertThat(peer.receive()).hasSize(148);
    while (state().timers().handshakeAttempts() <= Limits.MAX_HANDSHAKE_RETRIES) {
      state().timers().onRetransmit(0);
    }
    expect(Outcome.OUT_HANDSHAKE_FAILED, 1, () -> {});

    assertThat(state().staged().isWaiting()).isFalse();
  }

  @Test
  @Proves("interface.down")
  void setDown_interface_endsSessionsAndForgetsWhatWaits() {
    connect();
    put(where());
    lab().setDown();
    assertThat(state().currentSession()).isNull();
    assertThat(state().timers().nextDeadline()).isEqualTo(Long.MAX_VALUE);
    lab().setUp();
    assertThat(device().listenPort()).isEqualTo(Lab.PORT); // remembered

    expect(Outcome.IN_NO_SESSION, 1, () -> peer.send(peer.seal(1, new byte[0])));
    send("10.7.1.5", 5);
    assertThat(peer.receive()).hasSize(148);
  }
}
