package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.noise.Handshake;
import io.wiregate.dataplane.noise.HandshakeCrypto;
import io.wiregate.dataplane.noise.ReceivedInitiation;
import io.wiregate.dataplane.noise.Tai64n;
import io.wiregate.dataplane.noise.Tai64nClock;
import io.wiregate.dataplane.noise.TransportKeys;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.path.MisdirectedSink;
import io.wiregate.dataplane.session.IndexEntry;
import io.wiregate.dataplane.session.IndexTable;
import io.wiregate.dataplane.session.LocalIdentity;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.dataplane.session.Session;
import io.wiregate.dataplane.wire.CookieReplyMessage;
import io.wiregate.dataplane.wire.InitiationMessage;
import io.wiregate.dataplane.wire.ResponseMessage;
import io.wiregate.os.BootClock;
import io.wiregate.os.OsException;
import io.wiregate.os.crypto.X25519;
import io.wiregate.os.udp.UdpEndpoint;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A thread that does handshakes, so that Diffie-Hellman never delays a packet: answers
/// initiations, takes responses and cookies, sends initiations. Sessions that come of it are known
/// to their worker before the message that lets the other side use them has left.
final class HandshakeThread {
  /// What a message may have to wait, and one of ours, while strangers send what leads nowhere.
  private static final long REST_NANOS = 2_000_000;

  /// While it has something to do it looks for more so often, or when it has done that for as long
  /// as the last look took: what waits in the lanes, not in the kernel, shows who is under load.
  private static final long LOOK_NANOS = 250_000;

  private static final long LONGEST_LOOK_NANOS = 2_000_000;

  /// Peers that want an initiation.
  private final RequestedPeers wanted = RequestedPeers.forHandshakes();

  /// Those of them that were taken and whose turn has not come.
  private @Nullable Peer taken;

  private final ConcurrentLinkedQueue<Runnable> commands = new ConcurrentLinkedQueue<>();
  private final HandshakeQueues queues;
  private final List<IndexTable> indices;
  private final HandshakeCrypto crypto;
  private final X25519 x25519;
  private final Tai64nClock stamps;
  private final HandshakePorts ports;
  private final BootClock clock = new BootClock();
  private final DatagramSender sender = new DatagramSender();
  private final CookieReplySender replies = new CookieReplySender();
  private final HandshakeAdmission admission;
  private final ReceivedHandshake received = new ReceivedHandshake();
  private final Thread thread;

  // Messages of their exact lengths, filled again and again.
  private final byte[] initiation = new byte[InitiationMessage.SIZE];
  private final byte[] response = new byte[ResponseMessage.SIZE];
  private final byte[] cookieReply = new byte[CookieReplyMessage.SIZE];
  private final byte[] created = new byte[InitiationMessage.SIZE];
  private final byte[] createdResponse = new byte[ResponseMessage.SIZE];

  /// The interface whose turn it is.
  private int turn;

  /// When to look at the sockets again, and whether it has slept since it has.
  private long nextLook;

  private boolean slept;

  /// Something led nowhere since this thread slept last.
  private boolean refusedAny;

  private final HandshakeSockets sockets;
  private final Bell bell;
  private volatile boolean resting;
  private volatile boolean stopping;

  /// The thread has ended, in order or not: commands are run by whoever brings them.
  private volatile boolean ended;

  /// What all handshake threads of a data plane share.
  record Shared(
      HandshakeQueues queues,
      List<IndexTable> indices,
      X25519 x25519,
      Tai64nClock stamps,
      HandshakePorts ports,
      MisdirectedSink misdirected) {}

  /// @param crypto closed with this thread
  HandshakeThread(int number, Shared shared, HandshakeCrypto crypto) throws OsException {
    this.queues = shared.queues();
    this.indices = shared.indices();
    this.x25519 = shared.x25519();
    this.stamps = shared.stamps();
    this.ports = shared.ports();
    this.crypto = crypto;
    admission = new HandshakeAdmission(ports, replies);
    thread = Thread.ofPlatform().name("handshake-" + number).unstarted(this::run);
    sockets =
        new HandshakeSockets(
            new HandshakeDoor(queues), shared.misdirected(), ports, indices.size());
    bell = new Bell(sockets::ring);
  }

