package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.wire.InitiationMessage;
import io.wiregate.os.Errno;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.udp.SendBatch;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpSocket;
import org.jspecify.annotations.Nullable;

/// Sends initiations and responses, each at once. Owner: one handshake thread.
final class DatagramSender implements AutoCloseable {
  /// DSCP AF41, as the kernel marks initiations and responses.
  private static final int TRAFFIC_CLASS = 0x88;

  private final SendBatch batch = new SendBatch(1);
  private final NativeBuffer memory = NativeBuffer.allocate(InitiationMessage.SIZE);

  /// Sends one message through the port's first socket of the right family.
  ///
  /// @return false where the kernel did not take it, or there is no socket
  boolean send(@Nullable UdpPort port, UdpEndpoint to, byte[] message, int length) {
    UdpSocket socket = port == null ? null : port.socket(to.isV6(), 0);
    if (socket == null) {
      return false;
    }
    memory.copyFrom(0, message, 0, length);
    batch.clear();
    batch.add(to, memory, 0, length, length, TRAFFIC_CLASS);
    int sent;
    do {
      sent = socket.send(batch, 0);
    } while (sent == -Errno.EINTR);
    return sent > 0;
  }

  @Override
  public void close() {
    batch.close();
    memory.close();
  }
}
