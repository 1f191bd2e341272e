package io.wiregate.control.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init")
final class UnixSocketTest {
  @TempDir Path directory;
  private ServerSocketChannel server;
  private SocketChannel peer;
  private Socket socket;

  @BeforeEach
  void connect() throws IOException {
    Path path = directory.resolve("socket");
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(path));
    socket = new UnixSocketFactory(path.toString()).createSocket("ignored", 1);
    peer = server.accept();
  }

  @AfterEach
  void close() throws IOException {
    socket.close();
    peer.close();
    server.close();
  }

  @Test
  void read_nothingWithinTimeout_throwsAndStaysUsable() throws IOException {
    socket.setSoTimeout(20);
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    peer.write(ByteBuffer.wrap(new byte[] {42}));
    assertThat(socket.getInputStream().read()).isEqualTo(42);
    socket.setSoTimeout(0);
    peer.write(ByteBuffer.wrap(new byte[] {(byte) 200}));
    assertThat(socket.getInputStream().read()).isEqualTo(200);
  }

  @Test
  void read_peerClosed_endsTheStream() throws IOException {
    peer.close();
    assertThat(socket.getInputStream().read()).isEqualTo(-1);
    socket.setSoTimeout(1000);
    assertThat(socket.getInputStream().read()).isEqualTo(-1);
  }

  @Test
  void write_bytes_arrive() throws IOException {
    socket.getOutputStream().write(new byte[] {1, 2, 3});
    ByteBuffer buffer = ByteBuffer.allocate(8);
    assertThat(peer.read(buffer)).isEqualTo(3);
  }

  @Test
  void close_whileReading_endsTheRead() throws Exception {
    Thread closer =
        Thread.startVirtualThread(() -> {
          try {
            socket.close();
          } catch (IOException impossible) {
            throw new AssertionError(impossible);
          }
        });
    assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(IOException.class);
    closer.join();
    assertThat(socket.isClosed()).isTrue();
  }
}
