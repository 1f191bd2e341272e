package io.wiregate.dataplane.testing;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.udp.SendBatch;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpSocket;

/// Sends handshake messages to a [Lab] from many addresses of 127.0.0.0/8, each batch by one system
/// call. Owner: one thread.
public final class Flood implements AutoCloseable {
  private static final int BATCH = 64;
  private static final int FIRST_SOURCE = 0x7f40_0000; // 127.64.0.0
  private static final IpAddress TARGET = IpAddress.parse("127.0.0.1");

  private final UdpSocket socket;
  private final SendBatch batch = new SendBatch(BATCH);
  private final NativeBuffer memory = NativeBuffer.allocate(BATCH * 256);
  private final int sources;
  private int nextSource;
  private long sent;

  /// @param sources addresses that it sends from, one after the other
  public Flood(Lab lab, int sources) throws OsException {
    socket = lab.udpSocket(false);
    this.sources = sources;
  }

  /// Adds a message from the next address, and sends those added when there are many.
  public void add(byte[] message) {
    int at = batch.count() * 256;
    memory.copyFrom(at, message, 0, message.length);
    IpAddress source = IpAddress.v4(FIRST_SOURCE + nextSource);
    nextSource = (nextSource + 1) % sources;
    UdpEndpoint to = new UdpEndpoint(TARGET, Lab.PORT, 0, source, 0);
    batch.add(to, memory, at, message.length, message.length, 0);
    if (batch.isFull()) {
      flush();
    }
  }

  public void flush() {
    for (int first = 0; first < batch.count(); ) {
      int result = socket.send(batch, first);
      first += Math.max(1, result); // what the kernel refuses is left out
      sent += Math.max(0, result);
    }
    batch.clear();
  }

  /// Messages that the kernel has taken.
  public long sent() {
    return sent;
  }

  @Override
  public void close() {
    socket.close();
    batch.close();
    memory.close();
  }
}
