package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.path.HandshakeSink;
import io.wiregate.dataplane.path.InboundPath;
import io.wiregate.dataplane.path.MisdirectedSink;
import io.wiregate.dataplane.path.OutboundPath;
import io.wiregate.dataplane.path.QueuePair;
import io.wiregate.dataplane.session.IndexTable;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.dataplane.session.PeerTimers;
import io.wiregate.dataplane.session.TimerWheel;
import io.wiregate.os.BootClock;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.crypto.AeadEngine;
import io.wiregate.os.poll.Epoll;
import io.wiregate.os.poll.EventFd;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpSocket;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// One thread that carries packets from end to end: it owns a queue of each interface's TUN, a
/// socket of each port and family, the buffers, and the timers and receiving side of the peers
/// pinned to it.
///
/// Others reach it only by its inbox: peers with requests, datagrams that another worker received,
/// and commands, which run between two batches.
public final class Worker implements MisdirectedSink {
  /// Interfaces that a data plane may have.
  public static final int MAX_INTERFACES = 64;

  private static final int EVENTS = 64;

  /// Turns of one file before the others are looked at again.
  private static final int TURNS = 4;

  /// Datagrams from other workers in one turn.
  private static final int MISDIRECTED_PER_TURN = 256;

  private static final long NANOS_PER_MILLI = 1_000_000L;

  // Epoll tokens: the kind in the low bits, the interface's number above.
  private static final int KIND_BITS = 2;
  private static final int KIND_MASK = (1 << KIND_BITS) - 1;
  private static final int TUN = 0;
  private static final int UDP_V4 = 1;
  private static final int UDP_V6 = 2;
  private static final int BELL = 3;

  private final int number;
  private final Epoll epoll;
  private final EventFd bellFile;
  private final BootClock clock = new BootClock();
  private final TimerWheel wheel = new TimerWheel(clock.nanos());
  private final InboundPath inbound;
  private final OutboundPath outbound;
  private final NativeBuffer scratch = NativeBuffer.allocate(65536);
  private final @Nullable QueuePair[] pairs = new @Nullable QueuePair[MAX_INTERFACES];
  private final IntConsumer onInterfaceGone;
  private final Thread thread;

  // The inbox. Any thread.
  private final RequestedPeers requested = RequestedPeers.forWorker();
  private final MisdirectedDatagrams misdirected = new MisdirectedDatagrams();
  private final ConcurrentLinkedQueue<Runnable> commands = new ConcurrentLinkedQueue<>();
  private final Bell bell;
  private volatile boolean stopping;

  /// The thread has ended, in order or not: commands are run by whoever brings them.
  private volatile boolean ended;

  private Worker[] siblings = {this};

  /// @param name of the thread
  /// @param number what the receiver indices of its sessions call it
  /// @param onInterfaceGone told the number of an interface that was deleted, on this thread
  Worker(
      String name,
      int number,
      AeadEngine engine,
      IndexTable indices,
      HandshakeSink handshakes,
      IntConsumer onInterfaceGone)
      throws OsException {
    this.number = number;
    this.onInterfaceGone = onInterfaceGone;
    epoll = new Epoll(EVENTS);
    bellFile = new EventFd();
    bell = new Bell(bellFile::ring);
    epoll.add(bellFile.fd(), BELL);
    inbound = new InboundPath(engine.newAead(), indices, number, handshakes, this);
    outbound = new OutboundPath(engine.newAead());
    thread = Thread.ofPlatform().name(name).unstarted(this::run);
  }

  /// Starts the thread.
  ///
  /// @param workers all workers of the data plane by their numbers
  void start(Worker[] workers) {
    siblings = workers;
    thread.start();
  }

  int number() {
    return number;
  }

  // --- the inbox

  /// Has the peer looked at. Any thread.
  void onRequest(Peer peer) {
    requested.push(peer);
    bell.wake();
  }

