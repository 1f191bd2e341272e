package io.wiregate.dataplane;

import io.wiregate.dataplane.noise.CookieChecker;
import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.noise.StaticIdentity;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.session.Limits;
import io.wiregate.dataplane.session.LocalIdentity;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.dataplane.wire.TransportMessage;
import io.wiregate.dataplane.worker.AttachedInterface;
import io.wiregate.dataplane.worker.WorkerPool;
import io.wiregate.os.BootClock;
import io.wiregate.os.OsException;
import io.wiregate.os.crypto.X25519;
import io.wiregate.os.link.Netlink;
import io.wiregate.os.tun.TunInterface;
import io.wiregate.os.tun.TunOffloads;
import io.wiregate.os.udp.SendBatch;
import io.wiregate.os.udp.UdpEndpoint;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A WireGuard interface: its key, port and peers. Changes take effect at once and touch no session
/// that they are not about. Any thread; methods that change something hold this object's monitor.
///
/// The port is open while the interface is up, as in the kernel.
public final class Device implements AutoCloseable {
  /// Of IPv4 and TCP without options.
  private static final int SMALLEST_TCP_HEADERS = 40;

  /// What the wall clock may differ from where it was expected before it counts as set anew.
  private static final Duration WALL_CLOCK_STEP = Duration.ofMillis(100);

  private final TunInterface tun;
  private final WorkerPool pool;
  private final LinkWatcher links;
  private final RouteWatcher routes;
  private final X25519 x25519;
  private final PeerTable peers;
  private final AttachedInterface attached;
  private final Consumer<Device> onClosed;
  private final CompletableFuture<Void> gone = new CompletableFuture<>();

  // Guarded by this.
  private int listenPort;
  private int firewallMark;
  private boolean up;
  private boolean closed;
  private Instant bootInstant = Instant.EPOCH;
  private final BootClock clock;

  private Device(
      TunInterface tun,
      int mtu,
      DataPlaneOptions options,
      WorkerPool pool,
      LinkWatcher links,
      RouteWatcher routes,
      Consumer<Device> onClosed) {
    this.tun = tun;
    this.pool = pool;
    this.links = links;
    this.routes = routes;
    this.x25519 = options.x25519();
    this.onClosed = onClosed;
    this.peers = pool.newPeerTable();
    this.attached = pool.attach(peers, tun, mtu);
    this.clock = new BootClock();
  }

  static Device create(
      String name,
      int mtu,
      DataPlaneOptions options,
      WorkerPool pool,
      LinkWatcher links,
      RouteWatcher routes,
      Consumer<Device> onClosed)
      throws OsException {
    TunInterface tun = TunInterface.create(name, pool.workerCount(), options.tunOffloads());
    try {
      configureLink(tun, mtu);
    } catch (OsException e) {
      tun.close();
      throw e;
    }
    try {
      Device device = new Device(tun, mtu, options, pool, links, routes, onClosed);
      links.watch(device);
      return device;
    } catch (IllegalStateException tooMany) {
      tun.close();
      throw tooMany;
    }
  }

  /// Sets the MTU, and bounds what the kernel hands over at once so that one read makes one UDP
  /// message: a nearly empty second one would cost as much as the first.
  private static void configureLink(TunInterface tun, int mtu) throws OsException {
    try (Netlink netlink = Netlink.open()) {
      int index = netlink.link(tun.name()).index();
      netlink.setMtu(index, mtu);
      int segments = SendBatch.MAX_PAYLOAD / (mtu + TransportMessage.OVERHEAD);
      if (tun.offloads().tcp() && segments > 1) {
        int bytes = Math.min(65536, (segments + 1) * (mtu - SMALLEST_TCP_HEADERS));
        netlink.setGsoMaximum(index, bytes, Math.min(segments, SendBatch.MAX_SEGMENTS));
      }
    }
  }

  /// The name that the interface was created with.
  public String name() {
    return tun.name();
  }

  int number() {
    return peers.number();
  }

  TunInterface tun() {
    return tun;
  }

  /// What the kernel does for its packets.
  public TunOffloads tunOffloads() {
    return tun.offloads();
  }

  /// Completed when the interface was deleted by somebody else; it is then to be closed.
  public CompletableFuture<Void> gone() {
    return gone;
  }

  /// On a worker's thread, where nobody who was waiting may do work of theirs.
  void onGone() {
    gone.completeAsync(() -> null);
  }

  // --- the interface

  /// What the kernel says of the interface now.
  synchronized void onLink(boolean nowUp, int mtu) {
    if (closed) {
      return;
    }
    if (mtu > 0) {
      attached.setMtu(mtu);
    }
    if (nowUp && !(up && attached.isListening())) {
      up = true;
      try {
        listenPort = attached.listen(listenPort, firewallMark);
      } catch (OsException e) {
        // Somebody has the port: tried again with the next event, and when another one is set.
        return;
      }
      peers.peers().forEach(this::greet);
    } else if (!nowUp && up) {
      up = false;
      attached.stopListening();
      peers.peers().forEach(Peer::stop);
    }
  }

