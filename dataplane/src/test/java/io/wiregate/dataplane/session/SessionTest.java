package io.wiregate.dataplane.session;

import static io.wiregate.dataplane.session.RecordedEvents.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.crypto.AeadKey;
import io.wiregate.os.testing.conformance.Proves;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SessionTest {
  private static final long START = 1_000 * SECOND;

  private final RecordedEvents events = new RecordedEvents();
  private final Peer peer = events.peer(new PeerTable(0), 1);

  @ParameterizedTest
  @CsvSource({"0, true", "179999999999, true", "180000000000, false", "999000000000, false"})
  @Proves("session.reject-after-time")
  void session_age_limitsSendingAndReceiving(long ageNanos, boolean usable) {
    Session session = events.session(peer, true, START);

    assertThat(session.maySend(START + ageNanos)).isEqualTo(usable);
    assertThat(session.mayReceive(START + ageNanos)).isEqualTo(usable);
  }

  @Test
  @Proves({"session.reject-after-messages", "fault.18-counter-width"})
  void maySend_lastCounter_isUsedAndTheNextIsNot() {
    Session session = events.session(peer, true, START);
    session.continueAt(Limits.REJECT_AFTER_MESSAGES - 1);

    assertThat(session.maySend(START)).isTrue();
    long first = session.reserveCounters(1);
    assertThat(first).isEqualTo(-(1L << 13) - 2);
    assertThat(Session.isExhausted(first, 1)).isFalse();
    assertThat(session.maySend(START)).isFalse();
    assertThat(session.mayReceive(START)).isTrue();
    assertThat(Session.isExhausted(session.reserveCounters(1), 1)).isTrue();
  }

  @Test
  @Proves("session.reject-after-messages")
  void isExhausted_rangeThatReachesTheLimit_isRefusedWhole() {
    assertThat(Session.isExhausted(Limits.REJECT_AFTER_MESSAGES - 64, 64)).isFalse();
    assertThat(Session.isExhausted(Limits.REJECT_AFTER_MESSAGES - 63, 64)).isTrue();
    assertThat(Session.isExhausted(Limits.REJECT_AFTER_MESSAGES, 64)).isTrue();
    assertThat(Session.isExhausted(-1, 1)).isTrue();
    assertThat(Session.isExhausted(0, 64)).isFalse();
    assertThat(Session.isExhausted(Long.MAX_VALUE, 64)).isFalse();
    assertThat(Session.isExhausted(Long.MIN_VALUE, 64)).isFalse();
  }

  /// All workers at once, each with a full message, do not get past the end of 64 bits.
  @Test
  @Proves("session.reject-after-messages")
  void reserveCounters_everyWorkerAfterTheLimit_neverWraps() {
    Session session = events.session(peer, true, START);
    session.continueAt(Limits.REJECT_AFTER_MESSAGES - 1);
    for (int i = 0; i < IndexTable.MAX_WORKERS; i++) {
      long first = session.reserveCounters(64);
      assertThat(Session.isExhausted(first, 64)).isTrue();
    }

    assertThat(session.maySend(START)).isFalse();
  }

  @Test
  void reserveCounters_severalThreads_getDifferentOnes() throws InterruptedException {
    Session session = events.session(peer, true, START);
    ConcurrentHashMap<Long, Boolean> seen = new ConcurrentHashMap<>();
    Thread[] threads = new Thread[4];
    for (int t = 0; t < threads.length; t++) {
      threads[t] =
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < 1000; i++) {
                  seen.put(session.reserveCounters(3), true);
                }
              });
    }
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(seen).hasSize(4000);
    assertThat(seen.keySet()).allMatch(first -> first % 3 == 0);
    assertThat(session.sendCounter()).isEqualTo(12000);
  }

  @ParameterizedTest
  @CsvSource({
    "true, 119999999999, 0, false",
    "true, 120000000000, 0, true",
    "false, 120000000000, 0, false",
    "false, 179000000000, 0, false",
    "true, 0, 1152921504606846976, false",
    "true, 0, 1152921504606846977, true",
    "false, 0, 1152921504606846977, true",
    "false, 0, -9223372036854775808, true",
    "false, 0, -8194, true"
  })
  @Proves({"timer.rekey-after-time", "session.rekey-after-messages", "fault.18-early-expiry"})
  void renewal_afterSending_isForTheInitiatorByAgeAndForBothByCounter(
      boolean weInitiated, long ageNanos, long counter, boolean wanted) {
    Session session = events.session(peer, weInitiated, START);
    session.continueAt(counter);

    assertThat(session.wantsRenewalAfterSending(START + ageNanos)).isEqualTo(wanted);
  }

  @Test
  @Proves("timer.rekey-on-receive")
  void renewal_afterReceiving_isForTheInitiatorOnceFrom165Seconds() {
    Session ours = events.session(peer, true, START);
    assertThat(ours.wantsRenewalAfterReceiving(START + 165 * SECOND - 1)).isFalse();
    assertThat(ours.wantsRenewalAfterReceiving(START + 165 * SECOND)).isTrue();
    assertThat(ours.wantsRenewalAfterReceiving(START + 166 * SECOND)).isFalse();

    Session theirs = events.session(peer, false, START);
    assertThat(theirs.wantsRenewalAfterReceiving(START + 170 * SECOND)).isFalse();
  }

  @Test
  void confirmation_role_decidesWhetherItIsNeeded() {
    assertThat(events.session(peer, true, START).isConfirmed()).isTrue();
    assertThat(events.session(peer, false, START).isConfirmed()).isFalse();
  }

  @Test
  void forbidSending_session_stillReceives() {
    Session session = events.session(peer, true, START);
    session.forbidSending();

    assertThat(session.maySend(START)).isFalse();
    assertThat(session.mayReceive(START)).isTrue();
  }

  @Test
  @Proves("session.wiped")
  void wipe_keys_areZero() {
    Session session = events.session(peer, true, START);
    byte[] bytes = new byte[AeadKey.SIZE];
    session.sendingKey().copyTo(bytes, 0);
    assertThat(bytes).isNotEqualTo(new byte[AeadKey.SIZE]);
    session.wipe();

    session.sendingKey().copyTo(bytes, 0);
    assertThat(bytes).isEqualTo(new byte[AeadKey.SIZE]);
    session.receivingKey().copyTo(bytes, 0);
    assertThat(bytes).isEqualTo(new byte[AeadKey.SIZE]);
  }
}
