package io.wiregate.dataplane.session;

/// What a peer asks of the threads that carry its packets. Any thread calls; no call waits.
public interface PeerEvents {
  /// A request was set on a peer that had none ([Peer#takeRequests]): its worker is to look.
  void onRequest(Peer peer);

  /// The peer is to be sent an initiation.
  void onHandshakeWanted(Peer peer);

  /// An index that a handshake of ours had is not needed any more.
  void onIndexFreed(IndexEntry entry);

  /// A session has ended: its index is free, its keys are to be wiped once no worker uses them.
  void onSessionEnded(Session session);
}
