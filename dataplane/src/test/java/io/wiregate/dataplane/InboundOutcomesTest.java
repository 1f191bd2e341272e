package io.wiregate.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.session.IndexTable;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.testing.InnerPackets;
import io.wiregate.dataplane.testing.Lab;
import io.wiregate.dataplane.testing.ScriptedPeer;
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import io.wiregate.os.udp.UdpEndpoint;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Every fate of what arrives over UDP, as the real kernel brings it.
@RequiresRoot
@RequiresTool("ip")
class InboundOutcomesTest extends LabTest {
  private static final String OURS = "10.7.0.1";
  private static final String THEIRS = "10.7.1.1";
  private static final int INNER_PORT = 4000;

  private final ScriptedPeer peer = new ScriptedPeer(lab());
  private final DatagramSocket stranger = lab().socket("127.0.0.1");

  @BeforeEach
  void addPeer() {
    device()
        .putPeer(
            new PeerConfiguration(
                peer.publicKey(), null, null, 0, List.of(IpPrefix.parse("10.7.1.0/24"))));
  }

  @AfterEach
  void close() {
    device().removePeer(peer.publicKey());
    peer.close();
    stranger.close();
  }

  private static byte[] packet(String text) {
    return InnerPackets.udp(
        THEIRS, 5000, OURS, INNER_PORT, text.getBytes(StandardCharsets.US_ASCII));
  }

  private Peer state() {
    return Objects.requireNonNull(device().peers().byKey(peer.publicKey()));
  }

  private PeerStatus status() {
    return Objects.requireNonNull(device().peerStatus(peer.publicKey()));
  }

  private static String received(DatagramSocket socket) {
    DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
    try {
      socket.receive(packet);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII);
  }

  @Test
  void IN_FORWARDED_packetFromAnAllowedAddress_reachesTheKernel() {
    peer.connect();
    try (DatagramSocket inner = lab().socket(OURS, INNER_PORT)) {
      expect(Outcome.IN_FORWARDED, 1, () -> peer.send(peer.seal(0, packet("hello"))));

      assertThat(received(inner)).isEqualTo("hello");
    }
    assertThat(status().receivedBytes()).isEqualTo(148 + 32 + 48);
    assertThat(status().sentBytes()).isEqualTo(92);
  }

  @Test
  @Proves({"data.keepalive-empty", "session.slots"})
  void IN_KEEPALIVE_emptyMessage_confirmsTheSession() {
    peer.connect();
    assertThat(state().currentSession()).isNull();
    assertThat(status().lastHandshake()).isNull();
    expect(Outcome.IN_KEEPALIVE, 1, () -> peer.send(peer.seal(0, new byte[0])));

    Lab.await(() -> state().currentSession() != null);
    assertThat(status().lastHandshake()).isNotNull();
    assertThat(status().receivedBytes()).isEqualTo(148 + 32);
  }

  @Test
  @Proves("source.better-route")
  void endpoint_whoseLocalAddressIsAvoided_isNotBroughtBackByData() {
    peer.connect();
    expect(Outcome.IN_KEEPALIVE, 1, () -> peer.send(peer.seal(0, new byte[0])));
    UdpEndpoint known = Objects.requireNonNull(state().endpoint());
    assertThat(known.localAddress()).isNotNull();
    state().where().avoidLocalAddress(known);
    for (int i = 1; i < 4; i++) {
      int counter = i;
      expect(Outcome.IN_KEEPALIVE, 1, () -> peer.send(peer.seal(counter, new byte[0])));
      assertThat(state().endpoint()).isEqualTo(known.withoutLocal());
    }

    state().where().allowLocalAddress();
    expect(Outcome.IN_KEEPALIVE, 1, () -> peer.send(peer.seal(4, new byte[0])));
    Lab.await(() -> known.equals(state().endpoint()));
  }

  @Test
  @Proves({"message.type", "message.sizes"})
  void IN_MALFORMED_noMessageOfWireGuard_isDropped() {
    byte[][] messages = {{}, {4}, new byte[31], new byte[32], new byte[148], new byte[2000]};
    messages[3][0] = 5; // no such type
    messages[4][0] = 1; // reserved bytes
    messages[4][2] = 1;
    messages[5][0] = 4;
    messages[5][1] = 1;
    expect(
        Outcome.IN_MALFORMED,
        messages.length,
        () -> Arrays.stream(messages).forEach(m -> ScriptedPeer.sendFrom(stranger, m)));
  }

