package io.wiregate.dataplane.noise;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.wire.CookieReplyMessage;
import io.wiregate.dataplane.wire.HandshakeMacs;
import io.wiregate.dataplane.wire.InitiationMessage;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.testing.conformance.Proves;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CookieTest {
  private static final long NOW = Party.NOW;
  private static final long SECOND = 1_000_000_000;
  private static final IpAddress SOURCE = IpAddress.parse("192.0.2.7");
  private static final int PORT = 51820;

  private final Party alice = new Party();
  private final Party bob = new Party();
  private final Handshake toBob = alice.handshakeWith(bob);
  private final CookieChecker checker = new CookieChecker(bob.identity, Party.RANDOM, NOW);
  private int initiations;

  @AfterEach
  void close() {
    alice.close();
    bob.close();
  }

  @Test
  @Proves("cookie.mac1")
  void mac1_ofAnInitiation_isValidForItsReceiverOnly() {
    byte[] message = initiate(NOW);
    assertThat(checker.hasValidMac1(message)).isTrue();
    assertThat(new CookieChecker(alice.identity, Party.RANDOM, NOW).hasValidMac1(message))
        .isFalse();
  }

  @Test
  void mac2_withoutACookie_isZeroAndInvalid() {
    byte[] message = initiate(NOW);
    assertThat(Arrays.copyOfRange(message, HandshakeMacs.mac2(message), message.length))
        .containsOnly(0);
    assertThat(checker.hasValidMac2(message, SOURCE, PORT, NOW)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.7", "2001:db8::7"})
  @Proves("cookie.address-and-port")
  void mac2_withACookie_isValidForItsAddressAndPortOnly(String address) {
    IpAddress source = IpAddress.parse(address);
    byte[] message = initiate(NOW);
    assertThat(toBob.consumeCookieReply(reply(message, source, PORT, NOW), NOW))
        .isEqualTo(Outcome.COOKIE_ACCEPTED);

    byte[] next = initiate(NOW);
    assertThat(checker.hasValidMac1(next)).isTrue();
    assertThat(checker.hasValidMac2(next, source, PORT, NOW)).isTrue();
    assertThat(checker.hasValidMac2(next, source, PORT + 1, NOW)).isFalse();
    assertThat(checker.hasValidMac2(next, source, PORT ^ 0x100, NOW)).isFalse();
    assertThat(checker.hasValidMac2(next, IpAddress.parse("192.0.2.8"), PORT, NOW)).isFalse();
    assertThat(checker.hasValidMac2(next, IpAddress.parse("2001:db8::8"), PORT, NOW)).isFalse();
  }

  @Test
  @Proves("cookie.address-and-port")
  void mac2_ofAResponse_isValidToo() {
    byte[] initiation = initiate(NOW);
    Handshake toAlice = bob.handshakeWith(alice);
    CookieChecker ofAlice = new CookieChecker(alice.identity, Party.RANDOM, NOW);
    bob.receiveInitiation(toAlice, initiation, NOW);
    byte[] response = bob.respond(toAlice, 22);
    byte[] reply = new byte[CookieReplyMessage.SIZE];
    ofAlice.createReply(response, SOURCE, PORT, NOW, reply);
    assertThat(CookieReplyMessage.receiver(reply)).isEqualTo(22);
    assertThat(toAlice.consumeCookieReply(reply, NOW)).isEqualTo(Outcome.COOKIE_ACCEPTED);

    bob.receiveInitiation(toAlice, initiate(NOW), NOW + SECOND);
    assertThat(ofAlice.hasValidMac2(bob.respond(toAlice, 23), SOURCE, PORT, NOW)).isTrue();
  }

  @Test
  void mac2_anyBitOfTheMessageFlipped_isInvalid() {
    byte[] message = withCookie();
    for (int bit = 0; bit < 8 * message.length; bit++) {
      byte[] forged = message.clone();
      forged[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(checker.hasValidMac2(forged, SOURCE, PORT, NOW)).isFalse();
    }
  }

  @Test
  @Proves("cookie.ages")
  void cookie_afterTwoMinutes_isNoLongerTaken() {
    byte[] message = withCookie();
    assertThat(checker.hasValidMac2(message, SOURCE, PORT, NOW + 120 * SECOND)).isTrue();
    assertThat(checker.hasValidMac2(message, SOURCE, PORT, NOW + 120 * SECOND + 1)).isFalse();
  }

  @Test
  @Proves("cookie.ages")
  void cookie_after115Seconds_isNoLongerSent() {
    withCookie();
    byte[] last = initiate(NOW + 115 * SECOND);
    assertThat(checker.hasValidMac2(last, SOURCE, PORT, NOW)).isTrue();
    byte[] next = initiate(NOW + 115 * SECOND + 1);
    assertThat(Arrays.copyOfRange(next, HandshakeMacs.mac2(next), next.length)).containsOnly(0);
  }

  @Test
  @Proves("cookie.once")
  void reply_unasked_isUnexpected() {
    Handshake silent = alice.handshakeWith(bob);
    byte[] reply = reply(initiate(NOW), SOURCE, PORT, NOW);
    assertThat(silent.consumeCookieReply(reply, NOW)).isEqualTo(Outcome.HANDSHAKE_UNEXPECTED);
  }

  @Test
  @Proves("cookie.once")
  void reply_secondForOneMessage_isUnexpected() {
    byte[] message = initiate(NOW);
    byte[] reply = reply(message, SOURCE, PORT, NOW);
    assertThat(toBob.consumeCookieReply(reply, NOW)).isEqualTo(Outcome.COOKIE_ACCEPTED);
    assertThat(toBob.consumeCookieReply(reply, NOW)).isEqualTo(Outcome.HANDSHAKE_UNEXPECTED);
  }

  @Test
  void reply_toAnEarlierMessage_isNotAuthentic() {
    byte[] reply = reply(initiate(NOW), SOURCE, PORT, NOW);
    initiate(NOW);
    assertThat(toBob.consumeCookieReply(reply, NOW)).isEqualTo(Outcome.HANDSHAKE_NOT_AUTHENTIC);
  }

  @Test
  void reply_ofAnother_isNotAuthentic() {
    byte[] message = initiate(NOW);
    byte[] reply = new byte[CookieReplyMessage.SIZE];
    new CookieChecker(alice.identity, Party.RANDOM, NOW)
        .createReply(message, SOURCE, PORT, NOW, reply);
    assertThat(toBob.consumeCookieReply(reply, NOW)).isEqualTo(Outcome.HANDSHAKE_NOT_AUTHENTIC);
  }

  @Test
  void reply_anyBitFlipped_isRefusedAndTheTrueOneStillTaken() {
    byte[] reply = reply(initiate(NOW), SOURCE, PORT, NOW);
    for (int bit = 0; bit < 8 * reply.length; bit++) {
      int at = bit / 8;
      if (at < CookieReplyMessage.RECEIVER || at >= CookieReplyMessage.NONCE) {
        byte[] forged = reply.clone();
        forged[at] ^= (byte) (1 << bit % 8);
        assertThat(toBob.consumeCookieReply(forged, NOW))
            .isIn(Outcome.HANDSHAKE_MALFORMED, Outcome.HANDSHAKE_NOT_AUTHENTIC);
      }
    }
    assertThat(toBob.consumeCookieReply(reply, NOW)).isEqualTo(Outcome.COOKIE_ACCEPTED);
  }

  @Test
  void reply_ofAnotherLength_isMalformed() {
    byte[] reply = reply(initiate(NOW), SOURCE, PORT, NOW);
    assertThat(toBob.consumeCookieReply(Arrays.copyOf(reply, 63), NOW))
        .isEqualTo(Outcome.HANDSHAKE_MALFORMED);
    assertThat(toBob.consumeCookieReply(Arrays.copyOf(reply, 65), NOW))
        .isEqualTo(Outcome.HANDSHAKE_MALFORMED);
  }

  /// A cookie changes neither the handshake nor what the response to it has to be.
  @Test
  void reply_accepted_leavesTheHandshakeUnderWay() {
    byte[] message = initiate(NOW);
    toBob.consumeCookieReply(reply(message, SOURCE, PORT, NOW), NOW);
    assertThat(toBob.awaitsResponse(InitiationMessage.sender(message))).isTrue();
  }

  private byte[] withCookie() {
    toBob.consumeCookieReply(reply(initiate(NOW), SOURCE, PORT, NOW), NOW);
    return initiate(NOW);
  }

  private byte[] initiate(long nowNanos) {
    byte[] message = new byte[InitiationMessage.SIZE];
    initiations++;
    boolean created =
        toBob.createInitiation(
            initiations, Party.second(initiations), nowNanos, message, alice.crypto);
    assertThat(created).isTrue();
    return message;
  }

  private byte[] reply(byte[] message, IpAddress source, int port, long nowNanos) {
    byte[] reply = new byte[CookieReplyMessage.SIZE];
    checker.createReply(message, source, port, nowNanos, reply);
    assertThat(CookieReplyMessage.receiver(reply)).isEqualTo(HandshakeMacs.sender(message));
    return reply;
  }
}
