package io.wiregate.dataplane.session;

import static io.wiregate.dataplane.session.PeerTimers.NEVER;
import static io.wiregate.dataplane.session.PeerTimers.NEW_HANDSHAKE;
import static io.wiregate.dataplane.session.PeerTimers.RETRANSMIT_HANDSHAKE;
import static io.wiregate.dataplane.session.PeerTimers.SEND_KEEPALIVE;
import static io.wiregate.dataplane.session.PeerTimers.ZERO_KEYS;
import static io.wiregate.dataplane.session.RecordedEvents.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.conformance.Proves;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The timers of the kernel's `timers.c` and of the paper's section 6, under a clock that the test
/// holds.
class PeerTimersTest {
  private static final long START = 1_000 * SECOND;
  private static final long JITTER = SECOND / 3;

  private final PeerTimers timers = new PeerTimers();

  @Test
  @Proves("fault.18-idle-keepalive")
  void timers_untouched_areNeverDue() {
    assertThat(timers.nextDeadline()).isEqualTo(NEVER);
    assertThat(timers.takeDue(Long.MAX_VALUE - 1)).isZero();
  }

  // --- passive keepalive

  @Test
  @Proves("timer.keepalive")
  void keepalive_dataReceivedAndNothingSent_isDueOnceAfter10Seconds() {
    timers.onDataReceived(START);

    assertThat(timers.nextDeadline()).isEqualTo(START + 10 * SECOND);
    assertThat(timers.takeDue(START + 10 * SECOND - 1)).isZero();
    assertThat(timers.takeDue(START + 10 * SECOND)).isEqualTo(SEND_KEEPALIVE);
    assertThat(timers.takeDue(START + 100 * SECOND)).isZero();
  }

  @Test
  void keepalive_moreDataReceived_isNotPutOff() {
    timers.onDataReceived(START);
    timers.onDataReceived(START + 9 * SECOND);

    assertThat(timers.nextDeadline()).isEqualTo(START + 10 * SECOND);
  }

  @Test
  @Proves({"timer.keepalive", "fault.18-idle-keepalive"})
  void keepalive_anythingSent_isCancelled() {
    timers.onDataReceived(START);
    timers.onAnyAuthenticatedSent(START + SECOND);

    assertThat(timers.nextDeadline()).isEqualTo(NEVER);
  }

  @Test
  void keepalive_onlyReceiving_isNotCancelled() {
    timers.onDataReceived(START);
    timers.onAnyAuthenticatedReceived(START + SECOND);

    assertThat(timers.nextDeadline()).isEqualTo(START + 10 * SECOND);
  }

  @Test
  @Proves("timer.keepalive-no-echo")
  void keepalive_keepaliveReceived_isNotAnswered() {
    timers.onAnyAuthenticatedReceived(START);

    assertThat(timers.nextDeadline()).isEqualTo(NEVER);
  }

  @Test
  void keepalive_dataReceivedAfterOneWasSent_isDueAgain() {
    timers.onDataReceived(START);
    timers.takeDue(START + 10 * SECOND);
    timers.onAnyAuthenticatedSent(START + 10 * SECOND);
    timers.onDataReceived(START + 11 * SECOND);

    assertThat(timers.nextDeadline()).isEqualTo(START + 21 * SECOND);
  }

  // --- persistent keepalive

  @Test
  @Proves("timer.persistent-keepalive")
  void persistentKeepalive_silence_isDueAtEachInterval() {
    timers.setPersistentKeepalive(25 * SECOND);
    timers.onAnyAuthenticatedSent(START);

    assertThat(timers.takeDue(START + 25 * SECOND)).isEqualTo(SEND_KEEPALIVE);
    assertThat(timers.takeDue(START + 50 * SECOND - 1)).isZero();
    assertThat(timers.takeDue(START + 50 * SECOND)).isEqualTo(SEND_KEEPALIVE);
  }

  @Test
  @Proves("timer.persistent-keepalive")
  void persistentKeepalive_anyTraffic_isPutOff() {
    timers.setPersistentKeepalive(25 * SECOND);
    timers.onAnyAuthenticatedSent(START);
    timers.onAnyAuthenticatedReceived(START + 20 * SECOND);

    assertThat(timers.nextDeadline()).isEqualTo(START + 45 * SECOND);
  }

  @Test
  void persistentKeepalive_turnedOff_isNeverDue() {
    timers.setPersistentKeepalive(25 * SECOND);
    timers.onAnyAuthenticatedSent(START);
    timers.setPersistentKeepalive(0);

    assertThat(timers.nextDeadline()).isEqualTo(NEVER);
    timers.onAnyAuthenticatedSent(START);
    assertThat(timers.nextDeadline()).isEqualTo(NEVER);
  }

