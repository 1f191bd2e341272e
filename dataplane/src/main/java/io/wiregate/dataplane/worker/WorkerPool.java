package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.noise.HandshakeCrypto;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.noise.Tai64nClock;
import io.wiregate.dataplane.path.QueuePair;
import io.wiregate.dataplane.session.IndexEntry;
import io.wiregate.dataplane.session.IndexPermutation;
import io.wiregate.dataplane.session.IndexTable;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerEvents;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.dataplane.session.Session;
import io.wiregate.os.BootClock;
import io.wiregate.os.OsException;
import io.wiregate.os.crypto.AeadEngine;
import io.wiregate.os.crypto.X25519;
import io.wiregate.os.tun.TunInterface;
import io.wiregate.os.udp.UdpOffloads;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// The threads of a data plane, and the interfaces that they carry. Any thread.
public final class WorkerPool implements PeerEvents, AutoCloseable {
  /// This node's number in the receiver indices; nodes of a cluster will differ in it.
  private static final int NODE = 0;

  private static final int INDEX_KEY_SIZE = 32;

  private final Worker[] workers;
  private final HandshakeThread[] handshakeThreads;
  private final IndexTable[] indices;
  private final HandshakeQueues handshakeQueues = new HandshakeQueues(this::wakeHandshakes);
  private final KeyReclaimer reclaimer;
  private final UnreachableThread unreachable;
  private final Rehearsal rehearsal;
  private final HandshakePorts ports = new HandshakePorts();
  private final UdpOffloads udpOffloads;
  private final SecureRandom random;
  private final AtomicLong stagedBytes = new AtomicLong();
  private final AtomicInteger nextWorker = new AtomicInteger();

  // Guarded by this.
  private final BitSet numbers = new BitSet();

  /// @param onInterfaceGone told the number of an interface that somebody else has deleted, on a
  ///   worker's thread
  public WorkerPool(
      int workerCount,
      int handshakeThreadCount,
      AeadEngine engine,
      X25519 x25519,
      UdpOffloads udpOffloads,
      Tai64nClock stamps,
      SecureRandom random,
      IntConsumer onInterfaceGone)
      throws OsException {
    if (workerCount < 1 || workerCount > IndexTable.MAX_WORKERS) {
      throw new IllegalArgumentException(
          "the number of workers is not within 1 to " + IndexTable.MAX_WORKERS);
    }
    this.udpOffloads = udpOffloads;
    this.random = random;
    byte[] indexKey = new byte[INDEX_KEY_SIZE];
    random.nextBytes(indexKey);
    IndexPermutation permutation = new IndexPermutation(indexKey);
    workers = new Worker[workerCount];
    indices = new IndexTable[workerCount];
    handshakeThreads = new HandshakeThread[handshakeThreadCount];
    for (int i = 0; i < workerCount; i++) {
      indices[i] = new IndexTable(permutation, i, NODE);
      workers[i] =
          new Worker(
              "worker-" + i,
              i,
              engine,
              indices[i],
              new HandshakeDoor(handshakeQueues),
              onInterfaceGone);
    }
    HandshakeThread.Shared shared =
        new HandshakeThread.Shared(
            handshakeQueues, List.of(indices), x25519, stamps, ports, workers[0]);
    for (int i = 0; i < handshakeThreadCount; i++) {
      handshakeThreads[i] =
          new HandshakeThread(i, shared, new HandshakeCrypto(engine.newAead(), x25519, random));
    }
    reclaimer = new KeyReclaimer(workers);
    unreachable = new UnreachableThread();
    rehearsal = new Rehearsal(engine, x25519, udpOffloads, random);
  }

  private static long bootNanos() {
    try (BootClock clock = new BootClock()) {
      return clock.nanos();
    }
  }

  public void start() {
    for (Worker worker : workers) {
      worker.start(workers);
    }
    for (HandshakeThread thread : handshakeThreads) {
      thread.start();
    }
    reclaimer.start();
    unreachable.start();
  }

  /// Has the code of handshakes and of the walk compiled before clients come, beside what goes on.
  /// At most once.
  public void rehearse() {
    rehearsal.start();
  }

  /// Sees to it that a port is not in use by this object itself.
  void yieldPort(int number) {
    rehearsal.yieldPort(number);
  }

  /// Why those inside are not told that nobody is there; null where they are.
  public @Nullable OsException unreachableFailure() {
    return unreachable.failure();
  }

  public int workerCount() {
    return workers.length;
  }

  private void wakeHandshakes() {
    for (HandshakeThread thread : handshakeThreads) {
      thread.wake();
    }
  }

