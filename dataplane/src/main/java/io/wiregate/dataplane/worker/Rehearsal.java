package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.noise.HandshakeCrypto;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.path.QueuePair;
import io.wiregate.dataplane.session.IndexEntry;
import io.wiregate.dataplane.session.IndexPermutation;
import io.wiregate.dataplane.session.IndexTable;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerEvents;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.dataplane.session.Session;
import io.wiregate.os.BootClock;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.crypto.AeadEngine;
import io.wiregate.os.crypto.AeadKey;
import io.wiregate.os.crypto.X25519;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.poll.Epoll;
import io.wiregate.os.tun.PacketSockets;
import io.wiregate.os.tun.TunOffloads;
import io.wiregate.os.tun.TunQueue;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpOffloads;
import io.wiregate.os.udp.UdpSocket;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// Does handshakes and carries packets of its own making over the whole walk once after the start,
/// so that the code of both is loaded and compiled before the first client comes, rather than at
/// its cost. The handshakes are between two sides that are both here ([RehearsalHandshakes]); the
/// packets have a worker of their own, with a peer that is itself, over a UDP socket on 127.0.0.1
/// that only this host reaches and a pair of [PacketSockets] for the TUN interface. None of the
/// data plane's interfaces, sessions, counters or ports takes part.
///
/// It ends after a fixed number of either, or after [#LIMIT_NANOS]. Where loopback is down or a
/// file is missing it gives up without a word: the walk works as before, and is compiled later.
///
/// A thread of its own feeds the worker; [#close] ends both.
final class Rehearsal implements AutoCloseable {
  /// As long as it may take at most, on a machine that is busy.
  private static final long LIMIT_NANOS = 3_000_000_000L;

  /// Turns of all kinds of packets. The compiler of the highest level starts after 5,000 calls, and
  /// after fewer where there are loops; each round makes several turns of the worker.
  private static final int ROUNDS = 1500;

  /// Handshakes. The first takes twenty times what the twentieth does; what is left to gain then is
  /// less than the packets lose that have to wait for it.
  private static final int HANDSHAKES = 20;

  private static final int ANSWER_MILLIS = 50;

  /// Rounds without an answer after which there will be none.
  private static final int PATIENCE = 4;

  private static final int MTU = 1420;
  private static final int SEGMENTS = 40;
  private static final int SEGMENT = 1300;
  private static final int SMALL = 100;
  private static final int SOCKET_BUFFER = 1 << 20;
  private static final int NONE = -1;
  private static final long LOCALHOST = 0x7f00_0001L;

  private final AeadEngine engine;
  private final X25519 x25519;
  private final UdpOffloads offloads;
  private final SecureRandom random;
  private final Thread thread;
  private volatile boolean stopping;
  private volatile int handshakes;
  private volatile int rounds;
  private volatile int port = NONE;

  Rehearsal(AeadEngine engine, X25519 x25519, UdpOffloads offloads, SecureRandom random) {
    this.engine = engine;
    this.x25519 = x25519;
    this.offloads = offloads;
    this.random = random;
    thread = Thread.ofPlatform().daemon().name("rehearsal").unstarted(this::run);
  }

  void start() {
    try {
      thread.start();
    } catch (OutOfMemoryError tooManyThreads) {
      // as where it is not possible for another reason
    }
  }

  /// Gives the port back, if it is the one that somebody wants now.
  void yieldPort(int wanted) {
    if (wanted == port) {
      close();
    }
  }

  private void run() {
    try {
      long end = System.nanoTime() + LIMIT_NANOS;
      shakeHands(end); // first, since every client's first packet waits for a handshake
      carry(end);
    } catch (OsException | IllegalStateException | OutOfMemoryError notPossibleHere) {
      // See above; out of memory is what too few threads or mappings are called, too.
    } finally {
      port = NONE;
    }
  }

  private void shakeHands(long end) {
    try (var crypto = new HandshakeCrypto(engine.newAead(), x25519, random);
        var both = new RehearsalHandshakes(crypto, x25519, random)) {
      for (int done = 1; done <= HANDSHAKES && goesOn(end) && both.run(); done++) {
        handshakes = done;
      }
    }
  }

  private boolean goesOn(long end) {
    return !stopping && System.nanoTime() < end;
  }

  private void carry(long end) throws OsException {
    try (PacketSockets tun = new PacketSockets();
        UdpSocket socket = UdpSocket.open(false, offloads, SOCKET_BUFFER)) {
      socket.bind(IpAddress.v4((int) LOCALHOST), 0);
      port = socket.localPort();
      carry(tun, socket, end);
    }
  }