  /// Sends what waits for a peer, or tells it that we are here if that is configured.
  synchronized void greet(Peer peer) {
    if (up) {
      peer.request(
          peer.persistentKeepaliveSeconds() > 0 ? Peer.SEND_STAGED_OR_KEEPALIVE : Peer.SEND_STAGED);
    }
  }

  /// Opens the port and sets the interface up, in that order: it never takes packets that it could
  /// not send.
  ///
  /// @throws OsException `EADDRINUSE` where another socket has the port; the interface stays down
  public synchronized void setUp() throws OsException {
    if (!up) {
      listenPort = attached.listen(listenPort, firewallMark);
      up = true;
    }
    try (Netlink netlink = Netlink.open()) {
      netlink.setUp(netlink.link(tun.name()).index());
    }
    peers.peers().forEach(this::greet);
  }

  /// Whether the interface is up.
  public synchronized boolean isUp() {
    return up;
  }

  /// Whether the interface is up and its port open.
  public synchronized boolean isListening() {
    return up && attached.isListening();
  }

  /// Sets our key; null leaves the interface without one. A peer with that key, which would be
  /// ourselves, is removed.
  ///
  /// @param key taken over
  public synchronized void setPrivateKey(@Nullable PrivateKey key) {
    if (closed) {
      if (key != null) {
        key.close();
      }
      return;
    }
    LocalIdentity before = peers.identity();
    if (key == null) {
      peers.setIdentity(null);
    } else {
      if (before != null && before.keys().publicKey().equals(key.publicKey())) {
        key.close();
        return;
      }
      Peer ourselves = peers.byKey(key.publicKey());
      if (ourselves != null) {
        peers.remove(ourselves);
      }
      StaticIdentity keys = new StaticIdentity(key);
      peers.setIdentity(
          new LocalIdentity(keys, new CookieChecker(keys, pool.random(), clock.nanos())));
    }
    if (before != null) {
      pool.awaitHandshakeThreads();
      peers.expireSessions(); // what was completed under the old key meanwhile
      before.keys().close();
    }
    peers.peers().forEach(this::greet);
  }

  /// A copy of our key, which the caller wipes; null where there is none.
  public synchronized byte @Nullable [] privateKeyBytes() {
    LocalIdentity identity = peers.identity();
    return identity == null ? null : identity.keys().privateKey().toBytes();
  }

  public @Nullable PublicKey publicKey() {
    LocalIdentity identity = peers.identity();
    return identity == null ? null : identity.keys().publicKey();
  }

  /// Sets the UDP port, which is opened at once if the interface is up. If that fails, nothing has
  /// changed.
  ///
  /// @param port 0 for any that is free
  /// @throws OsException `EADDRINUSE` where another socket has it
  public synchronized void setListenPort(int port) throws OsException {
    if (up) {
      boolean begins = !attached.isListening();
      if (port == 0 || port != listenPort || begins) {
        listenPort = attached.listen(port, firewallMark);
        peers.peers().forEach(peer -> peer.where().forgetLocalAddress());
      }
      if (begins) {
        peers.peers().forEach(this::greet);
      }
    } else {
      listenPort = port;
    }
  }

  public synchronized int listenPort() {
    return listenPort;
  }

  /// Sets the mark of outgoing packets for the routing policy, 0 for none.
  ///
  /// @throws OsException `EPERM` without `CAP_NET_ADMIN`
  public synchronized void setFirewallMark(int mark) throws OsException {
    attached.setMark(mark);
    firewallMark = mark;
    if (closed) {
      return; // the thread that looks ends with the data plane
    }
    routes.lookAgain(); // by the mark, another way may be the peers'
  }

  public synchronized int firewallMark() {
    return firewallMark;
  }

  // --- peers

  /// The peer of that key, made if there is none.
  ///
  /// @return null for our own key, which can be no peer's
  /// @throws IllegalStateException where the interface has [Limits#MAX_PEERS] already
  public synchronized @Nullable PeerSettings obtainPeer(PublicKey key) {
    Peer peer = obtain(key);
    return peer == null ? null : new PeerSettings(this, peer);
  }

  private @Nullable Peer obtain(PublicKey key) {
    if (key.equals(publicKey())) {
      return null;
    }
    Peer peer = peers.byKey(key);
    if (peer == null) {
      if (peers.size() >= Limits.MAX_PEERS) {
        throw new IllegalStateException(
            name()
                + " has "
                + Limits.MAX_PEERS
                + " peers, the most there may be: remove one first");
      }
      peer = pool.newPeer(key, peers);
      peers.add(peer);
    }
    return peer;
  }

