package io.wiregate.dataplane.noise;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.wire.CookieReplyMessage;
import io.wiregate.dataplane.wire.HandshakeMacs;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The sender's side of cookies (paper, 5.4.4 and 5.4.7): the MACs of the messages to one peer, and
/// the cookie that the peer gave us. Guarded by the [Handshake] it belongs to.
final class CookieMemory {
  /// How long we use a cookie: the 120 s that its secret lives at most, less 5 s for the way.
  private static final long COOKIE_LIFETIME_NANOS = 115_000_000_000L;

  /// The `mac1` that a cookie reply may answer; null where none was sent, or where it was answered:
  /// otherwise a reply that was recorded could be replayed.
  private byte @Nullable [] unansweredMac1;

  private byte @Nullable [] cookie;
  private long cookieNanos;

  /// Ends an initiation or a response: `mac1`, and `mac2` where we have a fresh cookie, else zeros.
  void addMacs(byte[] message, MacKeys keys, long nowNanos) {
    int mac1 = HandshakeMacs.mac1(message);
    int mac2 = HandshakeMacs.mac2(message);
    keys.mac1(message, mac1, message, mac1);
    unansweredMac1 = Arrays.copyOfRange(message, mac1, mac2);

    byte[] fresh = cookie;
    if (fresh != null && nowNanos - cookieNanos <= COOKIE_LIFETIME_NANOS) {
      Blake2s.mac(message, mac2, fresh, message, 0, mac2);
    } else {
      Arrays.fill(message, mac2, message.length, (byte) 0);
    }
  }

  /// Takes a cookie from a reply to the last message.
  Outcome consume(byte[] message, MacKeys keys, long nowNanos) {
    if (!CookieReplyMessage.is(message)) {
      return Outcome.HANDSHAKE_MALFORMED;
    }
    byte[] answered = unansweredMac1;
    if (answered == null) {
      return Outcome.HANDSHAKE_UNEXPECTED;
    }
    byte[] received = new byte[HandshakeMacs.MAC_SIZE];
    boolean genuine =
        XChaCha20Poly1305.open(
            keys.cookieKey(),
            message,
            CookieReplyMessage.NONCE,
            answered,
            message,
            CookieReplyMessage.ENCRYPTED_COOKIE,
            received);
    if (!genuine) {
      return Outcome.HANDSHAKE_NOT_AUTHENTIC;
    }
    forget();
    cookie = received;
    cookieNanos = nowNanos;
    return Outcome.COOKIE_ACCEPTED;
  }

  void forget() {
    unansweredMac1 = null;
    if (cookie != null) {
      Arrays.fill(cookie, (byte) 0);
      cookie = null;
    }
  }
}
