package io.wiregate.benchmarks;

import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.session.IndexEntry;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerEvents;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.dataplane.session.Session;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/// Peers as a large gateway has them: each with one IPv4 and one IPv6 address of its own, in the
/// steps in which the configuration socket makes them.
final class ManyPeers {
  /// An odd number, so that multiplying by it permutes: addresses are scattered, and no two the
  /// same.
  private static final int SCATTER = 0x9e37_79b1;

  private static final long V6_NETWORK = 0xfd00L << 48;
  private static final AtomicLong STAGED_BYTES = new AtomicLong();
  private static final NoEvents NO_EVENTS = new NoEvents();

  private ManyPeers() {}

  /// Adds peers with the addresses of the numbers from 0 on.
  static void configure(PeerTable table, int count) {
    SplittableRandom random = new SplittableRandom(1);
    for (int number = 0; number < count; number++) {
      Peer peer = newPeer(table, random);
      table.add(peer);
      table.allow(peer, v4(number));
      table.allow(peer, v6(number));
    }
  }

  /// One that is in no table yet.
  static Peer newPeer(PeerTable table, SplittableRandom random) {
    PublicKey key =
        new PublicKey(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
    return new Peer(key, table, 0, NO_EVENTS, STAGED_BYTES);
  }

  /// The IPv4 address of a number.
  static int address(int number) {
    return (number + 1) * SCATTER;
  }

  static IpPrefix v4(int number) {
    return new IpPrefix(IpAddress.v4(address(number)), 32);
  }

  static IpPrefix v6(int number) {
    return new IpPrefix(IpAddress.v6(V6_NETWORK, Integer.toUnsignedLong(address(number))), 128);
  }

  /// Nobody looks after the peers.
  private static final class NoEvents implements PeerEvents {
    @Override
    public void onRequest(Peer peer) {}

    @Override
    public void onHandshakeWanted(Peer peer) {}

    @Override
    public void onIndexFreed(IndexEntry entry) {}

    @Override
    public void onSessionEnded(Session session) {}
  }
}
