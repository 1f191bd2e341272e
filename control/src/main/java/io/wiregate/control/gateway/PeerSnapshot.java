package io.wiregate.control.gateway;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A peer's figures since the interface came up.
///
/// @param receivedBytes from the peer
/// @param sentBytes to the peer
/// @param endpoint `address:port`, or null while it has never been heard
public record PeerSnapshot(
    long receivedBytes,
    long sentBytes,
    @Nullable Instant lastHandshake,
    @Nullable String endpoint) {
  /// No session is used for longer (paper, 6.1: `REJECT_AFTER_TIME`).
  private static final Duration SESSION = Duration.ofMinutes(3);

  /// Whether it has a session that may still be used.
  public boolean isConnected(Instant now) {
    Instant last = lastHandshake;
    return last != null && last.isAfter(now.minus(SESSION));
  }
}
