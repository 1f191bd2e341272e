package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.path.HandshakeSink;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.dataplane.wire.InitiationMessage;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.udp.ReceiveBatch;
import org.jspecify.annotations.Nullable;

/// Where a thread that reads sockets leaves the handshake messages that it finds: [HandshakeQueue]
/// says which get in. Owner: that thread.
final class HandshakeDoor implements HandshakeSink {
  private final HandshakeQueues queues;

  /// The one that is at the door. Always the same, so that it stays in the cache.
  private final ReceivedHandshake message = new ReceivedHandshake();

  HandshakeDoor(HandshakeQueues queues) {
    this.queues = queues;
  }

  @Override
  public @Nullable Outcome offer(
      PeerTable peers,
      NativeBuffer data,
      int offset,
      int length,
      ReceiveBatch batch,
      int index,
      long now) {
    if (length > InitiationMessage.SIZE) {
      return Outcome.HANDSHAKE_MALFORMED;
    }
    message.set(data, offset, length, batch, index);
    return queues.offer(peers, message, now);
  }
}
