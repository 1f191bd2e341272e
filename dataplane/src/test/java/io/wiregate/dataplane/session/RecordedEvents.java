package io.wiregate.dataplane.session;

import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.os.crypto.AeadKey;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// What peers asked for, and peers that ask it.
final class RecordedEvents implements PeerEvents {
  static final long SECOND = 1_000_000_000L;

  final List<Peer> requested = new ArrayList<>();
  final List<Peer> wanted = new ArrayList<>();
  final List<IndexEntry> freed = new ArrayList<>();
  final List<Session> ended = new ArrayList<>();
  final AtomicLong stagedBytes = new AtomicLong();
  private int sessions;

  Peer peer(PeerTable table, int number) {
    Peer peer = new Peer(key(number), table, 0, this, stagedBytes);
    table.add(peer);
    return peer;
  }

  static PublicKey key(int number) {
    return new PublicKey(number, 0, 0, 0);
  }

  /// A session with a new index.
  Session session(Peer peer, boolean weInitiated, long createdNanos) {
    sessions++;
    byte[] bytes = new byte[AeadKey.SIZE];
    bytes[0] = (byte) sessions;
    return new Session(
        new IndexEntry(sessions, peer),
        1000 + sessions,
        weInitiated,
        createdNanos,
        AeadKey.of(bytes, 0),
        AeadKey.of(bytes, 0));
  }

  @Override
  public void onRequest(Peer peer) {
    requested.add(peer);
  }

  @Override
  public void onHandshakeWanted(Peer peer) {
    wanted.add(peer);
  }

  @Override
  public void onIndexFreed(IndexEntry entry) {
    freed.add(entry);
  }

  @Override
  public void onSessionEnded(Session session) {
    ended.add(session);
  }
}
