package io.wiregate.control.tun;

import io.wiregate.control.tun.Host.Transfer;
import java.time.Duration;

/// Items of the list that the kernel's `netns.sh` checks (`tools/testing/selftests/wireguard`), for
/// the program that serves the interfaces. Each test makes what it needs anew, so that an item that
/// fails does not decide the next.
///
/// What a program beside the kernel cannot show is left out: the byte counts of the link (item 1; a
/// TUN interface counts inner packets), an MTU of a route (5; it never sees the route), and the
/// kernel's messages about its own objects and caches (34, 35).
abstract class NetnsItems {
  static final Duration PATIENCE = Duration.ofSeconds(30);

  /// A handshake that got no answer is repeated after five seconds and a little.
  static final Duration RETRY = Duration.ofSeconds(12);

  /// The program that serves the first machine of each test.
  final Implementation first;

  /// The program that serves the others.
  final Implementation second;

  NetnsItems(Implementation first, Implementation second) {
    this.first = first;
    this.second = second;
  }

  /// Ten pings, each 84 bytes, padded to 96, in a message of 32 bytes more: what the kernel counts,
  /// which is everything but IP and UDP headers.
  private static final long PINGS = 10 * (96 + 32);

  private static final long INITIATION = 148;
  private static final long RESPONSE = 92;
  private static final long KEEPALIVE = 32;

  /// What has passed at who began: ten pings and a handshake.
  static boolean isTenPings(Transfer ofInitiator) {
    long sent = ofInitiator.sent() - PINGS - INITIATION;
    return ofInitiator.received() == PINGS + RESPONSE && (sent == 0 || sent == KEEPALIVE);
  }
}