  @Test
  void persistentKeepalive_turnedOffWhileBeingSet_isNotDueForEver() throws InterruptedException {
    // One thread has read the interval when another turns it off, and sets the deadline after.
    for (int i = 0; i < 2000; i++) {
      timers.setPersistentKeepalive(SECOND);
      Thread traffic = Thread.ofVirtual().start(() -> timers.onAnyAuthenticatedSent(START));
      timers.setPersistentKeepalive(0);
      traffic.join();
      assertThat(timers.takeDue(START + 2 * SECOND)).isZero();
      assertThat(timers.nextDeadline()).isEqualTo(NEVER);
    }
  }

  @Test
  void persistentKeepalive_longest_isSetForThatTime() {
    timers.setPersistentKeepalive(65535 * SECOND);
    timers.onAnyAuthenticatedReceived(START);

    assertThat(timers.nextDeadline()).isEqualTo(START + 65535 * SECOND);
  }

  // --- new handshake

  @Test
  @Proves("timer.new-handshake")
  void newHandshake_dataSentAndNothingReceived_isDueAfter15SecondsAndJitter() {
    timers.onDataSent(START);

    long due = timers.nextDeadline();
    assertThat(due).isBetween(START + 15 * SECOND, START + 15 * SECOND + JITTER);
    assertThat(timers.takeDue(due - 1)).isZero();
    assertThat(timers.takeDue(due)).isEqualTo(NEW_HANDSHAKE);
    assertThat(timers.takeDue(due + 100 * SECOND)).isZero();
  }

  @Test
  @Proves("timer.new-handshake")
  void newHandshake_moreDataSent_isNotPutOff() {
    timers.onDataSent(START);
    long due = timers.nextDeadline();
    timers.onDataSent(START + 14 * SECOND);
    timers.onAnyAuthenticatedSent(START + 14 * SECOND);

    assertThat(timers.nextDeadline()).isEqualTo(due);
  }

  @Test
  @Proves("timer.new-handshake")
  void newHandshake_keepaliveSent_isNotSet() {
    timers.onAnyAuthenticatedSent(START);

    assertThat(timers.nextDeadline()).isEqualTo(NEVER);
  }

  @Test
  @Proves("timer.new-handshake")
  void newHandshake_anythingAuthenticatedReceived_isCancelled() {
    timers.onDataSent(START);
    timers.onAnyAuthenticatedReceived(START + SECOND);

    assertThat(timers.nextDeadline()).isEqualTo(NEVER);
    timers.onDataSent(START + 2 * SECOND);
    assertThat(timers.nextDeadline()).isGreaterThanOrEqualTo(START + 17 * SECOND);
  }

  // --- retransmission

  @Test
  @Proves("timer.rekey-timeout")
  void retransmission_initiationSent_isDueAfter5SecondsAndJitter() {
    timers.onHandshakeInitiated(START);

    long due = timers.nextDeadline();
    assertThat(due).isBetween(START + 5 * SECOND, START + 5 * SECOND + JITTER);
    assertThat(timers.takeDue(due - 1)).isZero();
    assertThat(timers.takeDue(due)).isEqualTo(RETRANSMIT_HANDSHAKE);
    assertThat(timers.takeDue(due + 100 * SECOND)).isZero();
  }

  @Test
  void retransmission_sessionEstablished_isCancelled() {
    timers.onHandshakeInitiated(START);
    timers.onHandshakeComplete();

    assertThat(timers.nextDeadline()).isEqualTo(NEVER);
  }

  @Test
  void retransmission_otherTraffic_isNotCancelled() {
    timers.onHandshakeInitiated(START);
    timers.onAnyAuthenticatedReceived(START + SECOND);
    timers.onAnyAuthenticatedSent(START + SECOND);

    assertThat(timers.takeDue(START + 6 * SECOND)).isEqualTo(RETRANSMIT_HANDSHAKE);
  }