  void start() {
    thread.start();
  }

  /// Has an initiation sent to a peer. Any thread.
  void onHandshakeWanted(Peer peer) {
    wanted.push(peer);
    wake();
  }

  /// Has it read an interface's sockets of a port, in place of those before, and returns when it
  /// does not use those any more.
  ///
  /// @param port null for none
  void listen(PeerTable peers, @Nullable UdpPort port) {
    Threads.call(
        thread.getName(),
        this::submit,
        () ->
            sockets.set(
                peers,
                port == null ? null : port.handshakeSocket(false),
                port == null ? null : port.handshakeSocket(true)));
  }

  /// Runs a command between two messages. Any thread.
  void submit(Runnable command) {
    commands.add(command);
    wake();
    if (ended) {
      drainCommands(); // nobody else will
    }
  }

  void wake() {
    bell.wake();
  }

  /// Has it look at once, though what came last led nowhere: more waits than is to wait long. Any
  /// thread.
  void endRest() {
    if (resting) {
      resting = false;
      LockSupport.unpark(thread);
    }
  }

  private void run() {
    try {
      while (!stopping) {
        turn();
      }
    } finally {
      ended = true;
      drainCommands();
      crypto.close();
      sender.close();
      replies.close();
      clock.close();
    }
  }

  private void turn() {
    long now = clock.nanos();
    boolean any = sendWanted(now);
    if (slept || now - nextLook >= 0) {
      look(now);
    }
    int number = queues.poll(received, turn);
    if (number < 0 && !any && sockets.moreWaits()) {
      look(now);
      number = queues.poll(received, turn);
    }
    if (number >= 0) {
      turn = number + 1;
      receive(now);
      any = true;
    }
    any |= drainCommands();
    replies.sendDue(now);
    if (!any && !sockets.moreWaits()) {
      replies.sendAll();
      sleep();
    }
  }

  private void look(long now) {
    slept = false;
    long begin = clock.nanos();
    sockets.read(now);
    refusedAny |= sockets.refusedAny();
    long end = clock.nanos();
    // So that about half of the time remains; not longer, for the machine may have stood still.
    nextLook = end + Math.clamp(end - begin, LOOK_NANOS, LONGEST_LOOK_NANOS);
  }

  private boolean drainCommands() {
    boolean any = false;
    Runnable command;
    while ((command = commands.poll()) != null) {
      if (!ended) {
        replies.sendAll(); // after the command a socket that they go through may be closed
      }
      command.run();
      any = true;
    }
    return any;
  }

  /// After messages that led nowhere it sleeps on, whatever arrives, until a lane gets crowded:
  /// else a flood wakes it for each of its messages, which costs this thread, and whoever delivers
  /// them, several times what refusing them does.
  private void sleep() {
    slept = true;
    if (refusedAny) {
      refusedAny = false;
      resting = true;
      LockSupport.parkNanos(this, REST_NANOS);
      resting = false;
      return;
    }
    bell.fallAsleep();
    if (wanted.isEmpty() && queues.isEmpty() && commands.isEmpty() && !stopping) {
      sockets.await();
    }
    bell.wakeUp();
  }

  // --- messages that arrive

  private void receive(long now) {
    HandshakeQueue queue = received.queue();
    if (queue == null) {
      return;
    }
    PeerTable peers = queue.peers();
    LocalIdentity identity = peers.identity();
    if (identity == null) {
      count(peers, Outcome.HANDSHAKE_BAD_MAC1);
      return;
    }
    if (ports.get(peers) == null) {
      count(peers, Outcome.HANDSHAKE_UNEXPECTED); // the interface went down meanwhile
      return;
    }
    // The door lets nothing in but the three types in their lengths, which all differ, and has
    // checked their `mac1`: what was for a key that is replaced meanwhile fails like other junk.
    Outcome outcome =
        switch (received.length()) {
          case InitiationMessage.SIZE -> receiveInitiation(queue, identity, now);
          case ResponseMessage.SIZE -> receiveResponse(queue, identity, now);
          default -> receiveCookieReply(queue, identity, now);
        };
    count(peers, outcome);
    switch (outcome) {
      case HANDSHAKE_ANSWERED, HANDSHAKE_COMPLETED, COOKIE_ACCEPTED -> {}
      case HANDSHAKE_NOT_AUTHENTIC,
          HANDSHAKE_UNKNOWN_PEER,
          HANDSHAKE_REPLAYED,
          HANDSHAKE_FLOODED -> {
        refusedAny = true;
        if (received.length() != CookieReplyMessage.SIZE) { // which takes no Diffie-Hellman
          countFutile(now);
        }
      }
      default -> refusedAny = true;
    }
  }