  private void endRestOfHandshakes() {
    for (HandshakeThread thread : handshakeThreads) {
      thread.endRest();
    }
  }

  // --- interfaces

  /// Takes a number for an interface; [AttachedInterface#detach] gives it back.
  ///
  /// @throws IllegalStateException where there are as many as there may be
  public synchronized PeerTable newPeerTable() {
    int number = numbers.nextClearBit(0);
    if (number >= Worker.MAX_INTERFACES) {
      throw new IllegalStateException(
          "a process carries at most " + Worker.MAX_INTERFACES + " interfaces");
    }
    numbers.set(number);
    return new PeerTable(number);
  }

  /// A peer, pinned to the worker whose turn it is.
  public Peer newPeer(PublicKey key, PeerTable table) {
    int worker = Math.floorMod(nextWorker.getAndIncrement(), workers.length);
    return new Peer(key, table, worker, this, stagedBytes);
  }

  /// Starts carrying what the interface's TUN gives; packets go nowhere until a port is open.
  ///
  /// @param tun with a queue for each worker
  public AttachedInterface attach(PeerTable peers, TunInterface tun, int mtu) {
    List<QueuePair> pairs = new ArrayList<>();
    List<UnreachableQueue> queues = new ArrayList<>();
    for (int i = 0; i < workers.length; i++) {
      UnreachableQueue queue = new UnreachableQueue(unreachable::wake);
      queues.add(queue);
      pairs.add(
          new QueuePair(peers, tun.queues().get(i), tun.queues(), tun.offloads(), queue, mtu));
    }
    unreachable.attach(peers, tun, queues);
    ports.reset(peers);
    handshakeQueues.open(
        new HandshakeQueue(
            peers, List.of(indices), random, bootNanos(), this::endRestOfHandshakes));
    for (int i = 0; i < workers.length; i++) {
      Worker worker = workers[i];
      QueuePair pair = pairs.get(i);
      worker.call(() -> worker.attach(pair));
    }
    return new AttachedInterface(this, peers, List.copyOf(pairs));
  }

  /// Gives all workers their sockets of a port, null for none, and returns when nobody uses the
  /// ones before any more.
  void setPort(PeerTable peers, List<QueuePair> pairs, @Nullable UdpPort port) {
    ports.set(peers, port);
    for (int i = 0; i < workers.length; i++) {
      Worker worker = workers[i];
      QueuePair pair = pairs.get(i);
      int number = i;
      worker.call(() ->
          worker.setSockets(
              pair,
              port == null ? null : port.socket(false, number),
              port == null ? null : port.socket(true, number)));
    }
    handshakeThreads[0].listen(peers, port);
    awaitHandshakeThreads();
  }

  void detach(PeerTable peers, List<QueuePair> pairs) {
    for (int i = 0; i < workers.length; i++) {
      Worker worker = workers[i];
      QueuePair pair = pairs.get(i);
      worker.call(() -> worker.detach(pair));
    }
    handshakeQueues.close(peers);
    unreachable.detach(peers);
    awaitHandshakeThreads();
    synchronized (this) {
      numbers.clear(peers.number());
    }
  }

  /// Returns when every handshake thread has ended the message it was at.
  public void awaitHandshakeThreads() {
    CountDownLatch passed = new CountDownLatch(handshakeThreads.length);
    for (HandshakeThread thread : handshakeThreads) {
      thread.submit(passed::countDown);
    }
    Threads.await(passed);
  }

  HandshakePorts ports() {
    return ports;
  }

  UdpOffloads udpOffloads() {
    return udpOffloads;
  }

  // --- what peers ask for

  @Override
  public void onRequest(Peer peer) {
    workers[peer.worker()].onRequest(peer);
  }

  @Override
  public void onHandshakeWanted(Peer peer) {
    handshakeThreads[peer.worker() % handshakeThreads.length].onHandshakeWanted(peer);
  }

  @Override
  public void onIndexFreed(IndexEntry entry) {
    indices[IndexTable.workerOf(entry.index())].release(entry);
  }

  @Override
  public void onSessionEnded(Session session) {
    onIndexFreed(session.entry());
    reclaimer.add(session);
  }

  public SecureRandom random() {
    return random;
  }

  /// Ends all threads; the interfaces must have been detached.
  @Override
  public void close() {
    rehearsal.close();
    for (HandshakeThread thread : handshakeThreads) {
      thread.stop();
    }
    for (Worker worker : workers) {
      worker.stop();
    }
    reclaimer.stop();
    unreachable.stop();
    for (HandshakeThread thread : handshakeThreads) {
      thread.free();
    }
    for (Worker worker : workers) {
      worker.free();
    }
  }
}
