package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.session.Peer;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Peers that ask something of a thread: a list that any thread pushes to without waiting or
/// allocating, and one thread takes whole. Each peer is on it at most once, which the flag that
/// belongs to the list sees to. Newest first: no order is promised.
abstract class RequestedPeers {
  private final AtomicReference<@Nullable Peer> head = new AtomicReference<>();

  abstract @Nullable Peer link(Peer peer);

  abstract void setLink(Peer peer, @Nullable Peer next);

  void push(Peer peer) {
    @Nullable Peer first;
    do {
      first = head.get();
      setLink(peer, first);
    } while (!head.compareAndSet(first, peer));
  }

  boolean isEmpty() {
    return head.get() == null;
  }

  /// Takes all; the caller walks from one to the next with [#next].
  @Nullable Peer takeAll() {
    return head.getAndSet(null);
  }

  /// The next peer of a list that was taken. To be called before the peer's own flag is cleared,
  /// since from then on it may be pushed again.
  @Nullable Peer next(Peer peer) {
    @Nullable Peer next = link(peer);
    setLink(peer, null);
    return next;
  }

  /// The list of peers with requests for their worker.
  static RequestedPeers forWorker() {
    return new RequestedPeers() {
      @Override
      @Nullable Peer link(Peer peer) {
        return peer.nextRequested;
      }

      @Override
      void setLink(Peer peer, @Nullable Peer next) {
        peer.nextRequested = next;
      }
    };
  }

  /// The list of peers that want an initiation.
  static RequestedPeers forHandshakes() {
    return new RequestedPeers() {
      @Override
      @Nullable Peer link(Peer peer) {
        return peer.nextWanted;
      }

      @Override
      void setLink(Peer peer, @Nullable Peer next) {
        peer.nextWanted = next;
      }
    };
  }
}
