package io.wiregate.dataplane.noise;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.wire.InitiationMessage;
import io.wiregate.dataplane.wire.ResponseMessage;
import io.wiregate.os.testing.conformance.Proves;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HandshakeTest {
  private static final long NOW = Party.NOW;
  private static final long MILLIS = 1_000_000;

  private final Party alice = new Party();
  private final Party bob = new Party();
  private Handshake toBob = alice.handshakeWith(bob);
  private Handshake toAlice = bob.handshakeWith(alice);

  @BeforeEach
  void begin() {
    toBob = alice.handshakeWith(bob);
    toAlice = bob.handshakeWith(alice);
  }

  @AfterEach
  void close() {
    alice.close();
    bob.close();
  }

  @Test
  @Proves("handshake.symmetric")
  void handshake_betweenTwoPeers_agreesAfterEachMessage() {
    byte[] initiation = alice.initiate(toBob, 11, Party.second(1));
    assertThat(bob.receiveInitiation(toAlice, initiation, NOW))
        .isEqualTo(Outcome.HANDSHAKE_ANSWERED);
    var created = (HandshakeState.CreatedInitiation) toBob.state();
    var consumed = (HandshakeState.ConsumedInitiation) toAlice.state();
    assertThat(created.symmetric().hasSameTranscript(consumed.symmetric())).isTrue();

    byte[] response = bob.respond(toAlice, 22);
    assertThat(toBob.consumeResponse(response, alice.crypto))
        .isEqualTo(Outcome.HANDSHAKE_COMPLETED);
    var createdResponse = (HandshakeState.CreatedResponse) toAlice.state();
    var consumedResponse = (HandshakeState.ConsumedResponse) toBob.state();
    assertThat(createdResponse.symmetric().hasSameTranscript(consumedResponse.symmetric()))
        .isTrue();

    try (TransportKeys ours = Objects.requireNonNull(toBob.deriveSession());
        TransportKeys theirs = Objects.requireNonNull(toAlice.deriveSession())) {
      assertThat(Party.hex(ours.sending())).isEqualTo(Party.hex(theirs.receiving()));
      assertThat(Party.hex(ours.receiving())).isEqualTo(Party.hex(theirs.sending()));
      assertThat(Party.hex(ours.sending())).isNotEqualTo(Party.hex(ours.receiving()));
      assertThat(ours.initiator()).isTrue();
      assertThat(theirs.initiator()).isFalse();
      assertThat(ours.localIndex()).isEqualTo(11).isEqualTo(theirs.remoteIndex());
      assertThat(theirs.localIndex()).isEqualTo(22).isEqualTo(ours.remoteIndex());
    }
  }

  @Test
  void deriveSession_secondTime_isNull() {
    complete(1, NOW);
    assertThat(toBob.deriveSession()).isNull();
    assertThat(toAlice.deriveSession()).isNull();
  }

  @Test
  void deriveSession_beforeTheResponse_isNull() {
    assertThat(toBob.deriveSession()).isNull();
    byte[] initiation = alice.initiate(toBob, 1, Party.second(1));
    assertThat(toBob.deriveSession()).isNull();
    bob.receiveInitiation(toAlice, initiation, NOW);
    assertThat(toAlice.deriveSession()).isNull();
    assertThat(bob.respond(toAlice, 2)).hasSize(92);
  }

  @Test
  @Proves("handshake.wiped")
  void state_afterTheSessionBegan_isWiped() {
    byte[] initiation = alice.initiate(toBob, 1, Party.second(1));
    bob.receiveInitiation(toAlice, initiation, NOW);
    var created = (HandshakeState.CreatedInitiation) toBob.state();
    toBob.consumeResponse(bob.respond(toAlice, 2), alice.crypto);
    var consumed = (HandshakeState.ConsumedResponse) toBob.state();
    Objects.requireNonNull(toBob.deriveSession()).close();

    SymmetricState wiped = SymmetricState.towards(new byte[32]);
    wiped.wipe();
    assertThat(created.symmetric().hasSameTranscript(wiped)).isTrue();
    assertThat(created.ephemeral().toBytes()).containsOnly(0);
    assertThat(consumed.symmetric().hasSameTranscript(wiped)).isTrue();
    assertThat(toBob.state()).isInstanceOf(HandshakeState.None.class);
  }

  /// A key of zeros means that there is none: whoever has only the peer's private key would get in.
  @Test
  void forgetPresharedKey_untilThereIsAnotherOne_refusesEveryMessage() {
    byte[] initiation = alice.initiate(toBob, 1, Party.second(1));
    assertThat(bob.receiveInitiation(toAlice, initiation, NOW))
        .isEqualTo(Outcome.HANDSHAKE_ANSWERED);
    byte[] response = bob.respond(toAlice, 2);
    toBob.forgetPresharedKey();
    assertThat(toBob.consumeResponse(response, alice.crypto))
        .isEqualTo(Outcome.HANDSHAKE_NOT_AUTHENTIC);
    assertThat(toBob.deriveSession()).isNull();

    toAlice.forgetPresharedKey();
    byte[] next = alice.initiate(alice.handshakeWith(bob), 3, Party.second(2));
    assertThat(bob.receiveInitiation(toAlice, next, NOW + 1000 * MILLIS))
        .isEqualTo(Outcome.HANDSHAKE_NOT_AUTHENTIC);
  }

  @Test
  void response_presharedKeysDiffer_isNotAuthentic() {
    PresharedKey one = PresharedKey.generate(Party.RANDOM);
    toBob = alice.handshakeWith(bob.publicKey(), one);
    byte[] initiation = alice.initiate(toBob, 1, Party.second(1));
    assertThat(bob.receiveInitiation(toAlice, initiation, NOW))
        .isEqualTo(Outcome.HANDSHAKE_ANSWERED);
    assertThat(toBob.consumeResponse(bob.respond(toAlice, 2), alice.crypto))
        .isEqualTo(Outcome.HANDSHAKE_NOT_AUTHENTIC);
  }

  @Test
  @Proves("session.psk-next")
  void presharedKey_changed_countsForTheNextHandshake() {
    complete(1, NOW);
    PresharedKey changed = PresharedKey.generate(Party.RANDOM);
    toBob.setRemote(new RemoteStatic(alice.identity, bob.publicKey(), changed, Party.X25519));
    byte[] initiation = alice.initiate(toBob, 1, Party.second(2));
    bob.receiveInitiation(toAlice, initiation, NOW + 20 * MILLIS);
    // Changed with the handshake under way: that goes on, as in the kernel.
    toAlice.setRemote(new RemoteStatic(bob.identity, alice.publicKey(), changed, Party.X25519));
    assertThat(toBob.consumeResponse(bob.respond(toAlice, 2), alice.crypto))
        .isEqualTo(Outcome.HANDSHAKE_COMPLETED);
  }

  @Test
  @Proves("handshake.static-key-change")
  void privateKey_changed_dropsTheHandshake() {
    alice.initiate(toBob, 7, Party.second(1));
    assertThat(toBob.awaitsResponse(7)).isTrue();
    try (Party renewed = new Party()) {
      toBob.setRemote(
          new RemoteStatic(renewed.identity, bob.publicKey(), PresharedKey.none(), Party.X25519));
      assertThat(toBob.awaitsResponse(7)).isFalse();
    }
  }

  @Test
  void initiation_forAnotherKey_isNotAuthentic() {
    try (Party carol = new Party()) {
      byte[] initiation = alice.initiate(toBob, 1, Party.second(1));
      assertThat(ReceivedInitiation.open(initiation, carol.identity, carol.crypto)).isNull();
    }
  }

  @Test
  void initiation_ofAnotherPeer_isNotAuthentic() {
    try (Party carol = new Party()) {
      byte[] initiation = carol.initiate(carol.handshakeWith(bob), 1, Party.second(1));
      assertThat(bob.receiveInitiation(toAlice, initiation, NOW))
          .isEqualTo(Outcome.HANDSHAKE_NOT_AUTHENTIC);
    }
  }

  @Test
  void initiation_namesItsSender() {
    byte[] initiation = alice.initiate(toBob, 77, Party.second(1));
    try (ReceivedInitiation received =
        Objects.requireNonNull(ReceivedInitiation.open(initiation, bob.identity, bob.crypto))) {
      assertThat(received.staticKey()).isEqualTo(alice.publicKey());
      assertThat(received.sender()).isEqualTo(77);
    }
  }

  @Test
  @Proves("handshake.timestamp-replay")
  void initiation_sameOrOlderTimestamp_isReplayed() {
    byte[] older = alice.initiate(toBob, 1, Party.second(4));
    byte[] initiation = alice.initiate(toBob, 1, Party.second(5));
    byte[] same = alice.initiate(toBob, 1, Party.second(5));
    assertThat(bob.receiveInitiation(toAlice, initiation, NOW))
        .isEqualTo(Outcome.HANDSHAKE_ANSWERED);
    long later = NOW + 1000 * MILLIS;
    HandshakeState before = toAlice.state();
    for (byte[] replayed : new byte[][] {initiation, same, older}) {
      assertThat(bob.receiveInitiation(toAlice, replayed, later))
          .isEqualTo(Outcome.HANDSHAKE_REPLAYED);
    }
    assertThat(toAlice.state()).isSameAs(before);
  }

  @Test
  void initiation_replayedAfterTheSessionBegan_isReplayed() {
    byte[] initiation = complete(5, NOW);
    assertThat(bob.receiveInitiation(toAlice, initiation, NOW + 1000 * MILLIS))
        .isEqualTo(Outcome.HANDSHAKE_REPLAYED);
    toAlice.clear();
    assertThat(bob.receiveInitiation(toAlice, initiation, NOW + 2000 * MILLIS))
        .isEqualTo(Outcome.HANDSHAKE_REPLAYED);
  }

  @Test
  @Proves("handshake.flood")
  void initiation_within20ms_isFlooded() {
    byte[] first = alice.initiate(toBob, 1, Party.second(1));
    byte[] second = alice.initiate(toBob, 2, Party.second(2));
    assertThat(bob.receiveInitiation(toAlice, first, NOW)).isEqualTo(Outcome.HANDSHAKE_ANSWERED);
    HandshakeState before = toAlice.state();
    assertThat(bob.receiveInitiation(toAlice, second, NOW + 20 * MILLIS - 1))
        .isEqualTo(Outcome.HANDSHAKE_FLOODED);
    assertThat(toAlice.state()).isSameAs(before);
    // What was refused for its haste is no replay when it comes again.
    assertThat(bob.receiveInitiation(toAlice, second, NOW + 20 * MILLIS))
        .isEqualTo(Outcome.HANDSHAKE_ANSWERED);
  }

  @Test
  @Proves("message.damaged")
  void initiation_anyBitFlipped_isRefusedAndChangesNothing() {
    byte[] initiation = alice.initiate(toBob, 1, Party.second(1));
    CookieChecker checker = new CookieChecker(bob.identity, Party.RANDOM, NOW);
    HandshakeState before = toAlice.state();
    for (int bit = 0; bit < 8 * InitiationMessage.MAC2; bit++) {
      byte[] forged = initiation.clone();
      forged[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(checker.hasValidMac1(forged)).as("mac1, bit %d", bit).isFalse();
      boolean covered = bit / 8 >= InitiationMessage.EPHEMERAL && bit / 8 < InitiationMessage.MAC1;
      // The top bit of a public key is no part of its value, but of the transcript.
      if (covered || bit / 8 < InitiationMessage.SENDER) {
        assertThat(bob.receiveInitiation(toAlice, forged, NOW))
            .as("bit %d", bit)
            .isEqualTo(Outcome.HANDSHAKE_NOT_AUTHENTIC);
      }
      assertThat(toAlice.state()).isSameAs(before);
    }
    assertThat(bob.receiveInitiation(toAlice, initiation, NOW))
        .isEqualTo(Outcome.HANDSHAKE_ANSWERED);
  }

  @Test
  @Proves("message.damaged")
  void response_anyBitFlipped_isRefusedAndChangesNothing() {
    byte[] initiation = alice.initiate(toBob, 1, Party.second(1));
    bob.receiveInitiation(toAlice, initiation, NOW);
    byte[] response = bob.respond(toAlice, 2);
    CookieChecker checker = new CookieChecker(alice.identity, Party.RANDOM, NOW);
    HandshakeState before = toBob.state();
    for (int bit = 0; bit < 8 * ResponseMessage.MAC2; bit++) {
      byte[] forged = response.clone();
      forged[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(checker.hasValidMac1(forged)).as("mac1, bit %d", bit).isFalse();
      int at = bit / 8;
      // The sender's index and the MACs are covered by mac1 alone.
      if (at < ResponseMessage.SENDER
          || (at >= ResponseMessage.RECEIVER && at < ResponseMessage.MAC1)) {
        Outcome expected =
            at < ResponseMessage.SENDER
                ? Outcome.HANDSHAKE_MALFORMED
                : at < ResponseMessage.EPHEMERAL
                    ? Outcome.HANDSHAKE_UNEXPECTED
                    : Outcome.HANDSHAKE_NOT_AUTHENTIC;
        assertThat(toBob.consumeResponse(forged, alice.crypto))
            .as("bit %d", bit)
            .isEqualTo(expected);
      }
      assertThat(toBob.state()).isSameAs(before);
    }
    assertThat(toBob.consumeResponse(response, alice.crypto))
        .isEqualTo(Outcome.HANDSHAKE_COMPLETED);
  }

  @Test
  @Proves("message.sizes")
  void messages_ofAnotherLength_areRefused() {
    byte[] initiation = alice.initiate(toBob, 1, Party.second(1));
    for (int length = 0; length < 300; length++) {
      if (length != InitiationMessage.SIZE) {
        byte[] wrong = Arrays.copyOf(initiation, length);
        assertThat(ReceivedInitiation.open(wrong, bob.identity, bob.crypto)).isNull();
      }
    }
    bob.receiveInitiation(toAlice, initiation, NOW);
    byte[] response = bob.respond(toAlice, 2);
    for (int length = 0; length < 300; length++) {
      if (length != ResponseMessage.SIZE) {
        byte[] wrong = Arrays.copyOf(response, length);
        assertThat(toBob.consumeResponse(wrong, alice.crypto))
            .isEqualTo(Outcome.HANDSHAKE_MALFORMED);
      }
    }
    assertThat(toBob.consumeResponse(response, alice.crypto))
        .isEqualTo(Outcome.HANDSHAKE_COMPLETED);
  }

  @Test
  @Proves("handshake.response-state")
  void response_toASupersededInitiation_isUnexpected() {
    byte[] first = alice.initiate(toBob, 1, Party.second(1));
    bob.receiveInitiation(toAlice, first, NOW);
    byte[] response = bob.respond(toAlice, 2);
    alice.initiate(toBob, 3, Party.second(2));
    assertThat(toBob.consumeResponse(response, alice.crypto))
        .isEqualTo(Outcome.HANDSHAKE_UNEXPECTED);
    assertThat(toBob.awaitsResponse(3)).isTrue();
  }

  /// Even where the caller took the same index again.
  @Test
  void response_toASupersededInitiationOfTheSameIndex_isNotAuthentic() {
    byte[] first = alice.initiate(toBob, 1, Party.second(1));
    bob.receiveInitiation(toAlice, first, NOW);
    byte[] response = bob.respond(toAlice, 2);
    alice.initiate(toBob, 1, Party.second(2));
    assertThat(toBob.consumeResponse(response, alice.crypto))
        .isEqualTo(Outcome.HANDSHAKE_NOT_AUTHENTIC);
  }

  @Test
  @Proves("handshake.response-state")
  void response_secondTime_isUnexpected() {
    byte[] initiation = alice.initiate(toBob, 1, Party.second(1));
    bob.receiveInitiation(toAlice, initiation, NOW);
    byte[] response = bob.respond(toAlice, 2);
    toBob.consumeResponse(response, alice.crypto);
    assertThat(toBob.consumeResponse(response, alice.crypto))
        .isEqualTo(Outcome.HANDSHAKE_UNEXPECTED);
    Objects.requireNonNull(toBob.deriveSession()).close();
    assertThat(toBob.consumeResponse(response, alice.crypto))
        .isEqualTo(Outcome.HANDSHAKE_UNEXPECTED);
  }

  @Test
  @Proves("handshake.response-state")
  void response_afterClear_isUnexpected() {
    byte[] initiation = alice.initiate(toBob, 1, Party.second(1));
    bob.receiveInitiation(toAlice, initiation, NOW);
    toBob.clear();
    assertThat(toBob.consumeResponse(bob.respond(toAlice, 2), alice.crypto))
        .isEqualTo(Outcome.HANDSHAKE_UNEXPECTED);
  }

  @Test
  void createResponse_withoutInitiation_isRefused() {
    byte[] message = new byte[ResponseMessage.SIZE];
    assertThat(toAlice.createResponse(1, NOW, message, bob.crypto)).isFalse();
    complete(1, NOW);
    assertThat(toAlice.createResponse(1, NOW, message, bob.crypto)).isFalse();
  }

  /// As in the kernel, where consuming an initiation overwrites the one handshake of a peer.
  @Test
  void initiations_ofBothAtOnce_endInASessionEach() {
    byte[] ofAlice = alice.initiate(toBob, 1, Party.second(1));
    byte[] ofBob = bob.initiate(toAlice, 2, Party.second(1));
    assertThat(bob.receiveInitiation(toAlice, ofAlice, NOW)).isEqualTo(Outcome.HANDSHAKE_ANSWERED);
    assertThat(alice.receiveInitiation(toBob, ofBob, NOW)).isEqualTo(Outcome.HANDSHAKE_ANSWERED);
    byte[] responseOfBob = bob.respond(toAlice, 3);
    byte[] responseOfAlice = alice.respond(toBob, 4);
    try (TransportKeys ofBobs = Objects.requireNonNull(toAlice.deriveSession());
        TransportKeys ofAlices = Objects.requireNonNull(toBob.deriveSession())) {
      assertThat(ofBobs.initiator()).isFalse();
      assertThat(ofAlices.initiator()).isFalse();
    }
    assertThat(toBob.consumeResponse(responseOfBob, alice.crypto))
        .isEqualTo(Outcome.HANDSHAKE_UNEXPECTED);
    assertThat(toAlice.consumeResponse(responseOfAlice, bob.crypto))
        .isEqualTo(Outcome.HANDSHAKE_UNEXPECTED);
  }

  /// Only one that is accepted: an initiation that is refused leaves ours alone.
  @Test
  void initiation_refused_leavesOursUnderWay() {
    byte[] replayed = alice.initiate(toBob, 1, Party.second(1));
    bob.receiveInitiation(toAlice, replayed, NOW);
    bob.initiate(toAlice, 9, Party.second(1));
    assertThat(bob.receiveInitiation(toAlice, replayed, NOW + 1000 * MILLIS))
        .isEqualTo(Outcome.HANDSHAKE_REPLAYED);
    assertThat(toAlice.awaitsResponse(9)).isTrue();
  }

  @ParameterizedTest
  @MethodSource("io.wiregate.dataplane.noise.LowOrder#publicKeys")
  @Proves({"handshake.low-order-peer", "handshake.zero-dh"})
  void peer_publicKeyOfLowOrder_isNeverTalkedTo(byte[] lowOrder) {
    Handshake handshake = alice.handshakeWith(PublicKey.of(lowOrder), PresharedKey.none());
    byte[] message = new byte[InitiationMessage.SIZE];
    assertThat(handshake.remote().isUsable()).isFalse();
    assertThat(handshake.createInitiation(1, Party.second(1), NOW, message, alice.crypto))
        .isFalse();
    assertThat(message).containsOnly(0);
  }

  @ParameterizedTest
  @MethodSource("io.wiregate.dataplane.noise.LowOrder#publicKeys")
  @Proves("handshake.zero-dh")
  void messages_ephemeralOfLowOrder_areRefused(byte[] lowOrder) {
    byte[] initiation = alice.initiate(toBob, 1, Party.second(1));
    byte[] forged = initiation.clone();
    System.arraycopy(lowOrder, 0, forged, InitiationMessage.EPHEMERAL, 32);
    assertThat(ReceivedInitiation.open(forged, bob.identity, bob.crypto)).isNull();

    bob.receiveInitiation(toAlice, initiation, NOW);
    byte[] response = bob.respond(toAlice, 2);
    System.arraycopy(lowOrder, 0, response, ResponseMessage.EPHEMERAL, 32);
    assertThat(toBob.consumeResponse(response, alice.crypto))
        .isEqualTo(Outcome.HANDSHAKE_NOT_AUTHENTIC);
  }

  @Test
  void destroyed_handshake_refusesEverything() {
    byte[] initiation = alice.initiate(toBob, 1, Party.second(1));
    toAlice.destroy();
    assertThat(bob.receiveInitiation(toAlice, initiation, NOW))
        .isEqualTo(Outcome.HANDSHAKE_NOT_AUTHENTIC);
    byte[] message = new byte[InitiationMessage.SIZE];
    assertThat(toAlice.createInitiation(1, Party.second(1), NOW, message, bob.crypto)).isFalse();
  }

  /// @return the initiation
  private byte[] complete(long second, long nowNanos) {
    byte[] initiation = alice.initiate(toBob, 1, Party.second(second));
    assertThat(bob.receiveInitiation(toAlice, initiation, nowNanos))
        .isEqualTo(Outcome.HANDSHAKE_ANSWERED);
    assertThat(toBob.consumeResponse(bob.respond(toAlice, 2), alice.crypto))
        .isEqualTo(Outcome.HANDSHAKE_COMPLETED);
    Objects.requireNonNull(toBob.deriveSession()).close();
    Objects.requireNonNull(toAlice.deriveSession()).close();
    return initiation;
  }
}
