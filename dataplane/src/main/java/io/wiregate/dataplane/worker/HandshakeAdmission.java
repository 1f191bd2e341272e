package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.noise.CookieChecker;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.wire.CookieReplyMessage;
import io.wiregate.os.udp.UdpEndpoint;
import org.jspecify.annotations.Nullable;

/// Which handshake messages go on while too much arrives from the sources of a lane: only those of
/// whom it is shown that they receive at their address, a few times a second. The others are told
/// how to, which costs a fraction of an answer: so what carries a cookie gets nearly all of the
/// time. Owner: one handshake thread.
final class HandshakeAdmission {
  private final HandshakePorts ports;
  private final CookieReplySender replies;
  private final byte[] createdReply = new byte[CookieReplyMessage.SIZE];

  /// @param replies borrowed
  HandshakeAdmission(HandshakePorts ports, CookieReplySender replies) {
    this.ports = ports;
    this.replies = replies;
  }

  /// Refuses a message, with a cookie for who has none, which is sent with others.
  ///
  /// @param message with a valid `mac1`
  /// @return null for going on
  @Nullable Outcome refuse(
      ReceivedHandshake received,
      CookieChecker cookies,
      byte[] message,
      UdpEndpoint from,
      long now) {
    HandshakeQueue queue = received.queue();
    HandshakeLane lane = received.lane();
    if (queue == null || lane == null || !lane.isUnderLoad(now)) {
      return null;
    }
    if (cookies.hasValidMac2(message, from.address(), from.port(), now)) {
      return lane.limiter().allow(from.address(), now) ? null : Outcome.HANDSHAKE_RATE_LIMITED;
    }
    if (received.isFromStranger()) {
      // With a wrong one, or it was told while it waited: HandshakeQueue refuses the others.
      CookieDemands demands = queue.demands();
      if (!received.isToldAgain()
          && demands.contains(received.source(), now)
          && !demands.isToldAgain()) {
        return Outcome.HANDSHAKE_COOKIE_DEMANDED;
      }
      demands.add(received.source(), now);
    }
    cookies.createReply(message, from.address(), from.port(), now, createdReply);
    replies.add(ports.get(queue.peers()), from, createdReply, now);
    return Outcome.HANDSHAKE_COOKIE_DEMANDED;
  }
}
