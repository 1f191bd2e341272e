package io.wiregate.dataplane.session;

import static io.wiregate.dataplane.session.RecordedEvents.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.noise.BouncyCastleX25519;
import io.wiregate.dataplane.noise.Handshake;
import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.dataplane.noise.StaticIdentity;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.testing.conformance.Proves;
import io.wiregate.os.udp.UdpEndpoint;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class PeerTest {
  private static final long START = 1_000 * SECOND;

  private final RecordedEvents events = new RecordedEvents();
  private final PeerTable table = new PeerTable(0);
  private final Peer peer = events.peer(table, 1);

  private Session initiated() {
    return events.session(peer, true, START);
  }

  private Session answered() {
    return events.session(peer, false, START);
  }

  private Session begun(Session session) {
    peer.begin(session);
    return session;
  }

  // --- slots of sessions: the kernel's add_new_keypair and wg_noise_received_with_keypair

  @Test
  @Proves("session.slots")
  void begin_asInitiator_isUsedAtOnce() {
    Session session = begun(initiated());

    assertThat(peer.sendingSession(START)).isSameAs(session);
    assertThat(session.entry().session()).isSameAs(session);
    assertThat(events.ended).isEmpty();
  }

  @Test
  @Proves("session.slots")
  void begin_asInitiatorAgain_keepsOnePreviousSession() {
    Session first = begun(initiated());
    Session second = begun(initiated());
    assertThat(events.ended).isEmpty();
    Session third = begun(initiated());

    assertThat(peer.currentSession()).isSameAs(third);
    assertThat(events.ended).containsExactly(first);
    begun(initiated());
    assertThat(events.ended).containsExactly(first, second);
  }

  @Test
  @Proves("session.slots")
  void begin_asResponder_isNotUsedForSending() {
    Session session = begun(answered());

    assertThat(peer.sendingSession(START)).isNull();
    assertThat(session.entry().session()).isSameAs(session);
  }

  @Test
  @Proves("session.slots")
  void begin_asResponder_dropsThePreviousAndTheNextSession() {
    Session previous = begun(initiated());
    Session current = begun(initiated());
    Session next = begun(answered());
    assertThat(events.ended).containsExactly(previous);

    begun(answered());
    assertThat(events.ended).containsExactly(previous, next);
    assertThat(peer.currentSession()).isSameAs(current);
  }

  @Test
  @Proves("session.slots")
  void begin_asInitiatorWithANextSession_makesThatThePreviousOne() {
    Session current = begun(initiated());
    Session next = begun(answered());
    Session ours = begun(initiated());

    assertThat(peer.currentSession()).isSameAs(ours);
    assertThat(events.ended).containsExactly(current);
    // It is not next any more, so its first packet confirms nothing.
    assertThat(peer.confirm(next)).isFalse();
    assertThat(peer.currentSession()).isSameAs(ours);
  }

  @Test
  @Proves("session.slots")
  void begin_asInitiatorWithAPreviousAndANextSession_endsThePreviousAndTheCurrentOne() {
    begun(initiated());
    Session current = begun(initiated());
    Session next = answered();
    // A next session drops the previous one, so one comes back by confirming and beginning again.
    peer.begin(next);
    peer.confirm(next);
    Session laterNext = begun(answered());
    events.ended.clear();
    begun(initiated());

    assertThat(events.ended).containsExactly(next);
    assertThat(events.ended).doesNotContain(laterNext, current);
  }

  @Test
  @Proves("session.slots")
  void confirm_nextSession_isUsedForSending() {
    Session before = begun(initiated());
    Session next = begun(answered());

    assertThat(peer.confirm(next)).isTrue();
    assertThat(next.isConfirmed()).isTrue();
    assertThat(peer.sendingSession(START)).isSameAs(next);
    assertThat(events.ended).isEmpty(); // the one before is the previous one
    assertThat(peer.confirm(next)).isFalse();
    begun(answered());
    assertThat(events.ended).containsExactly(before);
  }

  @Test
  void confirm_replacedSession_changesNothing() {
    Session replaced = begun(answered());
    Session next = begun(answered());

    assertThat(peer.confirm(replaced)).isFalse();
    assertThat(replaced.isConfirmed()).isFalse();
    assertThat(peer.currentSession()).isNull();
    assertThat(peer.confirm(next)).isTrue();
  }

  @Test
  void end_currentSession_isNotFoundAnyMoreByThen() {
    AtomicBoolean found = new AtomicBoolean();
    Peer[] watched = new Peer[1];
    RecordedEvents other = new RecordedEvents();
    PeerEvents watching =
        new PeerEvents() {
          @Override
          public void onRequest(Peer of) {}

          @Override
          public void onHandshakeWanted(Peer of) {}

          @Override
          public void onIndexFreed(IndexEntry entry) {}

          @Override
          public void onSessionEnded(Session session) {
            found.compareAndSet(false, watched[0].currentSession() == session);
          }
        };
    watched[0] = new Peer(RecordedEvents.key(2), table, 0, watching, new AtomicLong());
    watched[0].begin(other.session(watched[0], true, START));
    watched[0].begin(other.session(watched[0], false, START));
    watched[0].begin(other.session(watched[0], true, START));
    watched[0].clearSessions();

    assertThat(found).isFalse();
  }

  @Test
  void clearSessions_allSlots_endsThemAll() {
    Session current = begun(initiated());
    Session next = begun(answered());
    IndexEntry pending = new IndexEntry(77, peer);
    peer.setPending(pending);
    peer.clearSessions();

    assertThat(events.ended).containsExactlyInAnyOrder(current, next);
    assertThat(events.freed).containsExactly(pending);
    assertThat(peer.sendingSession(START)).isNull();
    assertThat(peer.confirm(next)).isFalse();
  }

  @Test
  @Proves("handshake.static-key-change")
  void expireSessions_afterKeyChange_forbidsSendingAndAllowsAHandshakeAtOnce() {
    Session current = begun(initiated());
    Session next = begun(answered());
    peer.onHandshakeSent(START);
    assertThat(peer.mayInitiate(START)).isFalse();
    table.setIdentity(null);

    assertThat(events.ended).isEmpty();
    assertThat(current.mayReceive(START)).isTrue();
    assertThat(peer.sendingSession(START)).isNull();
    assertThat(peer.mayInitiate(START)).isTrue();
    peer.confirm(next);
    assertThat(peer.sendingSession(START)).isNull();
    assertThat(next.mayReceive(START)).isTrue();
  }

  @Test
  void stop_interfaceDown_forgetsAllButTheEndpoint() {
    Session current = begun(initiated());
    UdpEndpoint endpoint = UdpEndpoint.parse("192.0.2.1:5");
    peer.where().set(endpoint);
    peer.onHandshakeSent(START);
    peer.timers().onSessionDerived(START);
    try (NativeBuffer buffer = NativeBuffer.allocate(8)) {
      peer.staged().add(buffer, 0, 8, 1);
    }
    peer.stop();

    assertThat(events.ended).containsExactly(current);
    assertThat(peer.staged().isWaiting()).isFalse();
    assertThat(peer.timers().nextDeadline()).isEqualTo(PeerTimers.NEVER);
    assertThat(peer.mayInitiate(START)).isTrue();
    assertThat(peer.endpoint()).isEqualTo(endpoint);
  }

  @Test
  void setPending_another_freesTheOneBefore() {
    IndexEntry first = new IndexEntry(1, peer);
    IndexEntry second = new IndexEntry(2, peer);
    peer.setPending(first);
    peer.setPending(second);
    assertThat(events.freed).containsExactly(first);

    peer.setPending(null);
    assertThat(events.freed).containsExactly(first, second);
  }

  @Test
  void begin_asInitiator_keepsTheIndexOfItsHandshake() {
    Session session = initiated();
    peer.setPending(session.entry());
    peer.begin(session);
    peer.setPending(null);

    assertThat(events.freed).isEmpty();
  }

  @Test
  void renewal_afterReceiving_looksAtTheSessionInUse() {
    begun(events.session(peer, true, START));
    begun(events.session(peer, true, START + 121 * SECOND));

    // A late packet of the previous session is no reason.
    assertThat(peer.wantsRenewalAfterReceiving(START + 170 * SECOND)).isFalse();
    assertThat(peer.wantsRenewalAfterReceiving(START + 290 * SECOND)).isTrue();
    assertThat(peer.wantsRenewalAfterReceiving(START + 291 * SECOND)).isFalse();
  }

  // --- handshakes

  @Test
  @Proves({"timer.rekey-timeout", "timer.response-spacing"})
  void mayInitiate_initiationOrResponseSent_isFiveSecondsLater() {
    assertThat(peer.mayInitiate(START)).isTrue();
    peer.onHandshakeSent(START);

    assertThat(peer.mayInitiate(START + 5 * SECOND - 1)).isFalse();
    assertThat(peer.mayInitiate(START + 5 * SECOND)).isTrue();
  }

  @Test
  void wantHandshake_often_isQueuedOnceUntilTaken() {
    peer.wantHandshake(START);
    peer.wantHandshake(START);
    peer.repeatHandshake();
    assertThat(events.wanted).containsExactly(peer);

    peer.initiationTaken();
    peer.onHandshakeSent(START);
    peer.wantHandshake(START + SECOND);
    assertThat(events.wanted).hasSize(1);
    peer.wantHandshake(START + 5 * SECOND);
    assertThat(events.wanted).hasSize(2);
  }

  @Test
  void repeatHandshake_attempts_areNotCountedAnew() {
    peer.timers().onRetransmit(START);
    peer.repeatHandshake();
    assertThat(peer.timers().handshakeAttempts()).isEqualTo(1);

    peer.wantHandshake(START);
    assertThat(peer.timers().handshakeAttempts()).isZero();
  }

  @Test
  void onHandshakeComplete_time_isRemembered() {
    assertThat(peer.lastHandshakeNanos()).isEqualTo(Peer.NEVER);
    peer.onHandshakeComplete(START);

    assertThat(peer.lastHandshakeNanos()).isEqualTo(START);
  }

  @Test
  @Proves("handshake.precomputed")
  void handshake_presharedKeyOrIdentityChanged_isComputedAnew() {
    BouncyCastleX25519 x25519 = new BouncyCastleX25519();
    SecureRandom random = new SecureRandom();
    try (StaticIdentity one = new StaticIdentity(PrivateKey.generate(random, x25519));
        StaticIdentity two = new StaticIdentity(PrivateKey.generate(random, x25519))) {
      Handshake handshake = peer.handshake(one, x25519);
      Object before = handshake.remote();
      assertThat(peer.handshake(one, x25519).remote()).isSameAs(before);

      peer.setPresharedKey(PresharedKey.generate(random));
      assertThat(peer.handshake(one, x25519)).isSameAs(handshake);
      Object withKey = handshake.remote();
      assertThat(withKey).isNotSameAs(before);

      peer.setPresharedKey(PresharedKey.none());
      Object without = peer.handshake(one, x25519).remote();
      peer.setPresharedKey(PresharedKey.generate(random));
      peer.setPresharedKey(PresharedKey.none());
      assertThat(peer.handshake(one, x25519).remote()).isNotSameAs(without);

      assertThat(peer.handshake(two, x25519)).isSameAs(handshake);
      assertThat(handshake.remote().identity()).isSameAs(two);
    }
  }

  /// A handshake thread holds the handshake while it tells the peer about an index; whoever clears
  /// the peer meanwhile must not hold what that needs.
  @Test
  @Proves("fault.14-deadlocks")
  void clearSessions_whileAHandshakeIsUnderWay_waitsForItWithoutDeadlock() throws Exception {
    BouncyCastleX25519 x25519 = new BouncyCastleX25519();
    StaticIdentity identity = new StaticIdentity(PrivateKey.generate(new SecureRandom(), x25519));
    Handshake handshake = peer.handshake(identity, x25519);
    CountDownLatch holding = new CountDownLatch(1);
    Thread[] clearing = new Thread[1];
    Thread handshakeThread =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              synchronized (handshake) {
                holding.countDown();
                while (clearing[0] == null || clearing[0].getState() != Thread.State.BLOCKED) {
                  Thread.onSpinWait();
                }
                peer.setPending(new IndexEntry(5, peer));
              }
            });
    holding.await();
    Thread clear = Thread.ofPlatform().daemon().unstarted(peer::remove);
    clear.start();
    clearing[0] = clear;

    assertThat(handshakeThread.join(Duration.ofSeconds(20))).isTrue();
    assertThat(clear.join(Duration.ofSeconds(20))).isTrue();
    assertThat(events.freed).hasSize(1);
  }

  // --- packets that wait

  @Test
  @Proves("data.staging")
  void stage_fullQueue_dropsTheOldest() {
    try (NativeBuffer buffer = NativeBuffer.allocate(8)) {
      for (int i = 0; i < 128; i++) {
        buffer.putInt(0, i);
        assertThat(peer.staged().add(buffer, 0, 4, 1)).isZero();
      }
      buffer.putInt(0, 128);
      assertThat(peer.staged().add(buffer, 0, 4, 1)).isEqualTo(1);
      assertThat(events.stagedBytes).hasValue(128 * 4);

      byte[] first = Objects.requireNonNull(peer.staged().poll());
      buffer.copyFrom(0, first, 0, 4);
      assertThat(buffer.getInt(0)).isEqualTo(1);
      assertThat(peer.staged().clear()).isEqualTo(127);
      assertThat(peer.staged().isWaiting()).isFalse();
      assertThat(peer.staged().poll()).isNull();
      assertThat(events.stagedBytes).hasValue(0);
    }
  }

  @Test
  @Proves({"data.staging", "fault.15-memory"})
  void stage_bytesOfAllPeers_areBounded() {
    int length = (int) StagedPackets.MAX_PEER_BYTES;
    int peers = (int) (StagedPackets.MAX_TOTAL_BYTES / length);
    try (NativeBuffer buffer = NativeBuffer.allocate(length)) {
      List<Peer> others = new ArrayList<>();
      for (int i = 0; i < peers; i++) {
        Peer other = events.peer(table, 2 + i);
        assertThat(other.staged().add(buffer, 0, length, 1)).isZero();
        others.add(other);
      }
      assertThat(peer.staged().add(buffer, 0, 1, 1)).isEqualTo(StagedPackets.REFUSED);
      assertThat(events.stagedBytes).hasValue(StagedPackets.MAX_TOTAL_BYTES);

      assertThat(others.getFirst().staged().clear()).isEqualTo(1);
      assertThat(peer.staged().add(buffer, 0, 1, 1)).isZero();
    }
  }

  @Test
  @Proves("data.staging")
  void stage_bytesOfOnePeer_areBoundedAndTheOldestGiveWay() {
    int length = (int) StagedPackets.MAX_PEER_BYTES / 4;
    try (NativeBuffer buffer = NativeBuffer.allocate(length)) {
      for (int i = 0; i < 4; i++) {
        assertThat(peer.staged().add(buffer, 0, length, 1)).isZero();
      }
      assertThat(peer.staged().add(buffer, 0, length, 1)).isEqualTo(1);
      assertThat(events.stagedBytes).hasValue(StagedPackets.MAX_PEER_BYTES);
    }
  }

  // --- removal

  @Test
  void remove_peer_takesNothingAnyMore() {
    Session current = begun(initiated());
    peer.timers().onSessionDerived(START);
    try (NativeBuffer buffer = NativeBuffer.allocate(8)) {
      peer.staged().add(buffer, 0, 8, 1);
      table.remove(peer);

      assertThat(peer.isRemoved()).isTrue();
      assertThat(events.ended).containsExactly(current);
      assertThat(peer.timers().nextDeadline()).isEqualTo(PeerTimers.NEVER);
      assertThat(peer.takeRequests() & Peer.DISARM).isNotZero();

      // What workers and handshake threads may still come with.
      assertThat(peer.staged().add(buffer, 0, 8, 1)).isEqualTo(StagedPackets.REFUSED);
      assertThat(events.stagedBytes).hasValue(0);
      Session late = begun(initiated());
      assertThat(events.ended).containsExactly(current, late);
      assertThat(peer.currentSession()).isNull();
      IndexEntry pending = new IndexEntry(9, peer);
      peer.setPending(pending);
      assertThat(events.freed).containsExactly(pending);
      peer.wantHandshake(START);
      peer.repeatHandshake();
      assertThat(events.wanted).isEmpty();
    }
  }

  // --- requests and timers

  @Test
  void request_several_callsTheWorkerOnceUntilTaken() {
    peer.request(Peer.SEND_STAGED);
    peer.request(Peer.ARM_TIMERS);
    assertThat(events.requested).containsExactly(peer);

    assertThat(peer.takeRequests()).isEqualTo(Peer.SEND_STAGED | Peer.ARM_TIMERS);
    assertThat(peer.takeRequests()).isZero();
    peer.request(Peer.SEND_STAGED);
    assertThat(events.requested).hasSize(2);
  }

  @Test
  @Proves("fault.16-timer-cost")
  void onTimersChanged_laterThanTheWheelWakes_asksForNothing() {
    peer.timers().onDataReceived(START);
    peer.onTimersChanged();
    assertThat(peer.takeRequests()).isEqualTo(Peer.ARM_TIMERS);
    assertThat(peer.takeWakeAt()).isEqualTo(START + 10 * SECOND);

    peer.timers().onAnyAuthenticatedSent(START + SECOND);
    peer.timers().onDataReceived(START + 2 * SECOND);
    peer.onTimersChanged();
    assertThat(peer.takeRequests()).isZero();
    peer.timers().onHandshakeInitiated(START + 2 * SECOND);
    peer.onTimersChanged();
    assertThat(peer.takeRequests()).isEqualTo(Peer.ARM_TIMERS);
  }

  /// A timer that another thread sets while the worker arms is armed by one of the two.
  @Test
  void takeWakeAt_timerSetMeanwhile_isNeverLost() throws InterruptedException {
    int rounds = 5_000;
    AtomicInteger round = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    Thread sender =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              for (int i = 1; i <= rounds; i++) {
                while (round.get() < i) {
                  Thread.onSpinWait();
                }
                peer.timers().onDataReceived(i * 1_000_000_000_000L);
                peer.onTimersChanged();
                done.set(i);
              }
            });
    int lost = 0;
    for (int i = 1; i <= rounds; i++) {
      // As after a wake: everything taken, the wheel's time in the past.
      peer.timers().stop();
      peer.takeRequests();
      peer.timers().onDataReceived(-1_000_000_000_000L);
      peer.takeWakeAt();
      peer.timers().stop();
      round.set(i);
      long wakeAt = peer.takeWakeAt();
      while (done.get() < i) {
        LockSupport.parkNanos(1000);
      }
      if (wakeAt > peer.timers().nextDeadline() && peer.takeRequests() == 0) {
        lost++;
      }
    }
    sender.join();

    assertThat(lost).isZero();
  }

  // --- where it is

  @Test
  void forgetLocalAddress_endpoint_keepsTheRemoteSide() {
    peer.where().forgetLocalAddress();
    assertThat(peer.endpoint()).isNull();
    peer.where()
        .set(new UdpEndpoint(IpAddress.parse("192.0.2.1"), 5, 0, IpAddress.parse("192.0.2.2"), 3));
    peer.where().forgetLocalAddress();

    assertThat(peer.endpoint()).isEqualTo(UdpEndpoint.parse("192.0.2.1:5"));
  }

  @Test
  @Proves("fault.01-gso-refused")
  void takesSegments_afterARefusal_isTriedAgainAfterAMinute() {
    assertThat(peer.where().takesSegments(START)).isTrue();
    peer.where().onSegmentsRefused(START);

    assertThat(peer.where().takesSegments(START + 60 * SECOND - 1)).isFalse();
    assertThat(peer.where().takesSegments(START + 60 * SECOND)).isTrue();
  }

  @Test
  void bytes_counted_areSummedUp() {
    peer.countReceived(5);
    peer.countReceived(7);
    peer.countSent(11);

    assertThat(peer.receivedBytes()).isEqualTo(12);
    assertThat(peer.sentBytes()).isEqualTo(11);
  }

  @Test
  @Proves("source.better-route")
  void onHeardFrom_avoidedLocalAddress_isNotAnsweredFrom() {
    IpAddress remote = IpAddress.parse("192.0.2.1");
    UdpEndpoint old = new UdpEndpoint(remote, 7, 0, IpAddress.parse("192.0.2.10"), 2);
    UdpEndpoint better = new UdpEndpoint(remote, 7, 0, IpAddress.parse("192.0.2.11"), 3);
    peer.where().onHeardFrom(old);
    peer.where().avoidLocalAddress(old);
    assertThat(peer.endpoint()).isEqualTo(old.withoutLocal());

    // The peer has not heard of it yet.
    peer.where().onHeardFrom(old);
    assertThat(peer.endpoint()).isEqualTo(old.withoutLocal());
    peer.where().onHeardFrom(better);
    peer.where().onHeardFrom(old); // late
    assertThat(peer.endpoint()).isEqualTo(better);
    // A NAT gives it another port: the way is the same.
    UdpEndpoint port = new UdpEndpoint(remote, 8, 0, IpAddress.parse("192.0.2.10"), 2);
    peer.where().onHeardFrom(port);
    assertThat(peer.endpoint()).isEqualTo(port.withoutLocal());
    assertThat(peer.where().avoided()).isEqualTo(port); // which the walk compares with
    // Another place is another matter; from there back, it is still avoided.
    UdpEndpoint elsewhere =
        new UdpEndpoint(IpAddress.parse("192.0.2.2"), 7, 0, IpAddress.parse("192.0.2.10"), 2);
    peer.where().onHeardFrom(elsewhere);
    assertThat(peer.endpoint()).isEqualTo(elsewhere);
    peer.where().onHeardFrom(old);
    assertThat(peer.endpoint()).isEqualTo(old.withoutLocal());

    peer.where().allowLocalAddress();
    peer.where().onHeardFrom(old);
    assertThat(peer.endpoint()).isEqualTo(old);
  }
}
