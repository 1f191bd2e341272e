package io.wiregate.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.noise.Tai64n;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerTimers;
import io.wiregate.dataplane.testing.Lab;
import io.wiregate.dataplane.testing.ScriptedPeer;
import io.wiregate.dataplane.wire.CookieReplyMessage;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import io.wiregate.os.udp.ReceiveBatch;
import io.wiregate.os.udp.SendBatch;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpSocket;
import java.net.DatagramSocket;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Every fate of a handshake message, over the real kernel.
@RequiresRoot
@RequiresTool("ip")
class HandshakeOutcomesTest extends LabTest {
  private final ScriptedPeer peer = new ScriptedPeer(lab());
  private final DatagramSocket stranger = lab().socket("127.0.0.1");

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

  @AfterEach
  void close() {
    device().removePeer(peer.publicKey());
    peer.close();
    stranger.close();
  }

  private Peer state() {
    return Objects.requireNonNull(device().peers().byKey(peer.publicKey()));
  }

  private PeerStatus status() {
    return Objects.requireNonNull(device().peerStatus(peer.publicKey()));
  }

  /// Initiations of one peer that come closer together are a flood.
  private static void spaceOut() {
    try {
      Thread.sleep(25);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void beginFromDevice() {
    put(UdpEndpoint.of(IpAddress.parse("127.0.0.1"), peer.port()));
    state().request(Peer.SEND_STAGED_OR_KEEPALIVE);
  }

  @Test
  @Proves({"data.endpoint", "fault.18-cookie-always", "timer.response-spacing"})
  void HANDSHAKE_ANSWERED_initiation_isAnsweredAndSetsTheEndpoint() {
    expect(Outcome.HANDSHAKE_ANSWERED, 1, () -> peer.send(peer.initiation()));

    peer.complete(peer.receive());
    assertThat(Objects.requireNonNull(status().endpoint()).port()).isEqualTo(peer.port());
    assertThat(status().receivedBytes()).isEqualTo(148);
    assertThat(status().sentBytes()).isEqualTo(92);
    assertThat(state().mayInitiate(System.nanoTime())).isFalse();
  }

  @Test
  @Proves("session.key-confirmation")
  void HANDSHAKE_COMPLETED_response_isConfirmedByAKeepalive() {
    beginFromDevice();
    byte[] initiation = peer.receive();
    assertThat(initiation).hasSize(148);
    expect(Outcome.HANDSHAKE_COMPLETED, 1, () -> peer.send(peer.response(initiation)));

    assertThat(peer.open(peer.receive())).isEmpty();
    assertThat(status().lastHandshake()).isNotNull();
    assertThat(status().receivedBytes()).isEqualTo(92);
    assertThat(status().sentBytes()).isEqualTo(148 + 32);
  }

  @Test
  @Proves({"cookie.mac1", "message.silence"})
  void HANDSHAKE_BAD_MAC1_changedMessage_isDropped() {
    byte[] message = peer.initiation();
    for (int at = 4; at < message.length - 16; at += 7) {
      byte[] changed = message.clone();
      changed[at] ^= 1;
      expect(Outcome.HANDSHAKE_BAD_MAC1, 1, () -> peer.send(changed));
    }
    assertThat(peer.receiveOrNull(100)).isNull();
    expect(Outcome.HANDSHAKE_ANSWERED, 1, () -> peer.send(message));
  }

  @Test
  @Proves("message.damaged")
  void HANDSHAKE_NOT_AUTHENTIC_changedMessageWithRightMac_changesNothing() {
    peer.connect();
    spaceOut();
    PeerStatus before = status();
    long deadline = state().timers().nextDeadline();
    byte[] message = peer.initiation();
    for (int at = 8; at < message.length - 32; at += 3) {
      byte[] changed = message.clone();
      changed[at] ^= 1;
      peer.remac(changed);
      // The last bit of an X25519 key is not looked at by everybody, but is in the hash.
      expect(Outcome.HANDSHAKE_NOT_AUTHENTIC, 1, () -> ScriptedPeer.sendFrom(stranger, changed));
    }

    assertThat(status().endpoint()).isEqualTo(before.endpoint());
    assertThat(status().receivedBytes()).isEqualTo(before.receivedBytes());
    assertThat(state().timers().nextDeadline()).isEqualTo(deadline);
    expect(Outcome.HANDSHAKE_ANSWERED, 1, () -> peer.send(message));
  }

  @Test
  @Proves({"message.sizes", "message.damaged"})
  void HANDSHAKE_MALFORMED_truncatedOrOversizedMessage_isDropped() {
    byte[] message = peer.initiation();
    for (int type = 1; type <= 3; type++) {
      message[0] = (byte) type;
      int right = type == 1 ? 148 : type == 2 ? 92 : 64;
      for (int length = 0; length < message.length + 8; length += 1 + length / 8) {
        if (length != right) {
          byte[] changed = Arrays.copyOf(message, length);
          Outcome outcome = length < 4 ? Outcome.IN_MALFORMED : Outcome.HANDSHAKE_MALFORMED;
          expect(outcome, 1, () -> ScriptedPeer.sendFrom(stranger, changed));
        }
      }
    }
    assertThat(status().endpoint()).isNull();
  }

  @Test
  @Proves("message.silence")
  void HANDSHAKE_UNKNOWN_PEER_initiation_isNotAnswered() {
    device().removePeer(peer.publicKey());
    expect(Outcome.HANDSHAKE_UNKNOWN_PEER, 1, () -> peer.send(peer.initiation()));

    assertThat(peer.receiveOrNull(100)).isNull();
    assertThat(device().peerStatus(peer.publicKey())).isNull();
  }

  @Test
  @Proves({"handshake.timestamp-replay", "message.damaged"})
  void HANDSHAKE_REPLAYED_sameInitiation_isNotAnsweredAndChangesNothing() {
    byte[] message = peer.initiation();
    expect(Outcome.HANDSHAKE_ANSWERED, 1, () -> peer.send(message));
    peer.complete(peer.receive());
    expect(Outcome.IN_KEEPALIVE, 1, () -> peer.send(peer.seal(0, new byte[0])));
    spaceOut();
    PeerStatus before = status();
    expect(Outcome.HANDSHAKE_REPLAYED, 1, () -> ScriptedPeer.sendFrom(stranger, message));

    assertThat(status().endpoint()).isEqualTo(before.endpoint());
    assertThat(status().receivedBytes()).isEqualTo(before.receivedBytes());
    // The session goes on.
    expect(Outcome.IN_KEEPALIVE, 1, () -> peer.send(peer.seal(1, new byte[0])));
    // An older timestamp is one too.
    byte[] older = peer.initiation(Tai64n.whitened(Instant.now().getEpochSecond() - 1000, 0));
    expect(Outcome.HANDSHAKE_REPLAYED, 1, () -> peer.send(older));
  }

  @Test
  @Proves("handshake.flood")
  void HANDSHAKE_FLOODED_twoInitiationsAtOnce_answersTheFirst() {
    long answered = device().count(Outcome.HANDSHAKE_ANSWERED);
    long flooded = device().count(Outcome.HANDSHAKE_FLOODED);
    AtomicLong second = new AtomicLong(Instant.now().getEpochSecond());
    // Again where this machine was so slow that they were 20 ms apart.
    Lab.await(() -> {
      byte[] first = peer.initiation(Tai64n.whitened(second.incrementAndGet(), 0));
      byte[] next = peer.initiation(Tai64n.whitened(second.incrementAndGet(), 0));
      peer.send(first);
      peer.send(next);
      spaceOut();
      return device().count(Outcome.HANDSHAKE_FLOODED) > flooded;
    });

    assertThat(device().count(Outcome.HANDSHAKE_ANSWERED)).isGreaterThan(answered);
  }

  @Test
  @Proves({"handshake.response-state", "cookie.once"})
  void HANDSHAKE_UNEXPECTED_responseOrCookieForNothing_isDropped() {
    beginFromDevice();
    byte[] response = peer.response(peer.receive());
    byte[] wrongIndex = response.clone();
    wrongIndex[9] ^= 1;
    peer.remac(wrongIndex);
    expect(Outcome.HANDSHAKE_UNEXPECTED, 1, () -> ScriptedPeer.sendFrom(stranger, wrongIndex));
    byte[] cookie = new byte[64];
    cookie[0] = 3;
    expect(Outcome.HANDSHAKE_UNEXPECTED, 1, () -> ScriptedPeer.sendFrom(stranger, cookie));

    expect(Outcome.HANDSHAKE_COMPLETED, 1, () -> peer.send(response));
    expect(Outcome.HANDSHAKE_UNEXPECTED, 1, () -> ScriptedPeer.sendFrom(stranger, response));
    assertThat(Objects.requireNonNull(status().endpoint()).port()).isEqualTo(peer.port());
  }

  /// A cookie is no proof of where the peer is.
  @Test
  @Proves({"cookie.endpoint", "cookie.once"})
  void COOKIE_ACCEPTED_replyFromElsewhere_changesNoEndpoint() {
    beginFromDevice();
    byte[] initiation = peer.receive();
    byte[] reply = peer.cookieReply(initiation);
    byte[] forged = reply.clone();
    forged[60] ^= 1;
    expect(Outcome.HANDSHAKE_NOT_AUTHENTIC, 1, () -> ScriptedPeer.sendFrom(stranger, forged));
    expect(Outcome.COOKIE_ACCEPTED, 1, () -> ScriptedPeer.sendFrom(stranger, reply));
    expect(Outcome.HANDSHAKE_UNEXPECTED, 1, () -> ScriptedPeer.sendFrom(stranger, reply));

    assertThat(Objects.requireNonNull(status().endpoint()).port()).isEqualTo(peer.port());
    assertThat(status().receivedBytes()).isZero();
    // It does not end the handshake, and nothing is sent at once.
    assertThat(status().sentBytes()).isEqualTo(148);
    assertThat(peer.receiveOrNull(100)).isNull();
    expect(Outcome.HANDSHAKE_COMPLETED, 1, () -> peer.send(peer.response(initiation)));
  }

  @Test
  @Proves("handshake.response-state")
  void HANDSHAKE_NOT_AUTHENTIC_changedResponse_leavesTheHandshakeUnderWay() {
    beginFromDevice();
    byte[] response = peer.response(peer.receive());
    byte[] changed = response.clone();
    changed[50] ^= 1;
    peer.remac(changed);
    PeerStatus before = status();
    expect(Outcome.HANDSHAKE_NOT_AUTHENTIC, 1, () -> ScriptedPeer.sendFrom(stranger, changed));

    assertThat(status().endpoint()).isEqualTo(before.endpoint());
    expect(Outcome.HANDSHAKE_COMPLETED, 1, () -> peer.send(response));
  }

  @Test
  @Proves("cookie.reply")
  void HANDSHAKE_QUEUE_FULL_floodWhileTheThreadIsBusy_losesTheRestAndAsksForCookies()
      throws InterruptedException {
    byte[] message = peer.initiation();
    // The handshake thread needs this monitor to answer.
    Object handshake =
        state().handshake(Objects.requireNonNull(device().peers().identity()).keys(), Lab.x25519());
    long full = device().count(Outcome.HANDSHAKE_QUEUE_FULL);
    long demanded = device().count(Outcome.HANDSHAKE_COOKIE_DEMANDED);
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Thread holder =
        Thread.ofPlatform()
            .start(() -> {
              synchronized (handshake) {
                held.countDown();
                awaitUninterrupted(release);
              }
            });
    UdpSocket observer = lab().udpSocket(false);
    try {
      held.await();
      peer.send(message);
      Lab.await(HandshakeOutcomesTest::isHandshakeThreadBlocked);
      for (int i = 0; i < 100; i++) {
        ScriptedPeer.sendFrom(stranger, message);
      }
      sendFrom(observer, message);
      for (int i = 0; i < 100; i++) {
        ScriptedPeer.sendFrom(stranger, message);
      }
    } finally {
      release.countDown();
      holder.join();
    }
    assertIsCookieReplyOfNoClass(observer);
    observer.close();

    Lab.await(() -> device().count(Outcome.HANDSHAKE_COOKIE_DEMANDED) > demanded + 64);
    assertThat(device().count(Outcome.HANDSHAKE_QUEUE_FULL)).isGreaterThan(full);
    peer.complete(peer.receive()); // who came first was answered
    // Whom we know is not asked for a cookie while strangers at that address are.
    spaceOut();
    expect(Outcome.HANDSHAKE_ANSWERED, 1, () -> peer.send(peer.initiation()));
    // They are until a second after the lane was last long.
    try (ScriptedPeer late = new ScriptedPeer(lab())) {
      device().putPeer(new PeerConfiguration(late.publicKey(), null, null, 0, List.of()));
      Lab.await(() -> {
        long answered = device().count(Outcome.HANDSHAKE_ANSWERED);
        late.send(late.initiation());
        spaceOut();
        return device().count(Outcome.HANDSHAKE_ANSWERED) > answered;
      });
      device().removePeer(late.publicKey());
    }
  }

  private static void sendFrom(UdpSocket socket, byte[] message) {
    try (NativeBuffer memory = NativeBuffer.allocate(message.length);
        SendBatch sends = new SendBatch(1)) {
      memory.copyFrom(0, message, 0, message.length);
      UdpEndpoint to = UdpEndpoint.of(IpAddress.parse("127.0.0.1"), Lab.PORT);
      sends.add(to, memory, 0, message.length, message.length, 0);
      socket.send(sends, 0);
    }
  }

  private static void assertIsCookieReplyOfNoClass(UdpSocket socket) {
    try (ReceiveBatch received = new ReceiveBatch(1)) {
      Lab.await(() -> socket.receive(received) > 0);
      assertThat(received.segmentSize(0)).isEqualTo(CookieReplyMessage.SIZE);
      assertThat(received.trafficClass(0)).isZero();
    }
  }

  @Test
  @Proves("handshake.static-key-change")
  void privateKey_changed_sendsNothingUnderTheOldSessionButReceives() {
    peer.connect();
    expect(Outcome.IN_KEEPALIVE, 1, () -> peer.send(peer.seal(0, new byte[0])));
    Lab.await(() -> state().currentSession() != null);
    assertThat(state().mayInitiate(System.nanoTime())).isFalse();
    device().setPrivateKey(Lab.newKey());

    // At once, though the last response is less than five seconds old.
    state().request(Peer.SEND_STAGED_OR_KEEPALIVE);
    byte[] sent = peer.receive();
    assertThat(sent).hasSize(148);
    assertThat(peer.receiveOrNull(100)).isNull();
    expect(Outcome.IN_KEEPALIVE, 1, () -> peer.send(peer.seal(1, new byte[0])));
    // What was for the old key is not for us any more.
    spaceOut();
    expect(Outcome.HANDSHAKE_BAD_MAC1, 1, () -> peer.send(peer.initiation()));
  }

  /// Every packet for such a peer asks for a handshake.
  @Test
  @Proves("handshake.low-order-peer")
  void peer_ofLowOrder_isTriedOnceInFiveSecondsAndNothingIsSent() {
    PublicKey lowOrder = PublicKey.of(new byte[32]);
    device()
        .putPeer(
            new PeerConfiguration(
                lowOrder,
                null,
                UdpEndpoint.of(IpAddress.parse("127.0.0.1"), peer.port()),
                0,
                List.of()));
    Peer silent = Objects.requireNonNull(device().peers().byKey(lowOrder));
    assertThat(silent.mayInitiate(System.nanoTime())).isTrue();
    silent.request(Peer.SEND_STAGED_OR_KEEPALIVE);

    Lab.await(() -> !silent.mayInitiate(System.nanoTime()));
    assertThat(peer.receiveOrNull(100)).isNull();
    assertThat(silent.sentBytes()).isZero();
    assertThat(silent.timers().nextDeadline()).isEqualTo(PeerTimers.NEVER);
    device().removePeer(lowOrder);
  }

  private static boolean isHandshakeThreadBlocked() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread ->
            thread.getName().startsWith("handshake-") && thread.getState() == Thread.State.BLOCKED);
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
