package io.wiregate.dataplane.noise;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.wire.InitiationMessage;
import io.wiregate.dataplane.wire.MessageType;
import io.wiregate.dataplane.wire.ResponseMessage;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.testing.fuzz.FuzzInput;
import java.util.Arrays;

/// Handshake messages: genuine ones that were changed, with and without a right `mac1`, and bytes
/// of any kind. Nothing but the genuine message is taken, and what is refused changes nothing.
///
/// Input: which message, whether to make its `mac1` right, and its length (1 byte each); then where
/// (1 byte) and by what (1 byte) it is changed, again and again.
public final class HandshakeMessagesFuzz {
  private static final int INDEX = 0x11223344;
  private static final long SECOND = 1_000_000_000L;

  private static final Party DEVICE = new Party();
  private static final Party PEER = new Party();
  private static final Handshake OURS = DEVICE.handshakeWith(PEER);
  private static final byte[] INITIATION =
      PEER.initiate(PEER.handshakeWith(DEVICE), 7, Party.second(100));
  private static final byte[] RESPONSE = response();
  private static final CookieChecker CHECKER =
      new CookieChecker(DEVICE.identity, Party.RANDOM, Party.NOW);
  private static final MacKeys MAC_KEYS = new MacKeys(DEVICE.publicKey().toBytes());

  private HandshakeMessagesFuzz() {}

  /// Begins a handshake of ours, which stays under way, and answers it.
  private static byte[] response() {
    byte[] initiation = DEVICE.initiate(OURS, INDEX, Party.second(1));
    Handshake theirs = PEER.handshakeWith(DEVICE);
    if (PEER.receiveInitiation(theirs, initiation, Party.NOW) != Outcome.HANDSHAKE_ANSWERED) {
      throw new AssertionError("our own initiation was refused");
    }
    return PEER.respond(theirs, 9);
  }

  public static void fuzzerTestOneInput(byte[] bytes) {
    FuzzInput input = new FuzzInput(bytes);
    int kind = input.next();
    byte[] genuine = (kind & 1) == 0 ? INITIATION : RESPONSE;
    boolean remac = (input.next() & 1) == 0;
    int length = genuine.length + (byte) input.next();
    byte[] message = Arrays.copyOf(genuine, Math.max(0, length));
    if ((kind & 2) != 0) {
      byte[] any = input.nextBytes(message.length);
      System.arraycopy(any, 0, message, 0, any.length);
    }
    while (!input.isEmpty() && message.length > 0) {
      message[input.next() % message.length] ^= (byte) input.next();
    }
    if (remac && message.length >= 32) {
      MAC_KEYS.mac1(message, message.length - 32, message, message.length - 32);
    }
    check(message);
  }

  private static void check(byte[] message) {
    int type = MessageType.of(message);
    if (type == MessageType.INITIATION || type == MessageType.RESPONSE) {
      CHECKER.hasValidMac1(message);
      CHECKER.hasValidMac2(message, IpAddress.v4(1), 1, Party.NOW);
    }
    boolean initiation = isGenuine(message, INITIATION, InitiationMessage.EPHEMERAL);
    boolean response = isGenuine(message, RESPONSE, ResponseMessage.EPHEMERAL);
    try (ReceivedInitiation received =
        ReceivedInitiation.open(message, DEVICE.identity, DEVICE.crypto)) {
      if (received != null) {
        // With another timestamp: our own handshake is for others to end.
        Handshake fresh = DEVICE.handshakeWith(PEER);
        Outcome outcome = fresh.consumeInitiation(received, 10 * SECOND, DEVICE.crypto);
        require(
            (outcome == Outcome.HANDSHAKE_ANSWERED) == initiation, "an initiation is " + outcome);
      } else {
        require(!initiation, "a genuine initiation was refused");
      }
    }
    if (!response) {
      Outcome outcome = OURS.consumeResponse(message, DEVICE.crypto);
      require(outcome != Outcome.HANDSHAKE_COMPLETED, "a forged response completed it");
      outcome = OURS.consumeCookieReply(message, Party.NOW);
      require(outcome != Outcome.COOKIE_ACCEPTED, "a forged cookie was accepted");
      require(OURS.awaitsResponse(INDEX), "the handshake under way was disturbed");
    }
  }

  /// Whether it is the message in all that keys cover: not so the indices, which only the MACs do,
  /// and those are not secret.
  private static boolean isGenuine(byte[] message, byte[] genuine, int ephemeral) {
    int end = genuine.length - 32;
    return message.length == genuine.length
        && Arrays.equals(message, 0, 4, genuine, 0, 4)
        && Arrays.equals(message, ephemeral, end, genuine, ephemeral, end);
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new AssertionError(otherwise);
    }
  }
}
