package io.wiregate.dataplane.path;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.Session;
import io.wiregate.dataplane.wire.TransportMessage;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.crypto.Aead;
import io.wiregate.os.crypto.AeadBatch;
import io.wiregate.os.udp.SendBatch;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpSocket;
import org.jspecify.annotations.Nullable;

/// Inner packets on their way to being UDP messages: each is put at its final place, behind room
/// for the header; those of one peer, traffic class and size make one message, which is sealed in
/// place when it is complete. Owner: one worker thread.
final class OutboundMessages {
  /// Room for four full messages: what is sealed is still in the processor's cache when the kernel
  /// copies it.
  private static final int MEMORY_SIZE = 4 * 65536;

  private static final int OVERHEAD = TransportMessage.HEADER_SIZE + Aead.TAG_SIZE;
  private static final int PADDING_UNIT = 16;

  private final Aead aead;
  private final NativeBuffer memory = NativeBuffer.allocate(MEMORY_SIZE);
  private final AeadBatch batch = new AeadBatch(SendBatch.MAX_SEGMENTS, memory);
  private final Transmitter transmitterV4;
  private final Transmitter transmitterV6;

  // The message that grows.
  private @Nullable Peer peer;
  private @Nullable Session session;
  private @Nullable UdpEndpoint endpoint;
  private @Nullable QueuePair pair;
  private int trafficClass;
  private boolean fragments;
  private boolean carriesData;
  private int start;
  private int end;
  private int segmentSize;
  private int maxSegments;

  OutboundMessages(Aead aead) {
    this.aead = aead;
    transmitterV4 = new Transmitter();
    transmitterV6 = new Transmitter();
    batch.begin(memory, memory);
  }

  /// Says for whom the packets that follow are.
  ///
  /// @param trafficClass of their datagrams: a message has one
  /// @param fragments whether their datagrams may be sent in fragments
  @SuppressWarnings(
      "ReferenceEquality") // an endpoint that is equal but another object may be taken anew
  void begin(
      QueuePair pair,
      Peer peer,
      Session session,
      UdpEndpoint endpoint,
      int trafficClass,
      boolean fragments,
      long now) {
    if (this.session == session
        && this.endpoint == endpoint
        && this.trafficClass == trafficClass
        && this.fragments == fragments) {
      return;
    }
    complete(now);
    this.trafficClass = trafficClass;
    this.fragments = fragments;
    if (this.pair != pair) {
      flush(now);
    }
    this.pair = pair;
    this.peer = peer;
    this.session = session;
    this.endpoint = endpoint;
    UdpSocket socket = pair.socket(endpoint.isV6());
    boolean segments =
        socket != null
            && transmitter(endpoint).takesSegments(socket)
            && peer.where().takesSegments(now);
    maxSegments = segments ? SendBatch.MAX_SEGMENTS : 1;
  }

  NativeBuffer memory() {
    return memory;
  }

  /// Where in [#memory] the next inner packet of `length` bytes is to be put.
  int reserve(int length, long now) {
    if (end + length + OVERHEAD + PADDING_UNIT > memory.size()) {
      sendAll(now);
    }
    return end + TransportMessage.HEADER_SIZE;
  }

  /// Takes the inner packet that was put where [#reserve] said.
  ///
  /// @param isData false for a keepalive
  void add(int length, boolean isData, long now) {
    QueuePair at = pair;
    if (at == null) {
      return;
    }
    int padded = padded(length, at.mtu());
    int size = padded + OVERHEAD;
    if (batch.count() > 0 && !fits(size)) {
      // The packet stays where it is: the message that is complete ends where it begins.
      complete(now);
    }
    if (batch.count() == 0) {
      segmentSize = size;
    }
    int inner = end + TransportMessage.HEADER_SIZE;
    if (padded > length) {
      memory.wipe(inner + length, padded - length);
    }
    batch.add(inner, padded, inner, 0);
    end += size;
    carriesData |= isData;
    if (size < segmentSize || batch.count() == maxSegments) {
      complete(now);
    }
  }

  /// Whether one more datagram of `size` bytes may join the message.
  private boolean fits(int size) {
    return size <= segmentSize && end - start + size <= SendBatch.MAX_PAYLOAD;
  }

  /// The paper pads to a multiple of 16 (5.4.6), the kernel never past the MTU.
  static int padded(int length, int mtu) {
    int lastUnit = mtu > 0 && length > mtu ? length % mtu : length;
    int rounded = (lastUnit + PADDING_UNIT - 1) & -PADDING_UNIT;
    return length + (mtu > 0 ? Math.max(0, Math.min(mtu, rounded) - lastUnit) : rounded - lastUnit);
  }

  /// Numbers and seals the message that grows, and queues it.
  private void complete(long now) {
    Session under = session;
    Peer to = peer;
    UdpEndpoint where = endpoint;
    QueuePair through = pair;
    int count = batch.count();
    if (count > 0 && under != null && to != null && where != null && through != null) {
      long first = under.reserveCounters(count);
      if (Session.isExhausted(first, count)) {
        through.counters().count(Outcome.OUT_SESSION_EXHAUSTED, count);
        end = start;
      } else {
        seal(under, first, count);
        queue(to, where, now);
        report(to, under, now);
      }
    }
    batch.begin(memory, memory);
    start = end;
    carriesData = false;
  }

  private void seal(Session under, long first, int count) {
    batch.numberFrom(first);
    for (int i = 0; i < count; i++) {
      int header = batch.inputOffset(i) - TransportMessage.HEADER_SIZE;
      TransportMessage.putHeader(memory, header, under.remoteIndex(), first + i);
    }
    aead.seal(under.sendingKey(), batch);
  }

  private void queue(Peer to, UdpEndpoint where, long now) {
    Transmitter transmitter = transmitter(where);
    if (transmitter.isFull()) {
      transmit(now);
    }
    transmitter.add(to, where, memory, start, end - start, segmentSize, trafficClass, fragments);
  }

  private void report(Peer to, Session under, long now) {
    to.countSent(end - start);
    to.timers().onAnyAuthenticatedSent(now);
    if (carriesData) {
      to.timers().onDataSent(now);
    }
    to.onTimersChanged();
    if (under.wantsRenewalAfterSending(now)) {
      to.wantHandshake(now);
    }
  }

  private Transmitter transmitter(UdpEndpoint where) {
    return where.isV6() ? transmitterV6 : transmitterV4;
  }

  private void transmit(long now) {
    QueuePair through = pair;
    if (through != null) {
      transmitterV4.flush(through.socket(false), through.counters(), now);
      transmitterV6.flush(through.socket(true), through.counters(), now);
    }
  }

  private void sendAll(long now) {
    complete(now);
    transmit(now);
    start = 0;
    end = 0;
  }

  /// Seals and sends everything, and lets go of the peer.
  void flush(long now) {
    sendAll(now);
    peer = null;
    session = null;
    endpoint = null;
    pair = null;
  }

  void forgetKey() {
    aead.forget();
  }

  void close() {
    aead.close();
    memory.close();
    transmitterV4.close();
    transmitterV6.close();
  }
}
