package io.wiregate.dataplane.worker;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.udp.ReceiveBatch;
import io.wiregate.os.udp.SendBatch;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpOffloads;
import io.wiregate.os.udp.UdpSocket;

/// Receive batches whose message came from a chosen address of the loopback interface.
final class Sources implements AutoCloseable {
  private final UdpSocket receiver = UdpSocket.open(false, UdpOffloads.NONE, 1 << 16);
  private final UdpSocket sender = UdpSocket.open(false, UdpOffloads.NONE, 1 << 16);
  private final SendBatch out = new SendBatch(1);
  private final NativeBuffer payload = NativeBuffer.allocate(4);

  Sources() throws OsException {
    receiver.bind(0);
    sender.bind(0);
  }

  /// The port of all of them.
  int port() throws OsException {
    return sender.localPort();
  }

  /// A batch of one message from `127.x.y.z`, which the caller closes.
  ReceiveBatch from(IpAddress source) throws OsException {
    ReceiveBatch batch = new ReceiveBatch(1, 256);
    out.clear();
    UdpEndpoint to =
        new UdpEndpoint(IpAddress.parse("127.0.0.1"), receiver.localPort(), 0, source, 0);
    out.add(to, payload, 0, 4, 4, 0);
    if (sender.send(out, 0) != 1 || receiver.receive(batch) != 1) {
      throw new AssertionError("nothing arrives over loopback");
    }
    return batch;
  }

  @Override
  public void close() {
    receiver.close();
    sender.close();
    out.close();
    payload.close();
  }
}
