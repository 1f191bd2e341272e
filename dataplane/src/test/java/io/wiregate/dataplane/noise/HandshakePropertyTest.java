package io.wiregate.dataplane.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.testing.conformance.Proves;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;

class HandshakePropertyTest {
  /// One peer in a network that delays, reorders, duplicates and loses.
  private static final class Peer {
    final Party party = new Party();
    final List<byte[]> inbox = new ArrayList<>();

    /// Sessions by both indices, the initiator's first.
    final Map<String, TransportKeys> sessions = new HashMap<>();

    void begin(@Nullable TransportKeys keys) {
      if (keys != null) {
        int first = keys.initiator() ? keys.localIndex() : keys.remoteIndex();
        int second = keys.initiator() ? keys.remoteIndex() : keys.localIndex();
        sessions.put(first + " " + second, keys);
      }
    }
  }

  @Property(tries = 60)
  @Proves("handshake.symmetric")
  void handshakes_anyDelivery_neverYieldsKeysThatDiffer(
      @ForAll @Size(min = 20, max = 60) List<@IntRange(max = 999) Integer> steps) {
    Peer[] peers = {new Peer(), new Peer()};
    Handshake[] handshakes = {
      peers[0].party.handshakeWith(peers[1].party), peers[1].party.handshakeWith(peers[0].party)
    };
    int index = 0;
    long nowNanos = Party.NOW;
    for (int step : steps) {
      nowNanos += 7_000_000;
      int who = step & 1;
      Peer peer = peers[who];
      Peer other = peers[1 - who];
      Handshake handshake = handshakes[who];
      if (step % 5 == 0 || peer.inbox.isEmpty()) {
        index++;
        other.inbox.add(peer.party.initiate(handshake, index, Party.second(index)));
        continue;
      }
      // One of the newest, which stays: it may come again.
      int size = peer.inbox.size();
      byte[] message = peer.inbox.get(size - 1 - step / 5 % Math.min(3, size));
      if (message[0] == 1) {
        if (peer.party.receiveInitiation(handshake, message, nowNanos)
            == Outcome.HANDSHAKE_ANSWERED) {
          index++;
          other.inbox.add(peer.party.respond(handshake, index));
          peer.begin(handshake.deriveSession());
        }
      } else if (handshake.consumeResponse(message, peer.party.crypto)
          == Outcome.HANDSHAKE_COMPLETED) {
        peer.begin(handshake.deriveSession());
      }
    }

    peers[0].sessions.forEach((indices, ours) -> {
      TransportKeys theirs = peers[1].sessions.get(indices);
      if (theirs != null) {
        assertThat(ours.initiator()).isNotEqualTo(theirs.initiator());
        assertThat(Party.hex(ours.sending())).isEqualTo(Party.hex(theirs.receiving()));
        assertThat(Party.hex(ours.receiving())).isEqualTo(Party.hex(theirs.sending()));
      }
    });
    for (int who = 0; who < 2; who++) {
      Map<String, TransportKeys> answered = peers[1 - who].sessions;
      // Whoever began a session has proof that the other side answered.
      peers[who].sessions.forEach((indices, keys) -> {
        if (keys.initiator()) {
          assertThat(answered).containsKey(indices);
        }
      });
    }
    for (Peer peer : peers) {
      peer.sessions.values().forEach(TransportKeys::close);
      peer.party.close();
    }
  }

  @Property(tries = 300)
  void strangers_anyBytes_neverCauseAnException(
      @ForAll @IntRange(min = 1, max = 3) int type,
      @ForAll @Size(value = 148) byte[] bytes,
      @ForAll @IntRange(max = 3) int lengthChange) {
    try (Party alice = new Party();
        Party bob = new Party()) {
      Handshake handshake = alice.handshakeWith(bob);
      int index = 1;
      alice.initiate(handshake, index, Party.second(1));
      int length = (type == 1 ? 148 : type == 2 ? 92 : 64) - lengthChange;
      byte[] message = Arrays.copyOf(bytes, length);
      message[0] = (byte) type;
      message[1] = 0;
      message[2] = 0;
      message[3] = 0;
      if (type == 2) {
        message[8] = (byte) index;
        message[9] = 0;
        message[10] = 0;
        message[11] = 0;
      }
      CookieChecker checker = new CookieChecker(alice.identity, Party.RANDOM, Party.NOW);
      assertThatCode(
              () -> {
                assertThat(checker.hasValidMac1(message)).isFalse();
                IpAddress source = IpAddress.v4(1);
                assertThat(checker.hasValidMac2(message, source, 1, Party.NOW)).isFalse();
                assertThat(ReceivedInitiation.open(message, alice.identity, alice.crypto)).isNull();
                assertThat(handshake.consumeResponse(message, alice.crypto))
                    .isIn(Outcome.HANDSHAKE_MALFORMED, Outcome.HANDSHAKE_NOT_AUTHENTIC);
                assertThat(handshake.consumeCookieReply(message, Party.NOW))
                    .isIn(Outcome.HANDSHAKE_MALFORMED, Outcome.HANDSHAKE_NOT_AUTHENTIC);
              })
          .doesNotThrowAnyException();
      assertThat(handshake.awaitsResponse(index)).isTrue();
    }
  }
}
