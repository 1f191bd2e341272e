package io.wiregate.control.peer;

import io.wiregate.control.database.Database;
import io.wiregate.control.peer.PeerException.Reason;
import io.wiregate.control.secret.Sealed;
import io.wiregate.control.secret.SealingKey;
import io.wiregate.control.zone.Zone;
import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.os.crypto.X25519;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;

/// What can be done with peers. Every method works within a transaction of its caller, who tells
/// the gateway after the commit which peer has changed. Any thread.
public final class Peers {
  private final List<Zone> zones;
  private final SealingKey keys;
  private final X25519 x25519;
  private final AddressStore addresses;
  private final PeerStore store = new PeerStore();
  private final UuidV7 ids = new UuidV7();
  private final byte[] probe = new byte[X25519.KEY_SIZE];

  public Peers(Collection<Zone> zones, SealingKey keys, X25519 x25519, Duration quarantine) {
    this.zones = List.copyOf(zones);
    this.keys = keys;
    this.x25519 = x25519;
    this.addresses = new AddressStore(quarantine);
    new SecureRandom().nextBytes(probe);
  }

  public PeerStore store() {
    return store;
  }

  public Optional<Zone> zone(String name) {
    return zones.stream().filter(zone -> zone.name().equals(name)).findFirst();
  }

  public Optional<Zone> zone(short id) {
    return zones.stream().filter(zone -> zone.id() == id).findFirst();
  }

  /// Adds a peer, with addresses.
  ///
  /// @throws PeerException if it cannot be
  public Peer create(Handle handle, NewPeer peer) {
    Zone zone =
        zone(peer.zone())
            .orElseThrow(() ->
                new PeerException(
                    Reason.INVALID,
                    "zone",
                    "There is no zone '"
                        + peer.zone()
                        + "': choose one of "
                        + String.join(", ", zones.stream().map(Zone::name).toList())
                        + "."));
    checkKey(zone, peer.publicKey());
    UUID id = ids.next();
    PresharedKey presharedKey = peer.presharedKey();
    Sealed sealed = presharedKey.isNone() ? null : seal(id, presharedKey);
    return namingTaken(
        zone,
        peer.name(),
        () -> {
          store.insert(handle, id, zone.id(), peer, sealed);
          if (peer.addresses().isEmpty()) {
            addresses.takeNext(handle, zone, id);
          } else {
            addresses.takeChosen(handle, zone, id, peer.addresses());
          }
          return get(handle, id);
        });
  }

  /// The peer with an id.
  ///
  /// @throws PeerException if there is none
  public Peer get(Handle handle, UUID id) {
    return store.find(handle, id).orElseThrow(() -> missing(id));
  }

  /// Changes a peer.
  ///
  /// @param version the one that the caller has seen, or null for any
  /// @throws PeerException if it cannot be
  public Peer change(Handle handle, UUID id, @Nullable Long version, PeerChange change) {
    lock(handle, id, version);
    Peer before = get(handle, id);
    Zone zone = zone(before.zoneId()).orElseThrow(() -> missing(id));
    PublicKey publicKey = change.publicKey();
    if (publicKey != null) {
      checkKey(zone, publicKey);
    }
    PresharedKey presharedKey = change.presharedKey();
    boolean take = presharedKey != null && presharedKey.isNone();
    Sealed sealed = presharedKey == null || take ? null : seal(id, presharedKey);
    String name = Objects.requireNonNullElse(change.name(), before.name());
    return namingTaken(
        zone,
        name,
        () -> {
          store.update(handle, id, change, sealed, take);
          return get(handle, id);
        });
  }

  /// Deletes a peer; its addresses rest.
  ///
  /// @param version the one that the caller has seen, or null for any
  /// @throws PeerException if there is none
  public void delete(Handle handle, UUID id, @Nullable Long version) {
    lock(handle, id, version);
    store.delete(handle, id);
  }

  /// Opens a peer's preshared key.
  ///
  /// @return a key that the caller wipes
  public PresharedKey presharedKey(StoredPeer peer) {
    Sealed sealed = peer.presharedKey();
    if (sealed == null) {
      return PresharedKey.none();
    }
    byte[] bytes = keys.open(sealed, place(peer.id()));
    try {
      return PresharedKey.of(bytes);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private void lock(Handle handle, UUID id, @Nullable Long version) {
    long current = store.lock(handle, id).orElseThrow(() -> missing(id));
    if (version != null && version != current) {
      throw new PeerException(
          Reason.CHANGED,
          null,
          "The peer has changed since it was read: read it again, and repeat the change.");
    }
  }

  private void checkKey(Zone zone, PublicKey publicKey) {
    byte[] shared = new byte[X25519.KEY_SIZE];
    if (!x25519.agree(probe, publicKey.toBytes(), shared)) {
      throw new PeerException(
          Reason.INVALID,
          "publicKey",
          "publicKey is a point of low order, with which no key can be agreed: make a new key pair"
              + " with wg genkey.");
    }
    if (publicKey.equals(zone.publicKey())) {
      throw new PeerException(
          Reason.INVALID,
          "publicKey",
          "publicKey is the zone's own: give the peer a key pair of its own.");
    }
  }

  private <T> T namingTaken(Zone zone, String name, Supplier<T> work) {
    try {
      return work.get();
    } catch (JdbiException failed) {
      String constraint = Database.brokenConstraint(failed);
      if ("peers_name_key".equals(constraint)) {
        throw new PeerException(
            Reason.TAKEN,
            "name",
            "Zone "
                + zone.name()
                + " has a peer with the name '"
                + name
                + "' already: choose"
                + " another name.");
      }
      if ("peers_public_key_key".equals(constraint)) {
        throw new PeerException(
            Reason.TAKEN,
            "publicKey",
            "Zone "
                + zone.name()
                + " has a peer with this publicKey already: make a new key pair for this one.");
      }
      throw failed;
    }
  }

  private Sealed seal(UUID id, PresharedKey presharedKey) {
    byte[] bytes = presharedKey.toBytes();
    try {
      return keys.seal(bytes, place(id));
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private static String place(UUID id) {
    return "preshared key of peer " + id;
  }

  private static PeerException missing(UUID id) {
    return new PeerException(Reason.MISSING, null, "There is no peer " + id + ".");
  }
}
