package io.wiregate.dataplane.path;

/// How many ICMP errors may be sent: 100 in a second and 50 at once, as a token bucket (RFC 1812,
/// 4.3.2.8; RFC 4443, 2.4 f). One per interface and worker. Owner: that worker.
final class IcmpBudget {
  static final long COST_NANOS = 1_000_000_000L / 100;
  static final long BURST = 50;

  /// When the bucket will be full again.
  private long fullAtNanos = Long.MIN_VALUE;

  IcmpBudget() {}

  /// Takes a token.
  ///
  /// @param now the boot clock
  /// @return false where there is none
  boolean take(long now) {
    long fullAt = Math.max(fullAtNanos, now) + COST_NANOS;
    if (fullAt - now > BURST * COST_NANOS) {
      return false;
    }
    fullAtNanos = fullAt;
    return true;
  }
}
