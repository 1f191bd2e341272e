package io.wiregate.benchmarks;

import io.wiregate.dataplane.noise.Handshake;
import io.wiregate.dataplane.noise.StaticIdentity;
import io.wiregate.dataplane.noise.TransportKeys;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.wire.MessageType;
import io.wiregate.dataplane.wire.TransportMessage;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.crypto.Aead;
import io.wiregate.os.crypto.AeadBatch;
import io.wiregate.os.udp.ReceiveBatch;
import io.wiregate.os.udp.SendBatch;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpOffloads;
import io.wiregate.os.udp.UdpSocket;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A WireGuard client with a socket of its own, that sends the same packet again and again. Owner:
/// one thread.
final class TunnelClient implements AutoCloseable {
  /// Messages that are sealed at a time.
  static final int BATCH = 16;

  private static final int SOCKET_BUFFER = 1 << 18;
  private static final int STRIDE = 512;
  private static final long RETRY_NANOS = 5_000_000_000L;

  private final StaticIdentity identity;
  private final Handshake handshake;
  private final StrangersMessages messages;
  private final UdpEndpoint gateway;
  private final UdpSocket socket = UdpSocket.open(false, UdpOffloads.NONE, SOCKET_BUFFER);
  private final SendBatch sends = new SendBatch(BATCH);
  private final NativeBuffer memory = NativeBuffer.allocate(BATCH * STRIDE);
  private final AeadBatch sealed = new AeadBatch(BATCH, memory);
  private @Nullable TransportKeys keys;
  private long counter;

  TunnelClient(StrangersMessages messages, UdpEndpoint gateway) throws OsException {
    this.messages = messages;
    this.gateway = gateway;
    identity = messages.newIdentity();
    handshake = messages.initiator(identity);
    socket.bind(0);
  }

  StaticIdentity identity() {
    return identity;
  }

  /// Shakes hands; tries again after 5 s, as the protocol has it.
  ///
  /// @param index the receiver index of messages to this client
  /// @param received for this call
  void connect(int index, ReceiveBatch received) {
    while (keys == null) {
      byte[] initiation = messages.initiation(handshake, index);
      memory.copyFrom(0, initiation, 0, initiation.length);
      sends.clear();
      sends.add(gateway, memory, 0, initiation.length, initiation.length, 0);
      int _ = socket.send(sends, 0); // what is lost is repeated
      long until = System.nanoTime() + RETRY_NANOS;
      while (keys == null && System.nanoTime() < until) {
        int count = socket.receive(received, 1);
        if (count == 1) {
          take(received.data().toArray(received.offset(0), received.length(0)));
        } else {
          LockSupport.parkNanos(20_000);
        }
      }
    }
    sends.clear();
  }

  private void take(byte[] message) {
    if (MessageType.of(message) == MessageType.COOKIE_REPLY) {
      Outcome _ = handshake.consumeCookieReply(message, System.nanoTime()); // else it is repeated
    } else if (MessageType.of(message) == MessageType.RESPONSE
        && handshake.consumeResponse(message, messages.crypto()) == Outcome.HANDSHAKE_COMPLETED) {
      keys = handshake.deriveSession();
    }
  }

  /// Seals the next messages.
  ///
  /// @param packet padded to a multiple of 16 bytes
  void seal(NativeBuffer packet, Aead aead) {
    TransportKeys session = keys;
    if (session == null) {
      throw new IllegalStateException("not connected");
    }
    int length = packet.size();
    int size = length + TransportMessage.OVERHEAD;
    boolean first = sends.count() == 0;
    sealed.begin(memory, memory);
    for (int i = 0; i < BATCH; i++) {
      int at = i * STRIDE;
      memory.copyFrom(at + TransportMessage.HEADER_SIZE, packet, 0, length);
      TransportMessage.putHeader(memory, at, session.remoteIndex(), counter);
      sealed.add(
          at + TransportMessage.HEADER_SIZE, length, at + TransportMessage.HEADER_SIZE, counter++);
      if (first) {
        sends.add(gateway, memory, at, size, size, 0);
      }
    }
    aead.seal(session.sending(), sealed);
  }

  /// Sends one of the messages sealed last.
  ///
  /// @return whether the kernel took it
  boolean send(int number) {
    return socket.send(sends, number, number + 1) > 0;
  }

  @Override
  public void close() {
    socket.close();
    sends.close();
    memory.close();
    identity.close();
    TransportKeys session = keys;
    if (session != null) {
      session.close();
    }
  }
}
