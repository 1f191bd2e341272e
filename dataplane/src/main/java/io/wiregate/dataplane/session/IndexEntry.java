package io.wiregate.dataplane.session;

import org.jspecify.annotations.Nullable;

/// What a receiver index of ours stands for: first a handshake that is under way, then the session
/// that came of it. Any thread.
public final class IndexEntry {
  private final int index;
  private final Peer peer;
  private volatile @Nullable Session session;

  IndexEntry(int index, Peer peer) {
    this.index = index;
    this.peer = peer;
  }

  public int index() {
    return index;
  }

  public Peer peer() {
    return peer;
  }

  /// The session, or null while the handshake is under way.
  public @Nullable Session session() {
    return session;
  }

  void setSession(Session session) {
    this.session = session;
  }
}
