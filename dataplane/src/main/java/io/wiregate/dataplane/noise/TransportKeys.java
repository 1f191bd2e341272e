package io.wiregate.dataplane.noise;

import io.wiregate.os.crypto.AeadKey;

/// What a completed handshake yields (paper, 5.4.5). Owner: the session, which closes both keys.
///
/// @param sending our key for sending
/// @param receiving our key for receiving
/// @param initiator whether we began the handshake: the initiator may send at once and is the one
///   to rekey; the responder may send when it has received
/// @param localIndex the receiver index of messages to us
/// @param remoteIndex the receiver index of messages to the peer
public record TransportKeys(
    AeadKey sending, AeadKey receiving, boolean initiator, int localIndex, int remoteIndex)
    implements AutoCloseable {
  /// Wipes both keys; for keys that become no session.
  @Override
  public void close() {
    sending.close();
    receiving.close();
  }
}
