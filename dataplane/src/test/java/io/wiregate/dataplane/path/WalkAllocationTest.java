package io.wiregate.dataplane.path;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.AllocationMeter;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.session.IndexEntry;
import io.wiregate.dataplane.session.IndexPermutation;
import io.wiregate.dataplane.session.IndexTable;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerEvents;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.dataplane.session.Session;
import io.wiregate.dataplane.testing.InnerPackets;
import io.wiregate.dataplane.wire.TransportMessage;
import io.wiregate.os.BootClock;
import io.wiregate.os.FileDescriptor;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.crypto.Aead;
import io.wiregate.os.crypto.AeadBatch;
import io.wiregate.os.crypto.AeadEngine;
import io.wiregate.os.crypto.AeadEngines;
import io.wiregate.os.crypto.AeadKey;
import io.wiregate.os.link.NetworkNamespaces;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.testing.NetworkNamespace;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.tun.TunInterface;
import io.wiregate.os.tun.TunOffloads;
import io.wiregate.os.udp.SendBatch;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpOffloads;
import io.wiregate.os.udp.UdpSocket;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Neither walk allocates, whatever becomes of the packets, with a real TUN interface and real
/// sockets, and this thread in place of the worker.
///
/// A call that captures `errno` makes a segment of 32 bytes (the JDK's `checkCaptureSegment`),
/// which is gone where the call is compiled by itself, as the product's and these tests' JVM is
/// told to.
@RequiresRoot
@RequiresTool("ip")
class WalkAllocationTest {
  private static final String TUN = "wg0";
  private static final String OURS = "10.7.0.1";
  private static final UdpEndpoint TO_PEER = UdpEndpoint.parse("10.7.1.5:9");
  private static final UdpEndpoint TO_NOBODY = UdpEndpoint.parse("10.7.200.1:9");

  private final NetworkNamespace namespace = NetworkNamespace.create();
  private final FileDescriptor file = open(namespace);
  private final BootClock clock = new BootClock();
  private final NativeBuffer payload = NativeBuffer.allocate(65536);
  private final SendBatch sends = new SendBatch(16);

  private TunInterface tun;
  private UdpSocket socket;
  private UdpSocket sink;
  private UdpSocket inner;
  private Session session;
  private QueuePair pair;

  /// Packets whose senders are to be told that nobody is there.
  private long offered;

  private OutboundPath outbound;
  private InboundPath inbound;

  private static FileDescriptor open(NetworkNamespace namespace) {
    try {
      return NetworkNamespaces.open(namespace.path());
    } catch (OsException e) {
      throw new AssertionError(e);
    }
  }

  private UdpSocket bound() throws OsException {
    return NetworkNamespaces.call(
        file,
        () -> {
          UdpSocket opened = UdpSocket.open(false, UdpOffloads.ALL, 1 << 16);
          opened.bind(0);
          return opened;
        });
  }

  private static UdpEndpoint at(UdpSocket socket) throws OsException {
    return UdpEndpoint.of(IpAddress.parse("127.0.0.1"), socket.localPort());
  }

  @BeforeEach
  void connect() throws OsException {
    tun = NetworkNamespaces.call(file, () -> TunInterface.create(TUN, 1, TunOffloads.ALL));
    namespace.exec("ip", "address", "add", OURS + "/16", "dev", TUN);
    namespace.exec("ip", "link", "set", TUN, "up");
    socket = bound();
    sink = bound();
    inner = bound();

    PeerTable peers = new PeerTable(0);
    IndexTable indices =
        new IndexTable(new IndexPermutation(new byte[IndexPermutation.KEY_SIZE]), 0, 0);
    Peer peer = new Peer(new PublicKey(1, 2, 3, 4), peers, 0, NOTHING, new AtomicLong());
    peers.add(peer);
    peers.allow(peer, IpPrefix.parse("10.7.1.0/24"));
    peer.where().set(at(sink));
    IndexEntry entry = Objects.requireNonNull(indices.allocate(peer));
    AeadKey receiving = AeadKey.of(new byte[AeadKey.SIZE], 0);
    AeadKey sending = AeadKey.of(new byte[AeadKey.SIZE], 0);
    session = new Session(entry, 1, true, clock.nanos(), sending, receiving);
    peer.begin(session);

    pair =
        new QueuePair(
            peers,
            tun.queues().getFirst(),
            tun.queues(),
            tun.offloads(),
            (packet, offset, length) -> ++offered > 0,
            1420);
    pair.setSockets(socket, null);
    AeadEngine engine = AeadEngines.select(null).engine();
    outbound = new OutboundPath(engine.newAead());
    inbound =
        new InboundPath(
            engine.newAead(),
            indices,
            0,
            (from, data, offset, length, batch, index, now) -> Outcome.HANDSHAKE_QUEUE_FULL,
            (worker, through, data, offset, length, from, trafficClass) -> false);
  }

