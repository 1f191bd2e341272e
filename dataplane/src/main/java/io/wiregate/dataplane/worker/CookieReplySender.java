package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.wire.CookieReplyMessage;
import io.wiregate.os.Errno;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.udp.SendBatch;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpSocket;
import org.jspecify.annotations.Nullable;

/// Gathers cookie replies and sends them together: a flood causes them by the thousand, and a
/// system call for each costs more than to make it. Owner: one handshake thread.
final class CookieReplySender implements AutoCloseable {
  private static final int GATHERED = 32;

  /// What a reply may have to wait for others.
  private static final long GATHERING_NANOS = 1_000_000;

  private final SendBatch batch = new SendBatch(GATHERED);
  private final NativeBuffer memory = NativeBuffer.allocate(GATHERED * CookieReplyMessage.SIZE);

  /// What those that are gathered go through.
  private @Nullable UdpSocket socket;

  /// When the first of them was added.
  private long since;

  /// Adds a reply, which is sent by the next [#sendAll], or before.
  ///
  /// @param port null for none: then it is dropped
  /// @param reply is copied
  /// @param now the boot clock
  void add(@Nullable UdpPort port, UdpEndpoint to, byte[] reply, long now) {
    UdpSocket through = port == null ? null : port.socket(to.isV6(), 0);
    if (through != socket || batch.isFull()) {
      sendAll();
    }
    if (through == null) {
      return;
    }
    if (socket == null) {
      socket = through;
      since = now;
    }
    int offset = batch.count() * CookieReplyMessage.SIZE;
    memory.copyFrom(offset, reply, 0, CookieReplyMessage.SIZE);
    batch.add(to, memory, offset, CookieReplyMessage.SIZE, CookieReplyMessage.SIZE, 0);
  }

  /// Sends what was gathered if the first of it has waited long enough; to be called between two
  /// messages, however much else there is to do.
  ///
  /// @param now the boot clock
  void sendDue(long now) {
    if (socket != null && now - since >= GATHERING_NANOS) {
      sendAll();
    }
  }

  /// Sends what was gathered; to be called before anything else may close a socket, and before a
  /// rest. What the kernel does not take is lost: whoever waits for it tries again.
  void sendAll() {
    UdpSocket through = socket;
    if (through == null) {
      return;
    }
    for (int first = 0; first < batch.count(); ) {
      int sent = through.send(batch, first);
      if (sent != -Errno.EINTR) {
        first += Math.max(sent, 1);
      }
    }
    batch.clear();
    socket = null;
  }

  @Override
  public void close() {
    batch.close();
    memory.close();
  }
}
