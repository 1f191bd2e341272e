package io.wiregate.dataplane.session;

import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.route.AllowedIps;
import io.wiregate.os.net.IpPrefix;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The peers of one interface, by key and by allowed address.
///
/// Changes are made under this object's monitor and published to the walk as an immutable snapshot
/// of the routes, with one release store; they touch no session of any other peer. Any thread looks
/// up.
public final class PeerTable {
  private final Map<PublicKey, Peer> byKey = new ConcurrentHashMap<>();

  // Guarded by this: the order in which peers were added, for listings.
  private final PeerList inOrder = new PeerList();

  private final PeerEndpoints endpoints = new PeerEndpoints();
  private volatile AllowedIps<Peer> routes = AllowedIps.empty();
  private volatile @Nullable LocalIdentity identity;

  private final int number;

  /// @param number of the interface, unique within a data plane
  public PeerTable(int number) {
    this.number = number;
  }

  /// The number of the interface, the same at every worker.
  public int number() {
    return number;
  }

  /// Who the interface is, null while it has no private key.
  public @Nullable LocalIdentity identity() {
    return identity;
  }

  /// Changes who the interface is. Sessions under the old key send nothing more, but still receive
  /// until they are too old.
  public synchronized void setIdentity(@Nullable LocalIdentity identity) {
    this.identity = identity;
    expireSessions();
  }

  /// Sends nothing more under the sessions that there are, and lets handshakes begin at once.
  public synchronized void expireSessions() {
    inOrder.forEach(Peer::expireSessions);
  }

  /// Which peer may have which address, as of now.
  public AllowedIps<Peer> routes() {
    return routes;
  }

  public @Nullable Peer byKey(PublicKey key) {
    return byKey.get(key);
  }

  /// Whether an address and port are where a peer was last heard from, or configured to be. It may
  /// miss some; it allocates nothing.
  ///
  /// @param high as [io.wiregate.os.net.IpAddress#high]
  /// @param low as [io.wiregate.os.net.IpAddress#low]
  public boolean isEndpoint(boolean v6, long high, long low, int port) {
    return endpoints.contains(v6, high, low, port);
  }

  PeerEndpoints endpoints() {
    return endpoints;
  }

  public int size() {
    return byKey.size();
  }

  /// Shows every peer to somebody, in no order and without a copy; ones that are added or removed
  /// meanwhile may be left out.
  public void forEach(Consumer<Peer> action) {
    byKey.values().forEach(action);
  }

  /// All peers in the order in which they were added.
  public synchronized Collection<Peer> peers() {
    List<Peer> copy = new ArrayList<>(inOrder.size());
    inOrder.forEach(copy::add);
    return Collections.unmodifiableCollection(copy);
  }

  public synchronized void add(Peer peer) {
    byKey.put(peer.publicKey(), peer);
    inOrder.addLast(peer);
    endpoints.makeRoomFor(inOrder);
  }

  /// Takes a peer out, with its addresses and sessions; one that is not there is no error.
  public synchronized void remove(Peer peer) {
    if (byKey.remove(peer.publicKey(), peer)) {
      inOrder.remove(peer);
      replaceAllowedIps(peer, List.of());
      peer.remove();
      endpoints.remove(peer);
    }
  }

  /// Gives a peer an address range, which it takes from the peer that had it. A peer that was
  /// removed gets none.
  public synchronized void allow(Peer peer, IpPrefix prefix) {
    if (!peer.isRemoved()) {
      routes = allow(routes, peer, prefix);
    }
  }

  /// Takes an address range from a peer; one that it does not have is no error.
  public synchronized void disallow(Peer peer, IpPrefix prefix) {
    routes = routes.without(prefix, peer);
    peer.allowedIps.remove(prefix);
  }

  /// Gives a peer these address ranges and no others, in one step for the walk.
  public synchronized void replaceAllowedIps(Peer peer, Collection<IpPrefix> prefixes) {
    if (peer.isRemoved()) {
      return;
    }
    AllowedIps<Peer> changed = routes;
    for (IpPrefix prefix : peer.allowedIps.toList()) {
      changed = changed.without(prefix, peer);
    }
    peer.allowedIps.clear();
    for (IpPrefix prefix : prefixes) {
      changed = allow(changed, peer, prefix);
    }
    routes = changed;
  }

  /// A peer's address ranges in the order they were given.
  public synchronized List<IpPrefix> allowedIps(Peer peer) {
    return peer.allowedIps.toList();
  }

  private static AllowedIps<Peer> allow(AllowedIps<Peer> routes, Peer peer, IpPrefix prefix) {
    Peer owner = routes.owner(prefix);
    if (owner != null) {
      owner.allowedIps.remove(prefix);
    }
    peer.allowedIps.addLast(prefix);
    return routes.with(prefix, peer);
  }
}
