package io.wiregate.dataplane.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;

/// One flow of numbered datagrams whose other end sends each back. No more are on their way than
/// every buffer holds, so that a lost one was lost by what is between, and so was the order.
public final class EchoFlow implements AutoCloseable {
  /// Datagrams on their way, both ways together.
  private static final int WINDOW = 32;

  private static final int SIZE = 1000;
  private static final int PATIENCE_MILLIS = 15_000;

  private final DatagramSocket near;
  private final DatagramSocket far;
  private final Thread echo;
  private long sent;
  private long received;

  /// @param near where the caller is
  /// @param far what sends back, from a thread of its own; both are closed with this
  public EchoFlow(DatagramSocket near, DatagramSocket far) {
    this.near = near;
    this.far = far;
    echo = Thread.ofPlatform().daemon().name("echo").start(this::sendBack);
  }

  private void sendBack() {
    DatagramPacket packet = new DatagramPacket(new byte[SIZE], SIZE);
    try {
      far.setSoTimeout(0);
      while (true) {
        far.receive(packet);
        far.send(packet);
      }
    } catch (IOException closed) {
      // the end
    }
  }

  /// Sends so many and takes what comes back: all of them, each once, in order.
  public void exchange(int count) {
    long last = sent + count;
    try {
      near.setSoTimeout(PATIENCE_MILLIS);
      while (received < last) {
        while (sent < last && sent - received < WINDOW) {
          byte[] bytes = ByteBuffer.allocate(SIZE).putLong(sent++).array();
          near.send(new DatagramPacket(bytes, SIZE, far.getLocalSocketAddress()));
        }
        DatagramPacket packet = new DatagramPacket(new byte[SIZE], SIZE);
        near.receive(packet);
        long number = ByteBuffer.wrap(packet.getData()).getLong();
        if (packet.getLength() != SIZE || number != received) {
          throw new AssertionError("number " + received + " was to come, and " + number + " came");
        }
        received++;
      }
    } catch (SocketTimeoutException e) {
      throw new AssertionError("number " + received + " was lost", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    near.close();
    far.close();
    try {
      echo.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
