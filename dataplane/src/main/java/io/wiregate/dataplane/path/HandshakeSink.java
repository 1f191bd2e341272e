package io.wiregate.dataplane.path;

import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.udp.ReceiveBatch;

/// Where handshake messages go when they leave the walk.
public interface HandshakeSink {
  /// Takes a copy of a message, without waiting.
  ///
  /// @param peers the table of the interface that it arrived at
  /// @param batch what it arrived in, as message `index`
  /// @param now the boot clock
  /// @return false where too many of such sources wait already
  boolean offer(
      PeerTable peers,
      NativeBuffer data,
      int offset,
      int length,
      ReceiveBatch batch,
      int index,
      long now);
}