  /// Runs a command between two batches. Any thread.
  void submit(Runnable command) {
    commands.add(command);
    bell.wake();
    if (ended) {
      drainCommands(); // nobody else will
    }
  }

  /// Runs a command between two batches and waits until it is done; for control threads.
  void call(Runnable command) {
    if (Thread.currentThread().equals(thread)) {
      command.run();
      return;
    }
    Threads.call("worker " + number, this::submit, command);
  }

  @Override
  public boolean hand(
      int worker,
      PeerTable peers,
      NativeBuffer data,
      int offset,
      int length,
      UdpEndpoint from,
      int trafficClass) {
    if (worker >= siblings.length) {
      return false;
    }
    Worker other = siblings[worker];
    boolean taken = other.misdirected.add(peers.number(), data, offset, length, from, trafficClass);
    other.bell.wake();
    return taken;
  }

  // --- this worker's share of the interfaces; to be called on its thread (by a command)

  void attach(QueuePair pair) {
    pairs[pair.peers().number()] = pair;
    add(pair, TUN);
  }

  void detach(QueuePair pair) {
    setSockets(pair, null, null);
    epoll.remove(pair.tun().fd());
    pairs[pair.peers().number()] = null;
  }

  void setSockets(QueuePair pair, @Nullable UdpSocket v4, @Nullable UdpSocket v6) {
    for (UdpSocket old : new @Nullable UdpSocket[] {pair.socket(false), pair.socket(true)}) {
      if (old != null) {
        epoll.remove(old.fd());
      }
    }
    pair.setSockets(v4, v6);
    if (v4 != null) {
      add(pair, UDP_V4);
    }
    if (v6 != null) {
      add(pair, UDP_V6);
    }
  }

  private void add(QueuePair pair, int kind) {
    UdpSocket socket = pair.socket(kind == UDP_V6);
    long token = (long) pair.peers().number() << KIND_BITS | kind;
    try {
      if (kind == TUN) {
        epoll.add(pair.tun().fd(), token);
      } else if (socket != null) {
        epoll.add(socket.fd(), token);
      }
    } catch (OsException e) {
      throw new IllegalStateException("the kernel does not watch another file: " + e.getMessage());
    }
  }

  /// Wipes copies of keys; no key that was in use before is in use after.
  void forgetKeys() {
    inbound.forgetKey();
    outbound.forgetKey();
  }

  // --- the loop

  private void run() {
    try {
      while (!stopping) {
        turn();
      }
    } finally {
      ended = true;
      drainCommands();
    }
  }

  private void turn() {
    int ready;
    bell.fallAsleep();
    try {
      ready = epoll.await(hasWork() ? 0 : timeoutMillis(clock.nanos()));
    } catch (OsException e) {
      throw new IllegalStateException("worker " + number + " cannot wait: " + e.getMessage());
    }
    bell.wakeUp();
    long now = clock.nanos();
    for (int i = 0; i < ready; i++) {
      onReady(epoll.token(i), epoll.isBroken(i), now);
    }
    drainMisdirected(now);
    drainRequests(now);
    drainCommands();
    runTimers(now);
  }

  private boolean hasWork() {
    return stopping || !requested.isEmpty() || !commands.isEmpty() || !misdirected.isEmpty();
  }