  @Test
  @Proves("timer.rekey-attempt-time")
  void retransmission_nobodyAnswers_isGivenUpAfter20Attempts() {
    int attempts = 1; // the first
    long now = START;
    timers.onHandshakeWanted();
    timers.onDataReceived(START);
    do {
      timers.onHandshakeInitiated(now);
      now = START + 6 * SECOND * attempts;
      assertThat(timers.takeDue(now) & RETRANSMIT_HANDSHAKE).isNotZero();
      attempts++;
    } while (timers.onRetransmit(now));

    assertThat(attempts - 1).isEqualTo(20);
    assertThat(timers.handshakeAttempts()).isEqualTo(19);
    // The keys of sessions that there may still be are zeroed some time, nothing else happens.
    assertThat(timers.nextDeadline()).isEqualTo(now + 540 * SECOND);
    assertThat(timers.takeDue(now + 540 * SECOND)).isEqualTo(ZERO_KEYS);
  }

  @Test
  @Proves("timer.rekey-attempt-time")
  void retransmission_givenUp_stopsTheKeepaliveAndKeepsAnEarlierZeroing() {
    timers.onSessionDerived(START);
    for (int i = 0; i < 19; i++) {
      assertThat(timers.onRetransmit(START)).isTrue();
    }
    timers.onDataReceived(START + 100 * SECOND);
    assertThat(timers.onRetransmit(START + 100 * SECOND)).isFalse();

    assertThat(timers.nextDeadline()).isEqualTo(START + 540 * SECOND);
  }

  @Test
  void retransmission_wantedAnewOrComplete_countsFromTheStart() {
    timers.onRetransmit(START);
    timers.onHandshakeWanted();
    assertThat(timers.handshakeAttempts()).isZero();

    timers.onRetransmit(START);
    timers.onHandshakeComplete();
    assertThat(timers.handshakeAttempts()).isZero();
  }

  @Test
  @Proves("timer.rekey-timeout")
  void jitter_differentMoments_isSpreadOverAThirdOfASecond() {
    Set<Long> seen = new HashSet<>();
    long least = Long.MAX_VALUE;
    long most = 0;
    for (int i = 0; i < 1000; i++) {
      long now = START + i * 1_000_003L;
      timers.onHandshakeInitiated(now);
      long jitter = timers.nextDeadline() - now - 5 * SECOND;
      seen.add(jitter);
      least = Math.min(least, jitter);
      most = Math.max(most, jitter);
    }

    assertThat(least).isBetween(0L, JITTER / 20);
    assertThat(most).isBetween(JITTER - JITTER / 20, JITTER);
    assertThat(seen).hasSizeGreaterThan(990);
  }

  // --- zeroing

  @Test
  @Proves("timer.zeroing")
  void zeroing_sessionDerived_isDue540SecondsAfterTheLast() {
    timers.onSessionDerived(START);
    timers.onSessionDerived(START + 100 * SECOND);

    assertThat(timers.takeDue(START + 640 * SECOND - 1)).isZero();
    assertThat(timers.takeDue(START + 640 * SECOND)).isEqualTo(ZERO_KEYS);
    assertThat(timers.nextDeadline()).isEqualTo(NEVER);
  }

  @Test
  @Proves("timer.zeroing")
  void zeroing_traffic_isNotPutOff() {
    timers.onSessionDerived(START);
    timers.onAnyAuthenticatedSent(START + SECOND);
    timers.onAnyAuthenticatedReceived(START + SECOND);
    timers.onHandshakeComplete();

    assertThat(timers.nextDeadline()).isEqualTo(START + 540 * SECOND);
  }

  // --- all

  @Test
  void stop_everythingSet_isNeverDue() {
    timers.setPersistentKeepalive(25 * SECOND);
    timers.onDataSent(START);
    timers.onDataReceived(START);
    timers.onHandshakeInitiated(START);
    timers.onSessionDerived(START);
    timers.onAnyAuthenticatedReceived(START);
    timers.onRetransmit(START);
    timers.stop();

    assertThat(timers.nextDeadline()).isEqualTo(NEVER);
    assertThat(timers.takeDue(Long.MAX_VALUE - 1)).isZero();
    assertThat(timers.handshakeAttempts()).isZero();
    // The configuration is not forgotten.
    timers.onAnyAuthenticatedSent(START);
    assertThat(timers.nextDeadline()).isEqualTo(START + 25 * SECOND);
  }

  @Test
  void takeDue_severalDue_takesAllAtOnce() {
    timers.onDataReceived(START);
    timers.onDataSent(START);
    timers.onHandshakeInitiated(START);
    timers.onSessionDerived(START);

    assertThat(timers.takeDue(START + 1000 * SECOND))
        .isEqualTo(SEND_KEEPALIVE | NEW_HANDSHAKE | RETRANSMIT_HANDSHAKE | ZERO_KEYS);
    assertThat(timers.nextDeadline()).isEqualTo(NEVER);
  }
}
