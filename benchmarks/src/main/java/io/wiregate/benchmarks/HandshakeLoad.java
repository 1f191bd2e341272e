package io.wiregate.benchmarks;

import io.wiregate.dataplane.Engines;
import io.wiregate.dataplane.noise.Handshake;
import io.wiregate.dataplane.noise.HandshakeCrypto;
import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.noise.RemoteStatic;
import io.wiregate.dataplane.noise.StaticIdentity;
import io.wiregate.dataplane.noise.Tai64n;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.wire.CookieReplyMessage;
import io.wiregate.dataplane.wire.InitiationMessage;
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
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/// Real initiations of thousands of peers, each from an address of its own, sent as fast as they
/// are answered; see `benchmarks/handshakes`.
///
/// ```
///   HandshakeLoad INTERFACE PID ADDRESS PEERS WARM_UP ROUNDS WINDOW
/// ```
///
/// Configures the interface, which the process `PID` serves at `ADDRESS`. In a round every peer
/// begins one handshake. All messages are made before the first is sent. Prints responses per
/// second, the process's ns of processor time (all, user, system) per response, the share of one
/// processor that it used in percent, messages that were not answered, cookies in place of answers,
/// how many responses of the last round were verified to the end, of how many, and ms from the very
/// first initiation to the first answer.
final class HandshakeLoad {
  private static final int PORT = 51820;
  private static final int FIRST_SOURCE = 0xc612_0000; // 198.18.0.0/15, RFC 2544
  private static final int SOCKET_BUFFER = 8 << 20;
  private static final int STRIDE = 160;

  /// Silence after which what is under way counts as lost.
  private static final long LOST_NANOS = 300_000_000;

  private final SecureRandom random = new SecureRandom();
  private final Engines engines = Engines.select(null);
  private final HandshakeCrypto crypto =
      new HandshakeCrypto(engines.aead().newAead(), engines.x25519(), random);
  private final PrivateKey gatewayKey = PrivateKey.generate(random, engines.x25519());
  private final List<Handshake> handshakes = new ArrayList<>();
  private final List<PublicKey> keys = new ArrayList<>();
  private final List<UdpEndpoint> routes = new ArrayList<>();
  private final int peers;
  private final int messages;
  private final int window;
  private final NativeBuffer initiations;

  // Of the exchange.
  private final BitSet settled;
  private final byte[][] lastResponses;
  private int sent;
  private int underWay;

  /// Messages before this one are not waited for any more.
  private int abandoned;

  private long firstAnswerNanos;

  // Of the messages that count.
  private final int warmUp;
  private int answers;
  private int cookies;

  private HandshakeLoad(IpAddress gateway, int peers, int warmUp, int rounds, int window) {
    this.peers = peers;
    this.warmUp = peers * warmUp;
    this.window = window;
    messages = peers * rounds;
    initiations = NativeBuffer.allocate(messages * STRIDE);
    settled = new BitSet(messages);
    lastResponses = new byte[peers][];
    PublicKey gatewayPublic = gatewayKey.publicKey();
    for (int i = 0; i < peers; i++) {
      StaticIdentity identity = new StaticIdentity(PrivateKey.generate(random, engines.x25519()));
      keys.add(identity.publicKey());
      handshakes.add(
          new Handshake(
              new RemoteStatic(identity, gatewayPublic, PresharedKey.none(), engines.x25519())));
      routes.add(new UdpEndpoint(gateway, PORT, 0, IpAddress.v4(FIRST_SOURCE + 1 + i), 0));
    }
    long first = Instant.now().getEpochSecond() - rounds;
    byte[] message = new byte[InitiationMessage.SIZE];
    for (int number = 0; number < messages; number++) {
      Tai64n stamp = Tai64n.whitened(first + number / peers, 0);
      Handshake handshake = handshakes.get(number % peers);
      if (!handshake.createInitiation(number, stamp, System.nanoTime(), message, crypto)) {
        throw new IllegalStateException("no initiation");
      }
      initiations.copyFrom(number * STRIDE, message, 0, message.length);
    }
  }

