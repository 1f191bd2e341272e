package io.wiregate.benchmarks;

import io.wiregate.dataplane.noise.Handshake;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.noise.StaticIdentity;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.wire.CookieReplyMessage;
import io.wiregate.dataplane.wire.MessageType;
import io.wiregate.dataplane.wire.ResponseMessage;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.udp.ReceiveBatch;
import io.wiregate.os.udp.SendBatch;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpOffloads;
import io.wiregate.os.udp.UdpSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// Peers that have never been here and want in, each from an address of its own. As the protocol
/// has it they try again 5 s after an initiation that was not answered, with the cookie that they
/// were sent meanwhile (paper, 6.4 and 6.6). Owner: one thread.
final class Newcomers {
  private static final long RETRY_NANOS = 5_000_000_000L;
  private static final long APART_NANOS = 150_000_000L;
  private static final long NEVER = Long.MAX_VALUE;
  private static final int SOCKET_BUFFER = 1 << 20;

  private final StrangersMessages messages;
  private final List<Newcomer> all = new ArrayList<>();

  private final class Newcomer {
    final StaticIdentity identity = messages.newIdentity();
    final Handshake handshake = messages.initiator(identity);
    final UdpEndpoint route;
    final int index;
    long begun = NEVER;
    long next;
    long tookNanos = NEVER;

    Newcomer(UdpEndpoint route, int index) {
      this.route = route;
      this.index = index;
    }
  }

  /// @param firstSource the address of the first of them
  Newcomers(StrangersMessages messages, int count, IpAddress gateway, int port, int firstSource) {
    this.messages = messages;
    for (int i = 0; i < count; i++) {
      IpAddress source = IpAddress.v4(firstSource + i);
      all.add(new Newcomer(new UdpEndpoint(gateway, port, 0, source, 0), i));
    }
  }

  List<PublicKey> keys() {
    return all.stream().map(newcomer -> newcomer.identity.publicKey()).toList();
  }

  /// Lets them try, one after the other, until all are in or the time is over.
  void run(long untilNanos) throws OsException {
    try (UdpSocket socket = UdpSocket.open(false, UdpOffloads.NONE, SOCKET_BUFFER);
        SendBatch sends = new SendBatch(1);
        ReceiveBatch received = new ReceiveBatch(16, 2048);
        NativeBuffer memory = NativeBuffer.allocate(256)) {
      socket.bind(0);
      long start = System.nanoTime();
      for (Newcomer newcomer : all) {
        newcomer.next = start + newcomer.index * APART_NANOS;
      }
      long now = start;
      while (now < untilNanos && all.stream().anyMatch(n -> n.tookNanos == NEVER)) {
        for (Newcomer newcomer : all) {
          if (newcomer.tookNanos == NEVER && now >= newcomer.next) {
            newcomer.begun = Math.min(newcomer.begun, now);
            newcomer.next = now + RETRY_NANOS;
            byte[] message = messages.initiation(newcomer.handshake, newcomer.index);
            memory.copyFrom(0, message, 0, message.length);
            sends.clear();
            sends.add(newcomer.route, memory, 0, message.length, message.length, 0);
            int _ = socket.send(sends, 0); // what is lost is repeated
          }
        }
        int count = socket.receive(received);
        now = System.nanoTime();
        for (int i = 0; i < count; i++) {
          take(received.data().toArray(received.offset(i), received.length(i)), now);
        }
        LockSupport.parkNanos(500_000);
      }
    }
  }

  private void take(byte[] message, long now) {
    int type = MessageType.of(message);
    int index =
        switch (type) {
          case MessageType.RESPONSE -> ResponseMessage.receiver(message);
          case MessageType.COOKIE_REPLY -> CookieReplyMessage.receiver(message);
          default -> -1;
        };
    if (index < 0 || index >= all.size()) {
      return;
    }
    Newcomer newcomer = all.get(index);
    if (type == MessageType.COOKIE_REPLY) {
      Outcome _ = newcomer.handshake.consumeCookieReply(message, now); // what fails is repeated
    } else if (newcomer.tookNanos == NEVER
        && newcomer.handshake.consumeResponse(message, messages.crypto())
            == Outcome.HANDSHAKE_COMPLETED) {
      newcomer.tookNanos = now - newcomer.begun;
    }
  }

  int count() {
    return all.size();
  }

  /// Seconds from the first initiation to the response of those that are in, in ascending order.
  List<Double> seconds() {
    return all.stream()
        .filter(newcomer -> newcomer.tookNanos != NEVER)
        .map(newcomer -> newcomer.tookNanos / 1e9)
        .sorted()
        .toList();
  }
}
