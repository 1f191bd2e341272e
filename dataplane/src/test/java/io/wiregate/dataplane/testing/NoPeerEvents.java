package io.wiregate.dataplane.testing;

import io.wiregate.dataplane.session.IndexEntry;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerEvents;
import io.wiregate.dataplane.session.Session;

/// For peers whose wishes nobody carries out.
public class NoPeerEvents implements PeerEvents {
  public NoPeerEvents() {}

  @Override
  public void onRequest(Peer peer) {}

  @Override
  public void onHandshakeWanted(Peer peer) {}

  @Override
  public void onIndexFreed(IndexEntry entry) {}

  @Override
  public void onSessionEnded(Session session) {}
}
