package io.wiregate.dataplane.session;

import io.wiregate.dataplane.noise.Handshake;
import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.noise.RemoteStatic;
import io.wiregate.dataplane.noise.StaticIdentity;
import io.wiregate.os.crypto.X25519;
import io.wiregate.os.udp.UdpEndpoint;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The other end of a tunnel: who it is, where it is, and what we share with it.
///
/// One worker, chosen for life, receives for it and keeps its timers; any worker sends to it. Slots
/// of sessions change under this object's monitor, rarely; the walk reads volatile fields.
public final class Peer extends TimerWheel.Entry {
  // Requests to the peer's worker.
  /// The earliest deadline has moved before the time that the wheel will wake.
  public static final int ARM_TIMERS = 1;

  /// There is a session: send what waits, or a keepalive where nothing does.
  public static final int SEND_STAGED_OR_KEEPALIVE = 2;

  /// There is a session: send what waits.
  public static final int SEND_STAGED = 4;

  /// The peer is gone: forget it.
  public static final int DISARM = 8;

  /// A time that has not been.
  public static final long NEVER = Long.MIN_VALUE;

  private static final PresharedKey NO_PRESHARED_KEY = PresharedKey.none();

  private static final VarHandle REQUESTS;
  private static final VarHandle RX_BYTES;
  private static final VarHandle TX_BYTES;
  private static final VarHandle INITIATION_QUEUED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      REQUESTS = lookup.findVarHandle(Peer.class, "requests", int.class);
      RX_BYTES = lookup.findVarHandle(Peer.class, "rxBytes", long.class);
      TX_BYTES = lookup.findVarHandle(Peer.class, "txBytes", long.class);
      INITIATION_QUEUED = lookup.findVarHandle(Peer.class, "initiationQueued", boolean.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  // Constant.
  private final PublicKey publicKey;
  private final PeerTable table;
  private final int worker;
  private final PeerEvents events;
  private final StagedPackets staged;
  private final PeerTimers timers = new PeerTimers();
  private final PeerEndpoint where = new PeerEndpoint(this);

  // Any thread.
  private volatile @Nullable Session current;
  private volatile long lastHandshakeNanos = NEVER;
  private volatile long lastHandshakeSentNanos = NEVER;
  private volatile long wakeAt = PeerTimers.NEVER;
  private volatile int persistentKeepaliveSeconds;
  private volatile boolean removed;

  @SuppressWarnings("UnusedVariable") // by REQUESTS
  private volatile int requests;

  @SuppressWarnings("UnusedVariable") // by INITIATION_QUEUED
  private volatile boolean initiationQueued;

  private volatile long rxBytes;
  private volatile long txBytes;

  /// Links of the list of peers that have requests. Owner: whoever took the peer off the list.
  public @Nullable Peer nextRequested;

  /// Links of the list of peers that want a handshake.
  public @Nullable Peer nextWanted;

  // Guarded by this.
  private @Nullable Session previous;
  private @Nullable Session next;
  private @Nullable IndexEntry pending;

  // Guarded by handshakeLock. The handshake is made when it is first needed: it costs a
  // Diffie-Hellman, and most of very many peers never call.
  private final Object handshakeLock = new Object();
  private @Nullable Handshake handshake;
  private @Nullable PresharedKey handshakeKey;

  /// A copy of our own, wiped when another one takes its place. Written under handshakeLock, so
  /// that no handshake thread is copying it then.
  private volatile PresharedKey presharedKey = NO_PRESHARED_KEY;

  /// Guarded by the table: address ranges in the order they were given.
  final PrefixList allowedIps = new PrefixList();

  /// Links of the table's list of peers.
  @Nullable Peer previousInTable;

  @Nullable Peer nextInTable;

  /// @param worker the number of the worker that shall receive for it
  /// @param stagedBytes what waits for all peers of the data plane
  public Peer(
      PublicKey publicKey, PeerTable table, int worker, PeerEvents events, AtomicLong stagedBytes) {
    this.publicKey = publicKey;
    this.table = table;
    this.worker = worker;
    this.events = events;
    this.staged = new StagedPackets(stagedBytes);
  }

  public PublicKey publicKey() {
    return publicKey;
  }

  /// The table of the interface that it is a peer of.
  public PeerTable table() {
    return table;
  }

  /// The number of the worker that receives for it.
  public int worker() {
    return worker;
  }

  /// The handshake with this peer, under the identity and preshared key that are configured now.
  /// For handshake threads.
  public Handshake handshake(StaticIdentity identity, X25519 x25519) {
    synchronized (handshakeLock) {
      PresharedKey key = presharedKey;
      Handshake known = handshake;
      if (known == null) {
        known = new Handshake(new RemoteStatic(identity, publicKey, key, x25519));
        handshake = known;
        handshakeKey = key;
      } else if (known.remote().identity() != identity || handshakeKey != key) {
        known.setRemote(new RemoteStatic(identity, publicKey, key, x25519));
        handshakeKey = key;
      }
      if (removed) {
        known.destroy(); // made from a key that is wiped already; it refuses everything
      }
      return known;
    }
  }

  /// Drops the handshake that is under way, if any. Not under this object's monitor: a handshake
  /// thread holds the handshake's while it comes here.
  private void clearHandshake() {
    synchronized (handshakeLock) {
      Handshake known = handshake;
      if (known == null) {
        setPending(null);
        return;
      }
      // Both or neither, as handshake threads do: an initiation in between would lose its index.
      synchronized (known) {
        known.clear();
        setPending(null);
      }
    }
  }

  /// Remembers the index of the handshake that we have begun, and frees the one before.
  public synchronized void setPending(@Nullable IndexEntry entry) {
    if (pending != null) {
      events.onIndexFreed(pending);
    }
    pending = entry;
    if (removed && entry != null) {
      events.onIndexFreed(entry);
      pending = null;
    }
  }

  /// The key that both share besides, [PresharedKey#none] for none. Borrowed: once another one is
  /// set it is wiped.
  public PresharedKey presharedKey() {
    return presharedKey;
  }

  /// A copy of it: 32 bytes that the caller wipes, zeros for none.
  public byte[] presharedKeyBytes() {
    synchronized (handshakeLock) {
      return presharedKey.toBytes();
    }
  }

  /// Counts from the next handshake on. The same key once more changes nothing.
  ///
  /// @param key copied
  public void setPresharedKey(PresharedKey key) {
    synchronized (handshakeLock) {
      PresharedKey before = presharedKey;
      if (!removed && !before.isSameAs(key)) {
        presharedKey = key.isNone() ? NO_PRESHARED_KEY : key.copy();
        before.close();
        handshakeKey = null; // or none, one and none again would look as if nothing had changed
        if (handshake != null) {
          handshake.forgetPresharedKey();
        }
      }
    }
  }

  public PeerTimers timers() {
    return timers;
  }

  public boolean isRemoved() {
    return removed;
  }

  // --- where it is

  /// Where to send to, null while that is not known.
  public @Nullable UdpEndpoint endpoint() {
    return where.get();
  }

  /// Where it is, and what is known of the way there.
  public PeerEndpoint where() {
    return where;
  }

  // --- sessions

  /// The session to send under, null where there is none that may be used.
  public @Nullable Session sendingSession(long now) {
    Session session = current;
    return session != null && session.maySend(now) ? session : null;
  }

  /// The newest confirmed session, whatever its age.
  public @Nullable Session currentSession() {
    return current;
  }

  /// Takes a session that a handshake gave. If we were the initiator it is used at once, since the
  /// response proved that the other side has it; else from the first packet under it on.
  public synchronized void begin(Session session) {
    if (removed) {
      events.onSessionEnded(session);
      return;
    }
    session.entry().setSession(session);
    if (!session.weInitiated()) {
      replace(null, current, session);
      return;
    }
    pending = null; // its index is the session's now
    replace(next == null ? current : next, session, null);
  }

  /// A packet arrived under a session that was not confirmed: it is used for sending from now on.
  ///
  /// @return false where the session was replaced meanwhile
  public synchronized boolean confirm(Session session) {
    if (session != next) {
      return false;
    }
    replace(current, session, null);
    session.confirm();
    return true;
  }

  /// Fills the slots anew and ends what is in none of them any more, in this order: once a session
  /// has ended nobody may find it, since its keys are wiped soon.
  private void replace(
      @Nullable Session newPrevious, @Nullable Session newCurrent, @Nullable Session newNext) {
    Session oldPrevious = previous;
    Session oldCurrent = current;
    Session oldNext = next;
    previous = newPrevious;
    current = newCurrent;
    next = newNext;
    endUnlessKept(oldPrevious);
    endUnlessKept(oldCurrent);
    endUnlessKept(oldNext);
  }

  private void endUnlessKept(@Nullable Session session) {
    if (session != null && session != previous && session != current && session != next) {
      events.onSessionEnded(session);
    }
  }

  /// Ends all sessions and the handshake that is under way.
  public void clearSessions() {
    synchronized (this) {
      replace(null, null, null);
    }
    clearHandshake();
  }

  /// The interface went down: forgets all but the configuration and where the peer is. A handshake
  /// may begin as soon as it is up again, as in the kernel.
  public void stop() {
    staged.clear();
    timers.stop();
    clearSessions();
    lastHandshakeSentNanos = NEVER;
  }

  /// After a change of our private key: nothing more is sent under what the old one gave, and a
  /// handshake may begin at once.
  void expireSessions() {
    clearHandshake();
    lastHandshakeSentNanos = NEVER;
    synchronized (this) {
      if (next != null) {
        next.forbidSending();
      }
      Session session = current;
      if (session != null) {
        session.forbidSending();
      }
    }
  }

  /// Whether something that arrives now should be followed by a handshake, lest the session that is
  /// in use ends unnoticed; true once for each session. For the peer's worker.
  public boolean wantsRenewalAfterReceiving(long now) {
    Session session = current;
    return session != null && session.wantsRenewalAfterReceiving(now);
  }

  // --- handshakes

  /// Asks for a handshake, unless one was begun or answered a moment ago.
  public void wantHandshake(long now) {
    if (mayInitiate(now) && !removed) {
      timers.onHandshakeWanted();
      queueInitiation();
    }
  }

  /// Asks for one more initiation of the handshake that is under way.
  public void repeatHandshake() {
    if (!removed) {
      queueInitiation();
    }
  }

  private void queueInitiation() {
    if (INITIATION_QUEUED.compareAndSet(this, false, true)) {
      events.onHandshakeWanted(this);
    }
  }

  /// For the handshake thread, when it takes the peer from its queue.
  public void initiationTaken() {
    initiationQueued = false;
  }

  /// Whether so much time has passed since the last initiation or response that we sent that
  /// another one may be.
  public boolean mayInitiate(long now) {
    long last = lastHandshakeSentNanos;
    return last == NEVER || now - last >= Limits.REKEY_TIMEOUT;
  }

  public void onHandshakeSent(long now) {
    lastHandshakeSentNanos = now;
  }

  /// Both sides have a new session.
  public void onHandshakeComplete(long now) {
    timers.onHandshakeComplete();
    lastHandshakeNanos = now;
  }

  /// When the last handshake was completed, or [#NEVER].
  public long lastHandshakeNanos() {
    return lastHandshakeNanos;
  }

  // --- packets that wait

  /// What waits until there is a session.
  public StagedPackets staged() {
    return staged;
  }

  // --- what its worker is to do

  /// Asks the peer's worker for something.
  public void request(int what) {
    if ((int) REQUESTS.getAndBitwiseOr(this, what) == 0) {
      events.onRequest(this);
    }
  }

  /// For the peer's worker: what was asked for since the last time.
  public int takeRequests() {
    return (int) REQUESTS.getAndSet(this, 0);
  }

  /// To be called after anything that may have set a timer.
  public void onTimersChanged() {
    if (timers.nextDeadline() < wakeAt) {
      request(ARM_TIMERS);
    }
  }

  /// For the peer's worker: when the wheel has to wake for this peer, [PeerTimers#NEVER] for not at
  /// all. From then on [#onTimersChanged] speaks up for anything that is due before.
  public long takeWakeAt() {
    long deadline;
    do {
      deadline = timers.nextDeadline();
      wakeAt = deadline;
      // A timer that was set between the two lines was compared with the time before.
    } while (timers.nextDeadline() < deadline);
    return deadline;
  }

  // --- bytes

  /// Counts bytes of authenticated messages, headers included.
  public void countReceived(long bytes) {
    RX_BYTES.getAndAdd(this, bytes);
  }

  public void countSent(long bytes) {
    TX_BYTES.getAndAdd(this, bytes);
  }

  public long receivedBytes() {
    return rxBytes;
  }

  public long sentBytes() {
    return txBytes;
  }

  // --- configuration; guarded by the device's lock

  public int persistentKeepaliveSeconds() {
    return persistentKeepaliveSeconds;
  }

  public void setPersistentKeepaliveSeconds(int seconds) {
    persistentKeepaliveSeconds = seconds;
    timers.setPersistentKeepalive(seconds * 1_000_000_000L);
  }

  /// Takes the peer out of service for good.
  void remove() {
    synchronized (this) {
      removed = true;
    }
    clearSessions();
    timers.stop();
    staged.close();
    synchronized (handshakeLock) {
      if (handshake != null) {
        handshake.destroy();
      }
      presharedKey.close();
    }
    request(DISARM);
  }

  @Override
  public String toString() {
    return "peer " + publicKey;
  }
}