  public boolean hasPeer(PublicKey key) {
    return peers.byKey(key) != null;
  }

  /// Removes a peer with its sessions; one that is not there is no error.
  ///
  /// @return whether there was one
  public synchronized boolean removePeer(PublicKey key) {
    Peer peer = peers.byKey(key);
    if (peer != null) {
      peers.remove(peer);
    }
    return peer != null;
  }

  public synchronized void removeAllPeers() {
    peers.peers().forEach(peers::remove);
  }

  /// Makes a peer what the configuration says, whatever it was before; its sessions go on.
  ///
  /// @throws IllegalStateException where it is new and the interface has [Limits#MAX_PEERS] already
  public synchronized void putPeer(PeerConfiguration configuration) {
    Peer peer = obtain(configuration.publicKey());
    if (peer == null) {
      return;
    }
    PresharedKey key = configuration.presharedKey();
    peer.setPresharedKey(key == null ? PresharedKey.none() : key);
    UdpEndpoint endpoint = configuration.endpoint();
    if (endpoint != null) {
      peer.where().set(endpoint);
    }
    setPersistentKeepalive(peer, configuration.persistentKeepaliveSeconds());
    peers.replaceAllowedIps(peer, configuration.allowedIps());
    greet(peer);
  }

  synchronized void setPersistentKeepalive(Peer peer, int seconds) {
    boolean begins = peer.persistentKeepaliveSeconds() == 0 && seconds > 0;
    peer.setPersistentKeepaliveSeconds(seconds);
    if (begins && up) {
      peer.request(Peer.SEND_STAGED_OR_KEEPALIVE);
    }
  }

  PeerTable peers() {
    return peers;
  }

  /// Shared secrets are computed by this.
  public X25519 x25519() {
    return x25519;
  }

  // --- what it looks like

  /// All peers in the order in which they were added.
  public List<PeerStatus> peerStatuses() {
    Instant booted = bootInstant();
    return peers.peers().stream().map(peer -> status(peer, booted)).toList();
  }

  /// The public keys of all peers in that order.
  public List<PublicKey> peerKeys() {
    return peers.peers().stream().map(Peer::publicKey).toList();
  }

  /// One peer, null where there is none of that key.
  public @Nullable PeerStatus peerStatus(PublicKey key) {
    Peer peer = peers.byKey(key);
    return peer == null ? null : status(peer, bootInstant());
  }

  /// The preshared key of a peer: 32 bytes that the caller wipes, zeros for none.
  public byte[] presharedKeyBytes(PublicKey key) {
    Peer peer = peers.byKey(key);
    return peer == null ? new byte[PresharedKey.SIZE] : peer.presharedKeyBytes();
  }

  /// When the boot clock was zero. Only a step of the wall clock changes it, so that the time of a
  /// handshake is the same each time that it is asked for.
  private synchronized Instant bootInstant() {
    if (closed) {
      return bootInstant;
    }
    Instant measured = Instant.now().minusNanos(clock.nanos());
    if (Duration.between(bootInstant, measured).abs().compareTo(WALL_CLOCK_STEP) >= 0) {
      bootInstant = measured;
    }
    return bootInstant;
  }

  private PeerStatus status(Peer peer, Instant booted) {
    return new PeerStatus(
        peer.publicKey(),
        peer.endpoint(),
        lastHandshake(peer, booted),
        peer.receivedBytes(),
        peer.sentBytes(),
        peer.persistentKeepaliveSeconds(),
        peers.allowedIps(peer));
  }

  /// Never later than now, which `wg` would complain of.
  private static @Nullable Instant lastHandshake(Peer peer, Instant booted) {
    long last = peer.lastHandshakeNanos();
    if (last == Peer.NEVER) {
      return null;
    }
    Instant then = booted.plusNanos(last);
    Instant wall = Instant.now();
    return then.isAfter(wall) ? wall : then;
  }

  public int peerCount() {
    return peers.size();
  }

  /// How often something became of a packet or message.
  public long count(Outcome outcome) {
    return attached.count(outcome);
  }

  /// Whether messages reach the worker of their session by the kernel's steering.
  public boolean isSteered() {
    return attached.isSteered();
  }

  /// Removes the interface. Closing twice is allowed.
  @Override
  public void close() {
    links.forget(this);
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      up = false;
      removeAllPeers();
      LocalIdentity identity = peers.identity();
      peers.setIdentity(null);
      attached.detach();
      tun.close();
      pool.awaitHandshakeThreads();
      if (identity != null) {
        identity.keys().close();
      }
      clock.close();
    }
    gone.complete(null);
    onClosed.accept(this);
  }
}