  public static void main(String[] arguments) throws IOException, OsException {
    if (arguments.length != 7) {
      throw new IllegalArgumentException(
          "HandshakeLoad INTERFACE PID ADDRESS PEERS WARM_UP ROUNDS WINDOW");
    }
    int peers = Integer.parseInt(arguments[3]);
    int warmUp = Integer.parseInt(arguments[4]);
    int rounds = warmUp + Integer.parseInt(arguments[5]);
    HandshakeLoad load =
        new HandshakeLoad(
            IpAddress.parse(arguments[2]), peers, warmUp, rounds, Integer.parseInt(arguments[6]));
    ServedInterface served = new ServedInterface(arguments[0]);
    served.configure(load.gatewayKey, PORT);
    served.addPeers(1, load.keys);
    load.run(Long.parseLong(arguments[1]));
  }

  private void run(long pid) throws IOException, OsException {
    try (UdpSocket socket = UdpSocket.open(false, UdpOffloads.NONE, SOCKET_BUFFER);
        SendBatch sends = new SendBatch(window);
        ReceiveBatch received = new ReceiveBatch(window, 2048)) {
      socket.bind(0);
      long first = System.nanoTime();
      exchange(socket, sends, received, warmUp);
      ProcessorUse before = ProcessorUse.of(pid);
      long start = System.nanoTime();
      exchange(socket, sends, received, messages);
      double seconds = (System.nanoTime() - start) / 1e9;
      ProcessorUse used = ProcessorUse.of(pid).since(before);
      double count = answers;
      System.out.printf(
          "%.0f %.0f %.0f %.0f %.0f %d %d %d %d %.1f%n",
          count / seconds,
          used.nanos() / count,
          used.userNanos() / count,
          used.systemNanos() / count,
          used.nanos() / 1e7 / seconds,
          messages - warmUp - answers - cookies,
          cookies,
          verified(),
          peers,
          (firstAnswerNanos - first) / 1e6);
      used.printThreads(count);
    }
  }

  /// Sends up to before message `end`, and waits until nothing is under way.
  private void exchange(UdpSocket socket, SendBatch sends, ReceiveBatch received, int end) {
    long heard = System.nanoTime();
    while (sent < end || underWay > 0) {
      while (underWay < window && sent < end) {
        sends.add(
            routes.get(sent % peers),
            initiations,
            sent * STRIDE,
            InitiationMessage.SIZE,
            InitiationMessage.SIZE,
            0);
        sent++;
        underWay++;
      }
      for (int first = 0; first < sends.count(); ) {
        first += Math.max(1, socket.send(sends, first)); // what is refused counts as lost
      }
      sends.clear();
      int count = socket.receive(received);
      long now = System.nanoTime();
      for (int i = 0; i < count; i++) {
        take(received.data(), received.offset(i), received.length(i));
        heard = now;
      }
      if (now - heard > LOST_NANOS) {
        underWay = 0;
        abandoned = sent;
        heard = now;
      }
    }
  }

  private void take(NativeBuffer data, int offset, int length) {
    int type = MessageType.of(data, offset, length);
    boolean isResponse = type == MessageType.RESPONSE;
    if (!isResponse && type != MessageType.COOKIE_REPLY) {
      return;
    }
    int receiver = isResponse ? ResponseMessage.RECEIVER : CookieReplyMessage.RECEIVER;
    int index = data.getIntLittleEndian(offset + receiver);
    if (index < 0 || index >= sent || settled.get(index)) {
      return;
    }
    settled.set(index);
    if (index >= abandoned) {
      underWay--;
    }
    if (firstAnswerNanos == 0) {
      firstAnswerNanos = System.nanoTime();
    }
    if (index >= warmUp && isResponse) {
      answers++;
    } else if (index >= warmUp) {
      cookies++;
    }
    if (isResponse && index >= messages - peers) {
      lastResponses[index % peers] = data.toArray(offset, length);
    }
  }

  private int verified() {
    int verified = 0;
    for (int i = 0; i < peers; i++) {
      if (lastResponses[i] != null
          && handshakes.get(i).consumeResponse(lastResponses[i], crypto)
              == Outcome.HANDSHAKE_COMPLETED) {
        verified++;
      }
    }
    return verified;
  }
}
