package io.wiregate.dataplane.path;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.dataplane.wire.MessageType;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.udp.ReceiveBatch;
import org.jspecify.annotations.Nullable;

/// Where handshake messages go when they leave the walk.
public interface HandshakeSink {
  /// Takes a copy of a message, without waiting.
  ///
  /// @param peers the table of the interface that it arrived at
  /// @param batch what it arrived in, as message `index`
  /// @param now the boot clock
  /// @return null where it waits now, else why it was refused
  @Nullable Outcome offer(
      PeerTable peers,
      NativeBuffer data,
      int offset,
      int length,
      ReceiveBatch batch,
      int index,
      long now);

  /// What a datagram counts as that is no message of WireGuard.
  static Outcome malformed(NativeBuffer data, int offset, int length) {
    return MessageType.claimsHandshake(data, offset, length)
        ? Outcome.HANDSHAKE_MALFORMED
        : Outcome.IN_MALFORMED;
  }
}
