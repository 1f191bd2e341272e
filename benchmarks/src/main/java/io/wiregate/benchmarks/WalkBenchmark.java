package io.wiregate.benchmarks;

import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.path.InboundPath;
import io.wiregate.dataplane.path.OutboundPath;
import io.wiregate.dataplane.path.QueuePair;
import io.wiregate.dataplane.session.IndexEntry;
import io.wiregate.dataplane.session.IndexPermutation;
import io.wiregate.dataplane.session.IndexTable;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerEvents;
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
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.tun.PacketSockets;
import io.wiregate.os.tun.TunOffloads;
import io.wiregate.os.tun.TunQueue;
import io.wiregate.os.udp.ReceiveBatch;
import io.wiregate.os.udp.SendBatch;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpOffloads;
import io.wiregate.os.udp.UdpSocket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// The whole walk of a packet through [OutboundPath] and [InboundPath], system calls included:
/// [TestPackets#SEGMENTS] full TCP segments an invocation, over loopback. [PacketSockets] stands in
/// for the TUN interface.
///
/// [#outbound] and [#inbound] include what feeds the walk and takes its output away; the two
/// `...Plumbing` do only that, with the same system calls and sizes, so the difference is what our
/// own code costs.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class WalkBenchmark {
  private static final int DATAGRAM = TestPackets.MTU + TransportMessage.OVERHEAD;
  private static final int RECEIVE_BUFFER = 7 << 20;
  private static final int LOCALHOST = 0x7f00_0001;

  private final BootClock clock = new BootClock();
  private final NativeBuffer large = TestPackets.large(TestPackets.SEGMENTS);
  private final NativeBuffer scratch = NativeBuffer.allocate(1 << 17);
  private final NativeBuffer message = NativeBuffer.allocate(TestPackets.SEGMENTS * DATAGRAM);
  private final SendBatch sends = new SendBatch(1);
  private final AeadKey key = AeadKey.of(new byte[AeadKey.SIZE], 0);

  private PacketSockets sockets;
  private TunQueue near;
  private TunQueue far;
  private UdpSocket ours;
  private UdpSocket theirs;
  private UdpEndpoint toUs;
  private UdpEndpoint toThem;
  private Session session;
  private QueuePair pair;
  private InboundPath inbound;
  private OutboundPath outbound;
  private long forwarded;

  @Setup
  public void prepare() throws OsException {
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

    PeerTable peers = new PeerTable(0);
    IndexTable indices =
        new IndexTable(new IndexPermutation(new byte[IndexPermutation.KEY_SIZE]), 0, 0);
    Peer peer = new Peer(PublicKey.of(new byte[32]), peers, 0, new NoEvents(), new AtomicLong());
    peers.add(peer);
    peers.allow(peer, new IpPrefix(IpAddress.v4(TestPackets.SOURCE & -256), 24));
    peer.where().set(toThem);
    IndexEntry entry = indices.allocate(peer);
    if (entry == null) {
      throw new IllegalStateException("no index");
    }
    session =
        new Session(
            entry,
            1,
            true,
            clock.nanos(),
            AeadKey.of(new byte[AeadKey.SIZE], 0),
            AeadKey.of(new byte[AeadKey.SIZE], 0));
    peer.begin(session);

    pair =
        new QueuePair(
            peers,
            near,
            List.of(near),
            TunOffloads.ALL,
            (packet, offset, length) -> false,
            TestPackets.MTU);
    pair.setSockets(ours, null);
    AeadEngine engine = AeadEngines.select(null).engine();
    outbound = new OutboundPath(engine.newAead());
    inbound =
        new InboundPath(
            engine.newAead(),
            indices,
            0,
            (from, data, offset, length, batch, index, now) -> false,
            (worker, through, data, offset, length, from, trafficClass) -> false);
    seal(engine, entry.index());
  }

  /// Puts the message that arrives.
  private void seal(AeadEngine engine, int receiver) {
    int header = TransportMessage.HEADER_SIZE;
    TestPackets.putSegments(message, header, DATAGRAM, TestPackets.SEGMENTS);
    AeadBatch batch = new AeadBatch(TestPackets.SEGMENTS, message);
    for (int i = 0; i < TestPackets.SEGMENTS; i++) {
      int at = i * DATAGRAM;
      TransportMessage.putHeader(message, at, receiver, i);
      batch.add(at + header, TestPackets.MTU, at + header, i);
    }
    try (Aead aead = engine.newAead()) {
      aead.seal(key, batch);
    }
  }

  @Benchmark
  public long outbound() {
    long now = clock.nanos();
    far.write(large, 0, large.size());
    outbound.run(pair, now);
    return expect(Outcome.OUT_FORWARDED);
  }

  @Benchmark
  public long inbound() {
    // It is the same message each time.
    session.replayWindow().clear();
    long now = clock.nanos();
    send(toUs, ours);
    inbound.run(pair, ours, now);
    expect(Outcome.IN_FORWARDED);
    return far.read(scratch, 0, scratch.size());
  }

  @Benchmark
  public int outboundPlumbing() {
    far.write(large, 0, large.size());
    int length = near.read(scratch, 0, scratch.size());
    send(toThem, ours);
    return length + near.read(scratch, 0, scratch.size());
  }

  private final ReceiveBatch received = new ReceiveBatch(64);

  @Benchmark
  public int inboundPlumbing() {
    send(toUs, ours);
    int count = ours.receive(received, 8);
    near.write(large, 0, large.size());
    return count + far.read(scratch, 0, scratch.size());
  }

  private void send(UdpEndpoint to, UdpSocket through) {
    sends.clear();
    sends.add(to, message, 0, message.size(), DATAGRAM, 0);
    through.send(sends, 0);
  }

  private long expect(Outcome outcome) {
    long count = pair.counters().get(outcome);
    if (count != forwarded + TestPackets.SEGMENTS) {
      throw new IllegalStateException(outcome + ": " + (count - forwarded));
    }
    forwarded = count;
    return count;
  }

  @TearDown
  public void close() {
    inbound.close();
    outbound.close();
    ours.close();
    theirs.close();
    sockets.close();
    session.wipe();
    key.close();
    large.close();
    scratch.close();
    message.close();
    sends.close();
    received.close();
    clock.close();
  }

  /// Nobody looks after the peer: it has one session for as long as it lasts.
  private static final class NoEvents implements PeerEvents {
    @Override
    public void onRequest(Peer peer) {}

    @Override
    public void onHandshakeWanted(Peer peer) {}

    @Override
    public void onIndexFreed(IndexEntry entry) {}

    @Override
    public void onSessionEnded(Session session) {}
  }
}