  @Test
  void IN_NO_SESSION_indexOfNobody_isDropped() {
    peer.connect();
    byte[] message = peer.sealTo(peer.remoteIndex() ^ 0x100, 0, new byte[0]);
    byte[] otherWorker = peer.sealTo(peer.remoteIndex() ^ 1, 0, new byte[0]);
    byte[] noWorker = peer.sealTo(peer.remoteIndex() | 15, 0, new byte[0]);
    assertThat(IndexTable.workerOf(peer.remoteIndex())).isLessThan(2);
    expect(
        Outcome.IN_NO_SESSION,
        3,
        () -> {
          peer.send(message);
          peer.send(otherWorker);
          peer.send(noWorker);
        });
  }

  @Test
  void IN_NO_SESSION_removedPeer_isNotHeard() {
    peer.connect();
    device().removePeer(peer.publicKey());
    expect(Outcome.IN_NO_SESSION, 1, () -> peer.send(peer.seal(0, packet("late"))));
  }

  @Test
  @Proves("message.damaged")
  void IN_NOT_AUTHENTIC_changedMessage_isDropped() {
    peer.connect();
    byte[] message = peer.seal(0, packet("hello"));
    message[20] ^= 1;
    expect(Outcome.IN_NOT_AUTHENTIC, 1, () -> peer.send(message));
    message[20] ^= 1;
    expect(Outcome.IN_FORWARDED, 1, () -> peer.send(message)); // the counter is not used up
  }

  @Test
  @Proves({"session.replay-window", "session.reject-after-messages", "message.damaged"})
  void IN_REPLAYED_counterSeenOrTooOldOrTooGreat_isDropped() {
    peer.connect();
    byte[] message = peer.seal(20_000, packet("hello"));
    expect(Outcome.IN_FORWARDED, 1, () -> peer.send(message));
    expect(
        Outcome.IN_REPLAYED,
        3,
        () -> {
          peer.send(message);
          peer.send(peer.seal(20_000 - 8129, packet("old")));
          peer.send(peer.seal(-8193, packet("past the limit")));
        });
    expect(
        Outcome.IN_FORWARDED, 1, () -> peer.send(peer.seal(20_000 - 8128, packet("just in time"))));
  }

  @Test
  @Proves({"message.inner-length", "fault.20-inner-length"})
  void IN_BAD_INNER_PACKET_noIpOrShorterThanItSays_isDropped() {
    peer.connect();
    byte[] longer = packet("hello");
    longer[2] = 4; // 1024 bytes and more
    byte[] version5 = packet("hello");
    version5[0] = 0x55;
    byte[] shortHeader = packet("hello");
    shortHeader[3] = 19;
    byte[] v6 = new byte[48];
    v6[0] = 0x60;
    v6[5] = 9; // one byte more than there is
    expect(
        Outcome.IN_BAD_INNER_PACKET,
        5,
        () -> {
          peer.send(peer.seal(0, longer));
          peer.send(peer.seal(1, version5));
          peer.send(peer.seal(2, shortHeader));
          peer.send(peer.seal(3, v6));
          peer.send(peer.seal(4, new byte[16]));
        });
  }

  @Test
  @Proves({"data.source-allowed", "data.endpoint"})
  void IN_SOURCE_NOT_ALLOWED_addressOfAnother_isDroppedButThePeerRoams() {
    peer.connect();
    byte[] spoofed = InnerPackets.udp("10.7.2.1", 5000, OURS, INNER_PORT, new byte[5]);
    byte[] message = peer.seal(0, spoofed);
    expect(Outcome.IN_SOURCE_NOT_ALLOWED, 1, () -> ScriptedPeer.sendFrom(stranger, message));

    // Authenticated all the same.
    Lab.await(() -> Objects.requireNonNull(status().endpoint()).port() == stranger.getLocalPort());
  }

