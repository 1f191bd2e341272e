package io.wiregate.control.database;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A Unix socket in the clothes of [Socket], as far as pgjdbc looks: streams, read timeout, close.
/// One thread reads and writes; any may close.
final class UnixSocket extends Socket {
  private final UnixDomainSocketAddress address;
  private final SocketChannel channel;
  private @Nullable Selector selector;
  private int timeoutMillis;

  UnixSocket(Path path) throws IOException {
    address = UnixDomainSocketAddress.of(path);
    channel = SocketChannel.open(StandardProtocolFamily.UNIX);
  }

  void connect() throws IOException {
    channel.connect(address);
  }

  @Override
  public void connect(SocketAddress ignored) throws IOException {
    connect();
  }

  @Override
  public void connect(SocketAddress ignored, int timeoutMillis) throws IOException {
    connect();
  }

  @Override
  public boolean isConnected() {
    return channel.isConnected();
  }

  @Override
  public boolean isClosed() {
    return !channel.isOpen();
  }

  @Override
  public InputStream getInputStream() {
    return new Input();
  }

  @Override
  public OutputStream getOutputStream() {
    return new Output();
  }

  /// Without a timeout, reads are the channel's own, which park a virtual thread instead of holding
  /// its carrier.
  private int read(ByteBuffer buffer) throws IOException {
    if (timeoutMillis == 0) {
      return channel.read(buffer);
    }
    channel.configureBlocking(false);
    try {
      return readInTime(buffer, readable());
    } finally {
      if (channel.isOpen()) {
        for (SelectionKey key : readable().keys()) {
          key.cancel();
        }
        readable().selectNow();
        channel.configureBlocking(true);
      }
    }
  }

  private int readInTime(ByteBuffer buffer, Selector readable) throws IOException {
    channel.register(readable, SelectionKey.OP_READ);
    long deadlineNanos = System.nanoTime() + timeoutMillis * 1_000_000L;
    while (true) {
      int count = channel.read(buffer);
      if (count != 0) {
        return count;
      }
      long leftNanos = deadlineNanos - System.nanoTime();
      if (leftNanos <= 0) {
        throw new SocketTimeoutException("nothing arrived within " + timeoutMillis + " ms");
      }
      readable.select(Math.max(1, leftNanos / 1_000_000));
      readable.selectedKeys().clear();
    }
  }

  private Selector readable() throws IOException {
    Selector opened = selector;
    if (opened == null) {
      opened = Selector.open();
      selector = opened;
    }
    return opened;
  }

  @Override
  public void setSoTimeout(int millis) {
    timeoutMillis = millis;
  }

  @Override
  public int getSoTimeout() {
    return timeoutMillis;
  }

  @Override
  public void setTcpNoDelay(boolean on) {}

  @Override
  public void setKeepAlive(boolean on) {}

  @Override
  public int getReceiveBufferSize() throws SocketException {
    return 1 << 16;
  }

  @Override
  public int getSendBufferSize() throws SocketException {
    return 1 << 16;
  }

  @Override
  public void shutdownOutput() throws IOException {
    channel.shutdownOutput();
  }

  @Override
  public void close() throws IOException {
    channel.close();
    Selector opened = selector;
    if (opened != null) {
      opened.close();
    }
  }

  private final class Input extends InputStream {
    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      return length == 0 ? 0 : UnixSocket.this.read(ByteBuffer.wrap(bytes, offset, length));
    }

    @Override
    public void close() throws IOException {
      UnixSocket.this.close();
    }
  }

  private final class Output extends OutputStream {
    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }

    @Override
    public void close() throws IOException {
      UnixSocket.this.close();
    }
  }
}
