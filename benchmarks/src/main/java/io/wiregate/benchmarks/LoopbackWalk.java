package io.wiregate.benchmarks;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.path.InboundPath;
import io.wiregate.dataplane.path.OutboundPath;
import io.wiregate.dataplane.path.QueuePair;
import io.wiregate.dataplane.session.IndexEntry;
import io.wiregate.dataplane.session.IndexPermutation;
import io.wiregate.dataplane.session.IndexTable;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.dataplane.session.Session;
import io.wiregate.dataplane.wire.TransportMessage;
import io.wiregate.os.BootClock;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.crypto.Aead;
import io.wiregate.os.crypto.AeadBatch;
import io.wiregate.os.crypto.AeadEngine;
import io.wiregate.os.crypto.AeadEngines;
import io.wiregate.os.crypto.AeadKey;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.tun.PacketSockets;
import io.wiregate.os.tun.TunOffloads;
import io.wiregate.os.tun.TunQueue;
import io.wiregate.os.udp.ReceiveBatch;
import io.wiregate.os.udp.SendBatch;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpOffloads;
import io.wiregate.os.udp.UdpSocket;
import java.util.ArrayList;
import java.util.List;

/// [OutboundPath] and [InboundPath] as one worker has them, over loopback, with what feeds them and
/// takes their output away. [PacketSockets] stands in for the TUN interface, so that it needs no
/// root.
///
/// Owner: one thread.
final class LoopbackWalk implements AutoCloseable {
  private static final int DATAGRAM = TestPackets.MTU + TransportMessage.OVERHEAD;
  private static final int RECEIVE_BUFFER = 7 << 20;
  private static final int LOCALHOST = 0x7f00_0001;

  private final BootClock clock = new BootClock();
  private final NativeBuffer scratch = NativeBuffer.allocate(1 << 17);
  private final SendBatch sends = new SendBatch(1);
  private final ReceiveBatch received = new ReceiveBatch(64);
  private final AeadEngine engine = AeadEngines.select(null).engine();
  private final AeadKey key = zeros();
  private final PeerTable peers = new PeerTable(0);
  private final IndexTable indices =
      new IndexTable(new IndexPermutation(new byte[IndexPermutation.KEY_SIZE]), 0, 0);
  private final List<Session> sessions = new ArrayList<>();
  private final List<Arrival> arrivals = new ArrayList<>();
  private final int segments;
  private final NativeBuffer large;
  private final PacketSockets sockets;
  private final TunQueue near;
  private final TunQueue far;
  private final UdpSocket ours;
  private final UdpSocket theirs;
  private final UdpEndpoint toUs;
  private final UdpEndpoint toThem;
  private final QueuePair pair;
  private final InboundPath inbound;
  private final OutboundPath outbound;
  private long forwarded;

  /// @param segments of each packet
  LoopbackWalk(int segments) throws OsException {
    this.segments = segments;
    large = TestPackets.large(segments);
    sockets = new PacketSockets();
    near = sockets.near();
    far = sockets.far();
    ours = UdpSocket.open(false, UdpOffloads.ALL, RECEIVE_BUFFER);
    ours.bind(0);
    // Nobody reads it: the kernel drops whole messages once its small buffer is full.
    theirs = UdpSocket.open(false, UdpOffloads.ALL, 1);
    theirs.bind(0);
    toUs = UdpEndpoint.of(IpAddress.v4(LOCALHOST), ours.localPort());
    toThem = UdpEndpoint.of(IpAddress.v4(LOCALHOST), theirs.localPort());
    pair =
        new QueuePair(
            peers,
            near,
            List.of(near),
            TunOffloads.ALL,
            (packet, offset, length) -> false,
            TestPackets.MTU);
    pair.setSockets(ours, null);
    outbound = new OutboundPath(engine.newAead());
    inbound =
        new InboundPath(
            engine.newAead(),
            indices,
            0,
            (from, data, offset, length, batch, index, now) -> Outcome.HANDSHAKE_QUEUE_FULL,
            (worker, through, data, offset, length, from, trafficClass) -> false);
  }