  private int timeoutMillis(long now) {
    long deadline = wheel.nextDeadline();
    if (deadline == PeerTimers.NEVER) {
      return -1;
    }
    long millis = (deadline - now + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI;
    return Math.clamp(millis, 0, 60_000);
  }

  private void onReady(long token, boolean broken, long now) {
    int kind = (int) token & KIND_MASK;
    if (kind == BELL) {
      bellFile.silence();
      return;
    }
    QueuePair pair = pairs[(int) (token >>> KIND_BITS)];
    if (pair == null) {
      return;
    }
    if (kind == TUN) {
      if (broken) {
        epoll.remove(pair.tun().fd());
        onInterfaceGone.accept(pair.peers().number());
        return;
      }
      for (int i = 0; i < TURNS && outbound.run(pair, now); i++) {
        // goes on while there is more
      }
      return;
    }
    UdpSocket socket = pair.socket(kind == UDP_V6);
    if (socket == null) {
      return;
    }
    for (int i = 0; i < TURNS && inbound.run(pair, socket, now); i++) {
      // goes on while there is more
    }
  }

  private void drainCommands() {
    Runnable command;
    while ((command = commands.poll()) != null) {
      command.run();
    }
  }

  private void drainMisdirected(long now) {
    MisdirectedDatagrams.Datagram datagram;
    // Strangers choose what lands here: no more at a time than leaves room for the rest.
    for (int i = 0;
        i < MISDIRECTED_PER_TURN
            && !misdirected.isEmpty()
            && (datagram = misdirected.poll()) != null;
        i++) {
      QueuePair pair = pairs[datagram.interfaceNumber()];
      if (pair != null) {
        int length = datagram.bytes().length;
        scratch.copyFrom(0, datagram.bytes(), 0, length);
        inbound.runHandedOver(pair, scratch, length, datagram.from(), datagram.trafficClass(), now);
      }
    }
  }

  private void drainRequests(long now) {
    Peer peer = requested.takeAll();
    while (peer != null) {
      Peer next = requested.next(peer);
      answer(peer, peer.takeRequests(), now);
      peer = next;
    }
  }

  private void answer(Peer peer, int requests, long now) {
    QueuePair pair = pairs[peer.table().number()];
    if ((requests & Peer.DISARM) != 0 || peer.isRemoved() || pair == null) {
      wheel.disarm(peer);
      return;
    }
    if ((requests & (Peer.SEND_STAGED | Peer.SEND_STAGED_OR_KEEPALIVE)) != 0) {
      boolean sent = outbound.sendStaged(pair, peer, now);
      if (!sent && (requests & Peer.SEND_STAGED_OR_KEEPALIVE) != 0) {
        outbound.sendKeepalive(pair, peer, now);
      }
    }
    arm(peer);
  }

  private void arm(Peer peer) {
    long deadline = peer.takeWakeAt();
    if (deadline == PeerTimers.NEVER) {
      wheel.disarm(peer);
    } else {
      wheel.arm(peer, deadline);
    }
  }

  private void runTimers(long now) {
    TimerWheel.Entry entry;
    while ((entry = wheel.poll(now)) != null) {
      Peer peer = (Peer) entry;
      QueuePair pair = pairs[peer.table().number()];
      if (pair != null && !peer.isRemoved()) {
        act(pair, peer, peer.timers().takeDue(now), now);
        arm(peer);
      }
    }
  }

  private void act(QueuePair pair, Peer peer, int due, long now) {
    if ((due & PeerTimers.RETRANSMIT_HANDSHAKE) != 0) {
      if (peer.timers().onRetransmit(now)) {
        peer.where().forgetLocalAddress();
        peer.repeatHandshake();
      } else {
        pair.counters().count(Outcome.OUT_HANDSHAKE_FAILED, peer.staged().clear());
      }
    }
    if ((due & PeerTimers.NEW_HANDSHAKE) != 0) {
      peer.where().forgetLocalAddress();
      peer.wantHandshake(now);
    }
    if ((due & PeerTimers.SEND_KEEPALIVE) != 0) {
      outbound.sendKeepalive(pair, peer, now);
    }
    if ((due & PeerTimers.ZERO_KEYS) != 0) {
      peer.clearSessions();
    }
  }

  /// Ends the thread and waits for it.
  void stop() {
    stopping = true;
    bellFile.ring();
    Threads.join(thread);
  }

  /// Frees what it owns, when all threads have been stopped: until then others may ring its bell.
  void free() {
    inbound.close();
    outbound.close();
    scratch.close();
    epoll.close();
    bellFile.close();
    clock.close();
  }
}
