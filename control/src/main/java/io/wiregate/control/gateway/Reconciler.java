package io.wiregate.control.gateway;

import io.wiregate.control.database.Database;
import io.wiregate.control.database.DatabaseAwayException;
import io.wiregate.control.peer.Peers;
import io.wiregate.control.peer.StoredPeer;
import io.wiregate.control.secret.Sealed;
import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the interfaces' peers as the database has them. It remembers what it has told them, and
/// tells only differences, so that no other peer's session is touched. Any thread; one at a time.
public final class Reconciler {
  private static final Logger log = LoggerFactory.getLogger(Reconciler.class);

  /// What an interface was told. The preshared key stays with the interface: its sealed form, which
  /// differs whenever the key does, says whether it has changed.
  private record Told(StoredPeer peer) {
    boolean isSameAs(StoredPeer other) {
      return Arrays.equals(sealed(peer), sealed(other))
          && peer.zoneId() == other.zoneId()
          && peer.publicKey().equals(other.publicKey())
          && peer.addresses().equals(other.addresses());
    }

    private static byte[] sealed(StoredPeer peer) {
      Sealed presharedKey = peer.presharedKey();
      return presharedKey == null ? new byte[0] : presharedKey.bytes();
    }
  }

  /// What an interface knows a peer by.
  private record Place(short zoneId, PublicKey publicKey) {
    static Place of(StoredPeer peer) {
      return new Place(peer.zoneId(), peer.publicKey());
    }
  }

  private final Database database;
  private final Peers peers;
  private final Gateway gateway;
  private final Map<UUID, Told> told = new HashMap<>(); // guarded by this
  private final Map<Place, UUID> holders = new HashMap<>(); // guarded by this
  private final Set<UUID> owed = new HashSet<>(); // guarded by this

  public Reconciler(Database database, Peers peers, Gateway gateway) {
    this.database = database;
    this.peers = peers;
    this.gateway = gateway;
  }

  /// Brings one peer in line; what fails is tried again by [#settle].
  public synchronized void refresh(UUID id) {
    try {
      Optional<StoredPeer> stored = database.with(handle -> peers.store().findStored(handle, id));
      bring(id, stored.filter(StoredPeer::enabled));
      owed.remove(id);
    } catch (RuntimeException failed) {
      owed.add(id);
      log.warn("peer {} is not in line with the database yet: {}", id, failed.getMessage());
    }
  }

  /// Tries again what failed.
  public synchronized void settle() {
    for (UUID id : List.copyOf(owed)) {
      refresh(id);
    }
  }

  /// Brings every peer in line: at the start, and after changes may have been missed.
  ///
  /// @throws io.wiregate.control.database.DatabaseAwayException if the database does not answer
  public synchronized void refreshAll() {
    Map<UUID, StoredPeer> wanted = new HashMap<>();
    for (StoredPeer peer : database.with(handle -> peers.store().listStored(handle))) {
      wanted.put(peer.id(), peer);
    }
    // First whoever goes: a key or an address may pass from one peer to another.
    for (UUID id : new ArrayList<>(told.keySet())) {
      if (!wanted.containsKey(id)) {
        bring(id, Optional.empty());
      }
    }
    owed.clear();
    wanted.forEach(this::tryToBring);
  }

  /// One peer that cannot be brought in line keeps nobody else waiting.
  private void tryToBring(UUID id, StoredPeer peer) {
    try {
      bring(id, Optional.of(peer));
    } catch (DatabaseAwayException away) {
      throw away;
    } catch (RuntimeException failed) {
      owed.add(id);
      log.warn("peer {} is not in line with the database yet: {}", id, failed.getMessage());
    }
  }

  /// How many peers the interfaces have been told, by zone.
  public synchronized Map<Short, Integer> counts() {
    Map<Short, Integer> counts = new HashMap<>();
    told.values().forEach(each -> counts.merge(each.peer.zoneId(), 1, Integer::sum));
    return counts;
  }

  private void bring(UUID id, Optional<StoredPeer> wanted) {
    Told before = told.get(id);
    if (before != null && wanted.isPresent() && before.isSameAs(wanted.get())) {
      return;
    }
    boolean sameKey =
        before != null
            && wanted.isPresent()
            && before.peer.zoneId() == wanted.get().zoneId()
            && before.peer.publicKey().equals(wanted.get().publicKey());
    if (before != null && !sameKey) {
      told.remove(id);
      // Unless the key has passed to another peer meanwhile.
      if (holders.remove(Place.of(before.peer), id)) {
        gateway
            .zone(before.peer.zoneId())
            .ifPresent(open -> open.device().removePeer(before.peer.publicKey()));
      }
    }
    if (wanted.isPresent()) {
      put(wanted.get());
    }
  }

  private void put(StoredPeer peer) {
    Optional<Gateway.Open> zone = gateway.zone(peer.zoneId());
    if (zone.isEmpty()) {
      return; // a zone that this node does not serve
    }
    List<IpPrefix> allowedIps = new ArrayList<>();
    for (IpAddress address : peer.addresses()) {
      allowedIps.add(new IpPrefix(address, address.bits()));
    }
    try (PresharedKey presharedKey = peers.presharedKey(peer)) {
      zone.get()
          .device()
          .putPeer(new PeerSpec(peer.publicKey(), presharedKey, List.copyOf(allowedIps)));
    }
    told.put(peer.id(), new Told(peer));
    UUID former = holders.put(Place.of(peer), peer.id());
    if (former != null && !former.equals(peer.id())) {
      told.remove(former);
    }
  }
}
