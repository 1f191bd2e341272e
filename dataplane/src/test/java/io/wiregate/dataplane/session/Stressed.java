package io.wiregate.dataplane.session;

import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.testing.NoPeerEvents;
import io.wiregate.os.crypto.AeadKey;
import java.util.concurrent.atomic.AtomicLong;

/// Peers for the tests of what threads share.
final class Stressed {
  /// Asks for nothing.
  static final PeerEvents NOBODY = new NoPeerEvents();

  private static final AeadKey KEY = AeadKey.of(new byte[AeadKey.SIZE], 0);

  private Stressed() {}

  /// A session whose keys are zeros.
  static Session session(Peer peer) {
    return new Session(new IndexEntry(77, peer), 1, true, 0, KEY, KEY);
  }

  static Peer peer() {
    return peer(NOBODY);
  }

  static Peer peer(PeerEvents events) {
    return new Peer(new PublicKey(1, 2, 3, 4), new PeerTable(0), 0, events, new AtomicLong());
  }
}