  @Test
  @Proves({"fault.18-nested-prefixes", "data.source-allowed"})
  void IN_SOURCE_NOT_ALLOWED_moreSpecificRangeOfAnother_isDropped() {
    peer.connect();
    try (ScriptedPeer other = new ScriptedPeer(lab())) {
      device()
          .putPeer(
              new PeerConfiguration(
                  other.publicKey(), null, null, 0, List.of(IpPrefix.parse(THEIRS + "/32"))));
      expect(Outcome.IN_SOURCE_NOT_ALLOWED, 1, () -> peer.send(peer.seal(0, packet("no"))));
      device().removePeer(other.publicKey());
      expect(Outcome.IN_FORWARDED, 1, () -> peer.send(peer.seal(1, packet("yes"))));
    }
  }

  /// All of it waits in the socket and comes in one batch: the endpoint is where the last authentic
  /// message came from, not where the last one came from, nor where the greatest counter did.
  @Test
  @Proves("fault.17-roaming-order")
  void batch_fromTwoAddresses_leavesTheEndpointWhereTheLastAuthenticCameFrom() {
    peer.connect();
    byte[] first = peer.seal(50, packet("first"));
    byte[] second = peer.seal(10, packet("second"));
    byte[] forged = peer.seal(60, packet("forged"));
    forged[30] ^= 1;
    expect(
        Outcome.IN_FORWARDED,
        2,
        () ->
            expect(
                Outcome.IN_NOT_AUTHENTIC,
                1,
                () -> {
                  peer.send(first);
                  ScriptedPeer.sendFrom(stranger, second);
                  peer.send(forged);
                }));
    assertThat(Objects.requireNonNull(status().endpoint()).port())
        .isEqualTo(stranger.getLocalPort());

    expect(Outcome.IN_REPLAYED, 1, () -> peer.send(first)); // a replay is not heard from there
    assertThat(Objects.requireNonNull(status().endpoint()).port())
        .isEqualTo(stranger.getLocalPort());
  }

  /// Whatever a stranger sends, nothing about the peer changes before its message is authenticated.
  @Test
  @Proves("message.damaged")
  void message_notAuthentic_changesNothing() {
    peer.connect();
    byte[] first = peer.seal(0, packet("hello"));
    expect(Outcome.IN_FORWARDED, 1, () -> peer.send(first));
    Lab.await(() -> state().timers().nextDeadline() != Long.MAX_VALUE);
    PeerStatus before = status();
    long deadline = state().timers().nextDeadline();
    byte[] message = peer.seal(1, packet("hello"));

    for (int length = 0; length < message.length; length++) {
      byte[] truncated = Arrays.copyOf(message, length);
      Outcome expected = length < 32 ? Outcome.IN_MALFORMED : Outcome.IN_NOT_AUTHENTIC;
      expect(expected, 1, () -> ScriptedPeer.sendFrom(stranger, truncated));
    }
    for (int more : new int[] {1, 15, 16, 1000, 60000}) {
      byte[] oversized = Arrays.copyOf(message, message.length + more);
      expect(Outcome.IN_NOT_AUTHENTIC, 1, () -> ScriptedPeer.sendFrom(stranger, oversized));
    }
    for (int bit = 0; bit < message.length * 8; bit += 3) {
      byte[] flipped = message.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      Outcome expected =
          bit < 32
              ? Outcome.IN_MALFORMED
              : bit < 64 ? Outcome.IN_NO_SESSION : Outcome.IN_NOT_AUTHENTIC;
      expect(expected, 1, () -> ScriptedPeer.sendFrom(stranger, flipped));
    }
    expect(Outcome.IN_REPLAYED, 1, () -> ScriptedPeer.sendFrom(stranger, first));

    assertThat(status().endpoint()).isEqualTo(before.endpoint());
    assertThat(status().receivedBytes()).isEqualTo(before.receivedBytes());
    assertThat(status().sentBytes()).isEqualTo(before.sentBytes());
    assertThat(state().timers().nextDeadline()).isEqualTo(deadline);
    expect(Outcome.IN_FORWARDED, 1, () -> ScriptedPeer.sendFrom(stranger, message));
    Lab.await(() -> Objects.requireNonNull(status().endpoint()).port() == stranger.getLocalPort());
  }
}
