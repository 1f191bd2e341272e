package io.wiregate.dataplane.session;

import java.security.SecureRandom;

/// Numbers for remote addresses that look random to whoever does not know the key: strangers choose
/// their addresses, and could choose ones that collide. Immutable.
public final class SourceHash {
  private final long first;
  private final long second;

  public SourceHash(SecureRandom random) {
    first = random.nextLong();
    second = random.nextLong();
  }

  /// The number of a source.
  ///
  /// @param high the upper 64 bits of an IPv6 address, 0 for IPv4
  /// @param low what else tells sources apart; two that differ in it alone never collide
  public long of(long high, long low) {
    return mix(mix(high ^ first) ^ low ^ second);
  }

  /// The finaliser of splitmix64: every bit of the result depends on every bit given.
  public static long mix(long bits) {
    long z = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
