package io.wiregate.dataplane.session;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/// The peers of a table in the order in which they were added, linked through the peers themselves:
/// of a million peers, a map would take an object and 40 bytes more for each. Guarded by the table.
final class PeerList implements Iterable<Peer> {
  private @Nullable Peer first;
  private @Nullable Peer last;
  private int size;

  int size() {
    return size;
  }

  /// @param peer in no list
  void addLast(Peer peer) {
    Peer before = last;
    peer.previousInTable = before;
    if (before == null) {
      first = peer;
    } else {
      before.nextInTable = peer;
    }
    last = peer;
    size++;
  }

  /// @param peer in this list
  void remove(Peer peer) {
    Peer before = peer.previousInTable;
    Peer after = peer.nextInTable;
    if (before == null) {
      first = after;
    } else {
      before.nextInTable = after;
    }
    if (after == null) {
      last = before;
    } else {
      after.previousInTable = before;
    }
    peer.previousInTable = null;
    peer.nextInTable = null;
    size--;
  }

  @Override
  public Iterator<Peer> iterator() {
    return new Iterator<>() {
      private @Nullable Peer coming = first;

      @Override
      public boolean hasNext() {
        return coming != null;
      }

      @Override
      public Peer next() {
        Peer peer = coming;
        if (peer == null) {
          throw new NoSuchElementException();
        }
        coming = peer.nextInTable;
        return peer;
      }
    };
  }
}