  private void countFutile(long now) {
    HandshakeLane lane = received.lane();
    if (lane != null) {
      lane.countFutile(now);
    }
  }

  private byte[] copyTo(byte[] message) {
    System.arraycopy(received.bytes(), 0, message, 0, message.length);
    return message;
  }

  private Outcome receiveInitiation(HandshakeQueue queue, LocalIdentity identity, long now) {
    byte[] message = copyTo(initiation);
    UdpEndpoint from = received.source().toEndpoint();
    Outcome refused = admission.refuse(received, identity.cookies(), message, from, now);
    if (refused != null) {
      return refused;
    }
    try (ReceivedInitiation opened = ReceivedInitiation.open(message, identity.keys(), crypto)) {
      if (opened == null) {
        return Outcome.HANDSHAKE_NOT_AUTHENTIC;
      }
      Peer peer = queue.peers().byKey(opened.staticKey());
      if (peer == null) {
        return Outcome.HANDSHAKE_UNKNOWN_PEER;
      }
      return answer(peer, opened, identity, from, now);
    }
  }

  private Outcome answer(
      Peer peer, ReceivedInitiation opened, LocalIdentity identity, UdpEndpoint from, long now) {
    Handshake handshake = peer.handshake(identity.keys(), x25519);
    IndexEntry entry;
    synchronized (handshake) {
      Outcome outcome = handshake.consumeInitiation(opened, now, crypto);
      if (outcome != Outcome.HANDSHAKE_ANSWERED) {
        return outcome;
      }
      peer.setPending(null); // accepting the peer's handshake has dropped ours
      entry = indices.get(peer.worker()).allocate(peer);
      if (entry == null || !handshake.createResponse(entry.index(), now, createdResponse, crypto)) {
        return release(entry);
      }
      TransportKeys keys = handshake.deriveSession();
      if (keys == null) {
        return release(entry);
      }
      peer.begin(session(entry, keys, now));
    }
    peer.where().onHeardFrom(from);
    peer.countReceived(InitiationMessage.SIZE);
    peer.timers().onSessionDerived(now);
    peer.timers().onAnyAuthenticatedReceived(now);
    peer.timers().onAnyAuthenticatedSent(now);
    peer.onHandshakeSent(now);
    peer.countSent(ResponseMessage.SIZE);
    peer.onTimersChanged();
    send(peer, from, createdResponse, ResponseMessage.SIZE);
    return Outcome.HANDSHAKE_ANSWERED;
  }

  private Outcome release(@Nullable IndexEntry entry) {
    if (entry != null) {
      indices.get(IndexTable.workerOf(entry.index())).release(entry);
    }
    return Outcome.HANDSHAKE_NOT_AUTHENTIC;
  }

