package io.wiregate.dataplane.outcome;

/// Every fate of a packet or message: what happened to it, its counter, its metric and its test.
public enum Outcome {
  // From UDP to TUN.
  /// An inner packet went on to the TUN interface.
  IN_FORWARDED,
  /// An authenticated message without a packet: it only says that the peer is there.
  IN_KEEPALIVE,
  /// Too short, of no known type, or with non-zero reserved bytes.
  IN_MALFORMED,
  /// No session of this interface has that receiver index.
  IN_NO_SESSION,
  /// The session is older than `REJECT_AFTER_TIME`.
  IN_SESSION_EXPIRED,
  /// It did not decrypt under the session's key.
  IN_NOT_AUTHENTIC,
  /// Its counter was seen before, is older than the window, or past `REJECT_AFTER_MESSAGES`.
  IN_REPLAYED,
  /// What it carried is neither IPv4 nor IPv6, or shorter than it says.
  IN_BAD_INNER_PACKET,
  /// The network marked the datagram 'congestion experienced', which the packet's sender cannot
  /// hear.
  IN_CE_ON_NOT_ECT,
  /// The inner source address is not one of the peer's allowed addresses.
  IN_SOURCE_NOT_ALLOWED,
  /// The TUN interface did not take it: it is down, or its queue is full.
  IN_TUN_REFUSED,

  // From TUN to UDP.
  /// Sealed and handed to the kernel.
  OUT_FORWARDED,
  /// Waits for a handshake; no fate yet, but counted as one of the others when that is known.
  OUT_STAGED,
  /// Neither IPv4 nor IPv6, or inconsistent headers.
  OUT_BAD_INNER_PACKET,
  /// No peer is allowed that destination address.
  OUT_NO_PEER,
  /// The peer's endpoint is not known.
  OUT_NO_ENDPOINT,
  /// A datagram to the peer that came back to be sent to it once more.
  OUT_LOOP,
  /// A message of WireGuard, which would have to be sent in fragments.
  OUT_NESTED_TOO_LARGE,
  /// Staged packets gave way to newer ones, or to the limit over all peers.
  OUT_STAGING_FULL,
  /// The session has used up its counters.
  OUT_SESSION_EXHAUSTED,
  /// No handshake succeeded in time.
  OUT_HANDSHAKE_FAILED,
  /// The kernel did not take the datagram.
  OUT_UDP_REFUSED,

  // Handshakes.
  /// An initiation was answered.
  HANDSHAKE_ANSWERED,
  /// A response completed a handshake that we began.
  HANDSHAKE_COMPLETED,
  /// A message of a length that its type does not have.
  HANDSHAKE_MALFORMED,
  /// The first MAC does not fit: not meant for this key.
  HANDSHAKE_BAD_MAC1,
  /// Under load, and answered with a cookie instead.
  HANDSHAKE_COOKIE_DEMANDED,
  /// Under load, and this source sends too many.
  HANDSHAKE_RATE_LIMITED,
  /// More arrived than the handshake thread could take.
  HANDSHAKE_QUEUE_FULL,
  /// It did not decrypt.
  HANDSHAKE_NOT_AUTHENTIC,
  /// From a key that is no peer's.
  HANDSHAKE_UNKNOWN_PEER,
  /// A timestamp not newer than the last one.
  HANDSHAKE_REPLAYED,
  /// Two initiations of one peer within 20 ms.
  HANDSHAKE_FLOODED,
  /// A response or cookie that answers nothing we sent.
  HANDSHAKE_UNEXPECTED,
  /// A cookie was taken.
  COOKIE_ACCEPTED;

  /// Its place in an array of counters, which lasts as long as the process.
  @SuppressWarnings("EnumOrdinal") // never stored
  public int index() {
    return ordinal();
  }
}
