package io.wiregate.dataplane.session;

import io.wiregate.os.net.IpAddress;
import io.wiregate.os.udp.UdpEndpoint;
import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// Which remote addresses and ports are endpoints of peers, so that under a flood the peers we know
/// are told from strangers before anything is decrypted. It grants no more than a place in another
/// queue: addresses can be forged.
///
/// It may miss a peer, one in some fifty, where five share a bucket of four places; it never names
/// one that has moved. Looking up takes no lock and allocates nothing. Any thread; [#makeRoomFor]
/// by whoever holds the table's monitor.
final class PeerEndpoints {
  private static final int BUCKET = 4;
  private static final int FIRST_PLACES = 1024;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final SourceHash hash = new SourceHash(RANDOM);
  private volatile AtomicReferenceArray<@Nullable Peer> places =
      new AtomicReferenceArray<>(FIRST_PLACES);

  /// A peer is at that endpoint from now on.
  void put(Peer peer, UdpEndpoint endpoint) {
    put(places, peer, endpoint);
  }

  /// Takes the place of one that is not there any more, where there is such.
  private void put(AtomicReferenceArray<@Nullable Peer> in, Peer peer, UdpEndpoint endpoint) {
    IpAddress address = endpoint.address();
    long hashed = hash(address.high(), address.low(), endpoint.port());
    int bucket = bucket(in, hashed);
    int place = bucket + (int) (hashed >>> 62);
    for (int i = bucket; i < bucket + BUCKET; i++) {
      Peer other = in.get(i);
      if (other == null || other == peer || !isIn(other, in, bucket)) {
        place = i;
        break;
      }
    }
    in.set(place, peer);
  }

  private boolean isIn(Peer peer, AtomicReferenceArray<@Nullable Peer> in, int bucket) {
    UdpEndpoint endpoint = peer.isRemoved() ? null : peer.endpoint();
    if (endpoint == null) {
      return false;
    }
    IpAddress address = endpoint.address();
    return bucket(in, hash(address.high(), address.low(), endpoint.port())) == bucket;
  }

  /// Whether a peer is at that endpoint.
  boolean contains(boolean v6, long high, long low, int port) {
    AtomicReferenceArray<@Nullable Peer> current = places;
    int bucket = bucket(current, hash(high, low, port));
    for (int i = bucket; i < bucket + BUCKET; i++) {
      Peer peer = current.get(i);
      UdpEndpoint endpoint = peer == null || peer.isRemoved() ? null : peer.endpoint();
      if (endpoint != null
          && endpoint.port() == port
          && endpoint.address().low() == low
          && endpoint.address().high() == high
          && endpoint.isV6() == v6) {
        return true;
      }
    }
    return false;
  }

  /// Forgets a peer that was removed.
  void remove(Peer peer) {
    UdpEndpoint endpoint = peer.endpoint();
    if (endpoint != null) {
      IpAddress address = endpoint.address();
      AtomicReferenceArray<@Nullable Peer> current = places;
      int bucket = bucket(current, hash(address.high(), address.low(), endpoint.port()));
      for (int i = bucket; i < bucket + BUCKET; i++) {
        current.compareAndSet(i, peer, null);
      }
    }
  }

  /// Grows with the number of peers, to two places for each.
  void makeRoomFor(PeerList peers) {
    if (2 * peers.size() <= places.length()) {
      return;
    }
    // Whoever moves meanwhile is missed until it moves again, or until the next time.
    AtomicReferenceArray<@Nullable Peer> larger = new AtomicReferenceArray<>(2 * places.length());
    for (Peer peer : peers) {
      UdpEndpoint endpoint = peer.endpoint();
      if (endpoint != null) {
        put(larger, peer, endpoint);
      }
    }
    places = larger;
  }

  private long hash(long high, long low, int port) {
    return hash.of(high ^ (long) port << 48, low);
  }

  private static int bucket(AtomicReferenceArray<@Nullable Peer> in, long hashed) {
    return (int) hashed & in.length() - 1 & -BUCKET;
  }
}
