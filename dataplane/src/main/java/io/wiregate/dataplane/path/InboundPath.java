package io.wiregate.dataplane.path;

import io.wiregate.dataplane.offload.InnerPacket;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.session.IndexEntry;
import io.wiregate.dataplane.session.IndexTable;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.Session;
import io.wiregate.dataplane.wire.MessageType;
import io.wiregate.dataplane.wire.TransportMessage;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.crypto.Aead;
import io.wiregate.os.crypto.AeadBatch;
import io.wiregate.os.udp.ReceiveBatch;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpSocket;
import org.jspecify.annotations.Nullable;

/// From UDP to TUN. Owner: one worker thread, for all its interfaces. Steps of the walk:
///
/// 1. parse: what kind of message; handshakes leave here, to threads of their own
/// 2. session by receiver index, of this interface and not too old
/// 3. open: decrypt all packets of one session that came together
/// 4. replay window; only now is the packet *authenticated*
/// 5. confirm, roam, timers
/// 6. inner header: IPv4 or IPv6, as long as it says; what the outer one says of congestion
/// 7. allowed-ips: may this peer have this source address
/// 8. TUN: [InboundPackets] merges what is of one flow
///
/// Nothing about a peer changes before step 5.
public final class InboundPath {
  private static final int SLOTS = 64;

  /// Slots offered while messages are large: so much fits the processor's cache.
  private static final int SLOTS_FOR_LARGE = 8;

  private static final int LARGE = 16384;

  private static final int BATCH = 128;

  private final Aead aead;
  private final IndexTable indices;
  private final int worker;
  private final HandshakeSink handshakes;
  private final MisdirectedSink misdirected;
  private final ReceiveBatch received = new ReceiveBatch(SLOTS);
  private final AeadBatch batch;
  private final InboundPackets packets;
  private int slots = SLOTS;

  // The packets of one session that wait for step 3.
  private @Nullable Session session;
  private @Nullable IndexEntry entry;

  // Where the message came from: `received` and a number in it, or an endpoint if it was handed
  // over.
  private int message;
  private @Nullable UdpEndpoint handedOverFrom;

  /// Of the message, and thus of each datagram in it.
  private int trafficClass;

  /// @param aead for opening; closed with this object
  /// @param indices the receiver indices that name this worker
  public InboundPath(
      Aead aead,
      IndexTable indices,
      int worker,
      HandshakeSink handshakes,
      MisdirectedSink misdirected) {
    this.aead = aead;
    this.indices = indices;
    this.worker = worker;
    this.handshakes = handshakes;
    this.misdirected = misdirected;
    this.batch = new AeadBatch(BATCH, received.data());
    this.packets = new InboundPackets();
  }

  /// Carries what one system call brings.
  ///
  /// @return whether there may be more
  public boolean run(QueuePair pair, UdpSocket socket, long now) {
    int count = socket.receive(received, slots);
    if (count <= 0) {
      return false;
    }
    begin(pair, received.data(), now);
    long bytes = 0;
    for (int i = 0; i < count; i++) {
      message = i;
      trafficClass = received.trafficClass(i);
      bytes += received.length(i);
      receive(pair, received.data(), received.offset(i), received.length(i), now);
    }
    packets.flush(pair, received.data());
    boolean more = count == slots;
    slots = bytes > (long) LARGE * count ? SLOTS_FOR_LARGE : SLOTS;
    return more;
  }

  /// Carries a datagram that another worker received.
  ///
  /// @param outerClass its traffic class
  public void runHandedOver(
      QueuePair pair, NativeBuffer data, int length, UdpEndpoint from, int outerClass, long now) {
    handedOverFrom = from;
    trafficClass = outerClass;
    begin(pair, data, now);
    classify(pair, data, 0, length, now);
    openPending(pair, data, now);
    packets.flush(pair, data);
    handedOverFrom = null;
  }

  private void begin(QueuePair pair, NativeBuffer data, long now) {
    packets.begin(pair, data, now);
    batch.begin(data, data);
  }

  /// One message: one datagram, or several of the same size from the same place.
  private void receive(QueuePair pair, NativeBuffer data, int offset, int length, long now) {
    if (received.isTruncated(message)) {
      pair.counters().count(Outcome.IN_MALFORMED);
      return;
    }
    int size = received.segmentSize(message);
    int at = 0;
    do { // once for a datagram of no bytes too
      classify(pair, data, offset + at, Math.min(size, length - at), now);
      at += size;
    } while (at < length);
    openPending(pair, data, now);
  }

  /// Steps 1 and 2 for one datagram.
  private void classify(QueuePair pair, NativeBuffer data, int at, int length, long now) {
    if (!TransportMessage.is(data, at, length)) { // 1
      leave(pair, data, at, length, now);
      return;
    }
    int index = TransportMessage.receiver(data, at);
    if (IndexTable.workerOf(index) != worker) {
      handOver(pair, data, at, length, index);
      return;
    }
    IndexEntry found = entry; // 2
    if (found == null || found.index() != index) {
      openPending(pair, data, now);
      found = indices.lookup(index);
      if (!select(pair, found, now)) {
        return;
      }
    } else if (batch.isFull()) {
      openPending(pair, data, now);
      if (!select(pair, found, now)) {
        return;
      }
    }
    int sealed = at + TransportMessage.HEADER_SIZE;
    batch.add(
        sealed, length - TransportMessage.HEADER_SIZE, sealed, TransportMessage.counter(data, at));
  }