  @AfterEach
  void close() {
    outbound.close();
    inbound.close();
    tun.close();
    socket.close();
    sink.close();
    inner.close();
    session.wipe();
    sends.close();
    payload.close();
    clock.close();
    file.close();
    namespace.close();
  }

  /// Changing classes, large reads, messages of other tunnels.
  @Test
  void outbound_afterWarmUp_allocatesNothing() {
    payload.putIntLittleEndian(8192, 4); // the type of a transport message
    sends.add(TO_PEER, payload, 0, 1000, 1000, 0);
    sends.add(TO_PEER, payload, 0, 1000, 1000, 2);
    sends.add(TO_PEER, payload, 0, 40_000, 1000, 0x89);
    sends.add(TO_PEER, payload, 8192, 1000, 1000, 0);

    assertThat(
            AllocationMeter.allocatedBytes(() -> {
              inner.send(sends, 0);
              outbound.run(pair, clock.nanos());
            }))
        .isZero();
    assertThat(pair.counters().get(Outcome.OUT_FORWARDED)).isPositive();
  }

  /// Time passes so quickly here that each is answered.
  @Test
  void outbound_answers_afterWarmUp_allocateNothing() {
    sends.add(TO_NOBODY, payload, 0, 1000, 1000, 0);
    long[] now = {clock.nanos()};

    assertThat(
            AllocationMeter.allocatedBytes(() -> {
              now[0] += IcmpBudget.COST_NANOS;
              inner.send(sends, 0);
              outbound.run(pair, now[0]);
            }))
        .isZero();
    // The stack's own multicast is dropped too, and not answered.
    long dropped = pair.counters().get(Outcome.OUT_NO_PEER);
    assertThat(offered).isPositive().isBetween(dropped - 10, dropped);
  }

  /// Congested and not, and what is dropped for it.
  @Test
  void inbound_afterWarmUp_allocatesNothing() throws OsException {
    UdpEndpoint to = at(socket);
    int at = 0;
    try (Aead aead = AeadEngines.select(null).engine().newAead()) {
      for (int outer = 0; outer < 4; outer++) {
        for (int ecn = 0; ecn < 4; ecn++) {
          sends.add(to, payload, at, seal(aead, at, outer * 4 + ecn, ecn), 1452, outer);
          at += 2048;
        }
      }
    }

    assertThat(
            AllocationMeter.allocatedBytes(() -> {
              session.replayWindow().clear(); // it is the same messages each time
              socket.send(sends, 0);
              inbound.run(pair, socket, clock.nanos());
            }))
        .isZero();
    assertThat(pair.counters().get(Outcome.IN_FORWARDED)).isPositive();
    assertThat(pair.counters().get(Outcome.IN_CE_ON_NOT_ECT)).isPositive();
  }

  /// Puts a sealed message and returns its length.
  private int seal(Aead aead, int at, long counter, int ecn) {
    byte[] plain = InnerPackets.udp("10.7.1.5", 1000 + ecn, OURS, 9, new byte[1392]);
    byte[] packet = InnerPackets.marked(plain, ecn);
    int body = at + TransportMessage.HEADER_SIZE;
    payload.copyFrom(body, packet, 0, packet.length);
    TransportMessage.putHeader(payload, at, session.entry().index(), counter);
    AeadBatch batch = new AeadBatch(1, payload);
    batch.add(body, packet.length, body, counter);
    aead.seal(session.receivingKey(), batch);
    return packet.length + TransportMessage.OVERHEAD;
  }

  private static final PeerEvents NOTHING =
      new PeerEvents() {
        @Override
        public void onRequest(Peer peer) {}

        @Override
        public void onHandshakeWanted(Peer peer) {}

        @Override
        public void onIndexFreed(IndexEntry entry) {}

        @Override
        public void onSessionEnded(Session ended) {}
      };
}