  private void carry(PacketSockets tun, UdpSocket socket, long end) throws OsException {
    byte[] indexKey = new byte[IndexPermutation.KEY_SIZE];
    random.nextBytes(indexKey);
    IndexTable indices = new IndexTable(new IndexPermutation(indexKey), 0, 0);
    Worker worker =
        new Worker(
            "rehearsal-worker",
            0,
            engine,
            indices,
            (from, data, offset, length, batch, index, now) -> Outcome.HANDSHAKE_QUEUE_FULL,
            gone -> {});
    PeerTable peers = new PeerTable(0);
    TunQueue near = tun.near();
    QueuePair pair =
        new QueuePair(
            peers,
            near,
            List.of(near, tun.near()), // as with two workers; both lead to the same place
            TunOffloads.ALL,
            (packet, offset, length) -> false,
            MTU);
    Session session = null;
    try {
      session = meetItself(worker, peers, indices, socket.localPort());
      worker.start(new Worker[] {worker});
      worker.call(() -> {
        worker.attach(pair);
        worker.setSockets(pair, socket, null);
      });
      feed(tun.far(), end);
    } finally {
      worker.stop();
      worker.free();
      if (session != null) {
        session.wipe();
      }
    }
  }

  /// A peer that has all addresses, is at the worker's own port and has the same key both ways.
  private Session meetItself(Worker worker, PeerTable peers, IndexTable indices, int port) {
    byte[] key = new byte[AeadKey.SIZE];
    random.nextBytes(key);
    Peer peer = new Peer(PublicKey.of(key), peers, 0, new OnlyRequests(worker), new AtomicLong());
    random.nextBytes(key);
    peers.add(peer);
    peers.allow(peer, new IpPrefix(IpAddress.v4(RehearsalPackets.V4_SOURCE & -256), 24));
    peers.allow(peer, new IpPrefix(IpAddress.v6(RehearsalPackets.V6_PREFIX, 0), 64));
    peer.where().set(UdpEndpoint.of(IpAddress.v4((int) LOCALHOST), port));
    IndexEntry entry = indices.allocate(peer);
    if (entry == null) {
      throw new IllegalStateException("an empty table has no index");
    }
    Session session =
        new Session(
            entry, entry.index(), true, bootNanos(), AeadKey.of(key, 0), AeadKey.of(key, 0));
    peer.begin(session);
    return session;
  }

  private static long bootNanos() {
    try (BootClock clock = new BootClock()) {
      return clock.nanos();
    }
  }

  /// Writes packets where the worker reads them, and takes back what it writes.
  private void feed(TunQueue far, long end) throws OsException {
    NativeBuffer[] packets = {
      RehearsalPackets.of(false, true, SEGMENTS, SEGMENT),
      RehearsalPackets.of(false, true, 1, 0),
      RehearsalPackets.of(false, false, 1, SMALL),
      RehearsalPackets.of(true, true, SEGMENTS, SEGMENT),
      RehearsalPackets.of(true, false, 1, SMALL),
    };
    try (NativeBuffer taken = NativeBuffer.allocate(1 << 17);
        Epoll answers = new Epoll(1)) {
      answers.add(far.fd(), 0);
      int unanswered = 0;
      for (int round = 1; round <= ROUNDS && unanswered < PATIENCE && goesOn(end); round++) {
        for (NativeBuffer packet : packets) {
          far.write(packet, 0, packet.size());
          unanswered = answers.await(ANSWER_MILLIS) > 0 ? 0 : unanswered + 1;
          while (far.read(taken, 0, taken.size()) > 0) {
            // only to make room
          }
        }
        rounds = round;
      }
    } finally {
      for (NativeBuffer packet : packets) {
        packet.close();
      }
    }
  }

  /// Handshakes so far.
  int handshakes() {
    return handshakes;
  }

  /// Turns of all kinds of packets so far.
  int rounds() {
    return rounds;
  }

  /// Returns when it has ended by itself.
  void awaitEnd() {
    Threads.join(thread);
  }

  @Override
  public void close() {
    stopping = true;
    Threads.join(thread);
  }

  /// There are no handshakes, and the one session is wiped by whoever made it.
  private record OnlyRequests(Worker worker) implements PeerEvents {
    @Override
    public void onRequest(Peer peer) {
      worker.onRequest(peer);
    }

    @Override
    public void onHandshakeWanted(Peer peer) {}

    @Override
    public void onIndexFreed(IndexEntry entry) {}

    @Override
    public void onSessionEnded(Session session) {}
  }
}