  /// Makes an index's session the one that the next packets are for.
  private boolean select(QueuePair pair, @Nullable IndexEntry found, long now) {
    Session of = found == null ? null : found.session();
    if (found == null || of == null || found.peer().table() != pair.peers()) {
      pair.counters().count(Outcome.IN_NO_SESSION);
      return false;
    }
    if (!of.mayReceive(now)) {
      pair.counters().count(Outcome.IN_SESSION_EXPIRED);
      return false;
    }
    entry = found;
    session = of;
    return true;
  }

  private void leave(QueuePair pair, NativeBuffer data, int at, int length, long now) {
    if (MessageType.of(data, at, length) == MessageType.NONE) {
      pair.counters().count(HandshakeSink.malformed(data, at, length));
    } else if (handedOverFrom == null) {
      Outcome refused = handshakes.offer(pair.peers(), data, at, length, received, message, now);
      if (refused != null) {
        pair.counters().count(refused);
      }
    }
  }

  private void handOver(QueuePair pair, NativeBuffer data, int at, int length, int index) {
    UdpEndpoint from = handedOverFrom != null ? handedOverFrom : received.endpoint(message);
    int to = IndexTable.workerOf(index);
    if (handedOverFrom != null
        || !misdirected.hand(to, pair.peers(), data, at, length, from, trafficClass)) {
      pair.counters().count(Outcome.IN_NO_SESSION);
    }
  }

  /// Steps 3 to 8 for the packets that wait.
  private void openPending(QueuePair pair, NativeBuffer data, long now) {
    Session of = session;
    if (of != null && batch.count() > 0) {
      aead.open(of.receivingKey(), batch); // 3
      deliver(pair, of, data, now);
    }
    batch.begin(data, data);
    session = null;
    entry = null;
  }

  private void deliver(QueuePair pair, Session of, NativeBuffer data, long now) {
    long bytes = 0;
    boolean any = false;
    boolean anyData = false;
    for (int i = 0; i < batch.count(); i++) {
      if (!batch.isAuthentic(i)) {
        pair.counters().count(Outcome.IN_NOT_AUTHENTIC);
      } else if (!of.replayWindow().accept(batch.counter(i))) { // 4
        pair.counters().count(Outcome.IN_REPLAYED);
      } else {
        any = true;
        bytes += batch.length(i) + TransportMessage.HEADER_SIZE;
        int length = batch.length(i) - Aead.TAG_SIZE;
        anyData |= length > 0;
        Outcome outcome = forward(pair, of.peer(), data, batch.outputOffset(i), length);
        if (outcome != Outcome.IN_FORWARDED) { // those are counted when they have left
          pair.counters().count(outcome);
        }
      }
    }
    if (any) {
      onAuthenticated(of, bytes, anyData, now); // 5
    }
  }

  /// Steps 6 to 8 for one authenticated packet.
  private Outcome forward(QueuePair pair, Peer peer, NativeBuffer data, int at, int length) {
    if (length == 0) {
      return Outcome.IN_KEEPALIVE;
    }
    int trimmed = InnerPacket.trimmedLength(data, at, length); // 6
    if (trimmed < 0) {
      return Outcome.IN_BAD_INNER_PACKET;
    }
    if (!InnerPacket.decapsulateEcn(data, at, trafficClass)) {
      return Outcome.IN_CE_ON_NOT_ECT;
    }
    if (sourcePeer(pair, data, at) != peer) { // 7
      return Outcome.IN_SOURCE_NOT_ALLOWED;
    }
    packets.add(pair, data, at, trimmed); // 8
    return Outcome.IN_FORWARDED;
  }

  private static @Nullable Peer sourcePeer(QueuePair pair, NativeBuffer data, int at) {
    if (InnerPacket.version(data, at) == 4) {
      return pair.peerOfV4(InnerPacket.sourceV4(data, at));
    }
    return pair.peerOfV6(InnerPacket.sourceV6High(data, at), InnerPacket.sourceV6Low(data, at));
  }

  /// What an authenticated message changes, once for all that came together.
  private void onAuthenticated(Session of, long bytes, boolean anyData, long now) {
    Peer peer = of.peer();
    if (!of.isConfirmed() && peer.confirm(of)) {
      peer.onHandshakeComplete(now);
      peer.request(Peer.SEND_STAGED);
    }
    roam(peer);
    peer.countReceived(bytes);
    peer.timers().onAnyAuthenticatedReceived(now);
    if (anyData) {
      peer.timers().onDataReceived(now);
    }
    peer.onTimersChanged();
    if (peer.wantsRenewalAfterReceiving(now)) {
      peer.wantHandshake(now);
    }
  }

  /// The peer is where its last authenticated message came from.
  private void roam(Peer peer) {
    UdpEndpoint known = peer.endpoint();
    UdpEndpoint from = handedOverFrom;
    if (from != null) {
      if (!from.equals(known)) {
        peer.where().onHeardFrom(from);
      }
    } else if (known == null || (!received.isFrom(message, known) && !isAvoided(peer, known))) {
      peer.where().onHeardFrom(received.endpoint(message));
    }
  }

  /// Whether the peer is where it was, and only wrote to an address that it is not answered from.
  private boolean isAvoided(Peer peer, UdpEndpoint known) {
    UdpEndpoint avoided = peer.where().avoided();
    return avoided != null && received.isFrom(message, avoided) && avoided.hasRemoteOf(known);
  }

  /// Wipes the copy of the key that was used last.
  public void forgetKey() {
    aead.forget();
  }

  public void close() {
    aead.close();
    received.close();
    packets.close();
  }
}