  private static AeadKey zeros() {
    return AeadKey.of(new byte[AeadKey.SIZE], 0);
  }

  /// Where peers are to be added.
  PeerTable peers() {
    return peers;
  }

  /// What arrives under a session, in memory of its own.
  private record Arrival(Session session, NativeBuffer message) {}

  /// Gives a peer of the table a session, and makes what arrives under it.
  ///
  /// @param source an address that is the peer's
  /// @param copies of what arrives, each in memory of its own
  void begin(Peer peer, int source, int copies) {
    peer.where().set(toThem);
    IndexEntry entry = indices.allocate(peer);
    if (entry == null) {
      throw new IllegalStateException("no index");
    }
    Session session = new Session(entry, 1, true, clock.nanos(), zeros(), zeros());
    peer.begin(session);
    sessions.add(session);
    for (int i = 0; i < copies; i++) {
      arrivals.add(new Arrival(session, seal(entry.index(), source)));
    }
  }

  private NativeBuffer seal(int receiver, int source) {
    NativeBuffer message = NativeBuffer.allocate(segments * DATAGRAM);
    int header = TransportMessage.HEADER_SIZE;
    TestPackets.putSegments(source, message, header, DATAGRAM, segments);
    AeadBatch batch = new AeadBatch(segments, message);
    for (int i = 0; i < segments; i++) {
      int at = i * DATAGRAM;
      TransportMessage.putHeader(message, at, receiver, i);
      batch.add(at + header, TestPackets.MTU, at + header, i);
    }
    try (Aead aead = engine.newAead()) {
      aead.seal(key, batch);
    }
    return message;
  }

  /// A packet goes out.
  ///
  /// @param destination an address of a peer that has a session
  long outbound(int destination) {
    TestPackets.putDestination(large, destination);
    long now = clock.nanos();
    far.write(large, 0, large.size());
    outbound.run(pair, now);
    return expect(Outcome.OUT_FORWARDED);
  }

  /// A packet comes in.
  ///
  /// @param number of what arrives: all copies of the session that began first, then those of the
  ///   next
  long inbound(int number) {
    Arrival arrival = arrivals.get(number);
    // It is the same message each time.
    arrival.session().replayWindow().clear();
    long now = clock.nanos();
    send(arrival.message(), toUs);
    inbound.run(pair, ours, now);
    expect(Outcome.IN_FORWARDED);
    return far.read(scratch, 0, scratch.size());
  }

  /// The system calls of [#outbound] alone.
  int outboundPlumbing() {
    far.write(large, 0, large.size());
    int length = near.read(scratch, 0, scratch.size());
    send(arrivals.getFirst().message(), toThem);
    return length + near.read(scratch, 0, scratch.size());
  }

  /// The system calls of [#inbound] alone.
  int inboundPlumbing() {
    send(arrivals.getFirst().message(), toUs);
    int count = ours.receive(received, 8);
    near.write(large, 0, large.size());
    return count + far.read(scratch, 0, scratch.size());
  }

  private void send(NativeBuffer message, UdpEndpoint to) {
    sends.clear();
    sends.add(to, message, 0, message.size(), DATAGRAM, 0);
    ours.send(sends, 0);
  }

  private long expect(Outcome outcome) {
    long count = pair.counters().get(outcome);
    if (count != forwarded + segments) {
      throw new IllegalStateException(outcome + ": " + (count - forwarded));
    }
    forwarded = count;
    return count;
  }

  @Override
  public void close() {
    inbound.close();
    outbound.close();
    ours.close();
    theirs.close();
    sockets.close();
    sessions.forEach(Session::wipe);
    arrivals.forEach(arrival -> arrival.message().close());
    key.close();
    large.close();
    scratch.close();
    sends.close();
    received.close();
    clock.close();
  }
}