  private Outcome receiveResponse(HandshakeQueue queue, LocalIdentity identity, long now) {
    byte[] message = copyTo(response);
    UdpEndpoint from = received.source().toEndpoint();
    Outcome refused = admission.refuse(received, identity.cookies(), message, from, now);
    if (refused != null) {
      return refused;
    }
    IndexEntry entry = queue.lookup(ResponseMessage.receiver(message));
    if (entry == null) {
      return Outcome.HANDSHAKE_UNEXPECTED;
    }
    Peer peer = entry.peer();
    Handshake handshake = peer.handshake(identity.keys(), x25519);
    synchronized (handshake) {
      Outcome outcome = handshake.consumeResponse(message, crypto);
      if (outcome != Outcome.HANDSHAKE_COMPLETED) {
        return outcome;
      }
      TransportKeys keys = handshake.deriveSession();
      if (keys == null) {
        return Outcome.HANDSHAKE_UNEXPECTED;
      }
      // Here, lest another initiation of ours gives the index away before the session has it.
      peer.begin(session(entry, keys, now));
    }
    peer.where().onHeardFrom(from);
    peer.countReceived(ResponseMessage.SIZE);
    peer.timers().onSessionDerived(now);
    peer.timers().onAnyAuthenticatedReceived(now);
    peer.onHandshakeComplete(now);
    peer.onTimersChanged();
    // What waits, or a keepalive: the first packet tells the other side that it may send (5.4.6).
    peer.request(Peer.SEND_STAGED_OR_KEEPALIVE);
    return Outcome.HANDSHAKE_COMPLETED;
  }

  private Outcome receiveCookieReply(HandshakeQueue queue, LocalIdentity identity, long now) {
    byte[] message = copyTo(cookieReply);
    IndexEntry entry = queue.lookup(CookieReplyMessage.receiver(message));
    return entry == null
        ? Outcome.HANDSHAKE_UNEXPECTED
        : entry.peer().handshake(identity.keys(), x25519).consumeCookieReply(message, now);
  }

  private static Session session(IndexEntry entry, TransportKeys keys, long now) {
    return new Session(
        entry, keys.remoteIndex(), keys.initiator(), now, keys.sending(), keys.receiving());
  }

  // --- initiations of ours

  /// Sends one initiation that is wanted. One at a time, in turn with messages that arrive: neither
  /// a flood of strangers nor a scan from inside locks out the other.
  private boolean sendWanted(long now) {
    Peer peer = taken != null ? taken : wanted.takeAll();
    if (peer == null) {
      return false;
    }
    taken = wanted.next(peer);
    peer.initiationTaken();
    initiate(peer, now);
    return true;
  }

  private void initiate(Peer peer, long now) {
    LocalIdentity identity = peer.table().identity();
    UdpEndpoint to = peer.endpoint();
    if (identity == null
        || to == null
        || peer.isRemoved()
        || !peer.mayInitiate(now)
        || ports.get(peer.table()) == null) {
      return;
    }
    // First of all, as in the kernel: where it cannot be, it is not tried with every packet either.
    peer.onHandshakeSent(now);
    Handshake handshake = peer.handshake(identity.keys(), x25519);
    IndexEntry entry = indices.get(peer.worker()).allocate(peer);
    if (entry == null) {
      return;
    }
    Instant wall = Instant.now();
    // Not under the monitor, which a worker may have to wait for: once an hour this writes a file.
    Tai64n stamp = stamps.stamp(wall.getEpochSecond(), wall.getNano());
    synchronized (handshake) {
      if (!handshake.createInitiation(entry.index(), stamp, now, created, crypto)) {
        release(entry); // a public key of low order: nothing may be sent
        return;
      }
      peer.setPending(entry);
    }
    peer.timers().onAnyAuthenticatedSent(now);
    peer.timers().onHandshakeInitiated(now);
    peer.countSent(InitiationMessage.SIZE);
    peer.onTimersChanged();
    send(peer, to, created, InitiationMessage.SIZE);
  }

  private void send(Peer peer, UdpEndpoint to, byte[] message, int length) {
    UdpPort port = ports.get(peer.table());
    if (!sender.send(port, to, message, length) && to.localAddress() != null) {
      // The address that the peer knew us by may be gone.
      peer.where().forgetLocalAddress();
      sender.send(port, to.withoutLocal(), message, length);
    }
  }

  private void count(PeerTable peers, Outcome outcome) {
    ports.count(peers, outcome);
  }

  /// Ends the thread, which frees the rest of what it owns; waits for it.
  void stop() {
    stopping = true;
    sockets.ring();
    LockSupport.unpark(thread);
    Threads.join(thread);
  }

  /// Frees what it waits with, when all threads have been stopped: until then others may ring its
  /// bell.
  void free() {
    sockets.close();
  }
}
