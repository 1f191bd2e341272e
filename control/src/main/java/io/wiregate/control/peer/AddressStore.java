package io.wiregate.control.peer;

import io.wiregate.control.peer.PeerException.Reason;
import io.wiregate.control.zone.Zone;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/// Who has which address. A peer has one number within its zone, thus the same host part in IPv4
/// and IPv6. The database keeps addresses unique and makes takers wait for each other (`take_host`
/// in the first migration).
final class AddressStore {
  private record Holder(String address, boolean isPeers, Instant releasedAt) {}

  private final Duration quarantine;

  AddressStore(Duration quarantine) {
    this.quarantine = quarantine;
  }

  /// Gives a peer the next number that is free, in one statement.
  void takeNext(Handle handle, Zone zone, UUID peer) {
    int taken =
        handle
            .createUpdate(
                """
                INSERT INTO peer_addresses (address, zone_id, host, peer_id)
                SELECT family.address, :zone, taken.host, :peer
                FROM (SELECT take_host(:zone, :lastHost, make_interval(secs => :quarantine)) AS host)
                       AS taken
                     CROSS JOIN LATERAL (VALUES
                       (set_masklen(:network4::inet + taken.host, 32)),
                       (set_masklen(:network6::inet + taken.host, 128))) AS family (address)
                WHERE taken.host IS NOT NULL
                """)
            .bind("zone", zone.id())
            .bind("peer", peer)
            .bind("lastHost", zone.lastHost())
            .bind("quarantine", (double) quarantine.toSeconds())
            .bind("network4", zone.network4().toString())
            .bind("network6", zone.network6().toString())
            .execute();
    if (taken == 0) {
      throw new PeerException(
          Reason.ZONE_FULL,
          "zone",
          "Zone "
              + zone.name()
              + " has no free address left in "
              + zone.network4()
              + ": delete peers (their addresses rest for "
              + quarantine
              + "), or give the zone a larger network.");
    }
  }

  /// Gives a peer the number of the addresses that somebody chose.
  void takeChosen(Handle handle, Zone zone, UUID peer, List<IpAddress> chosen) {
    long host = host(zone, chosen);
    // The zone's lock: whoever takes an address holds it.
    handle
        .createQuery("SELECT next_host FROM address_pools WHERE zone_id = :zone FOR UPDATE")
        .bind("zone", zone.id())
        .mapTo(Long.class)
        .one();
    holder(handle, zone, host).ifPresent(this::refuseUnlessRested);
    handle.execute("DELETE FROM peer_addresses WHERE zone_id = ? AND host = ?", zone.id(), host);
    for (IpPrefix network : List.of(zone.network4(), zone.network6())) {
      handle.execute(
          "INSERT INTO peer_addresses (address, zone_id, host, peer_id) VALUES (?::inet, ?, ?, ?)",
          Zone.address(network, host).toString(),
          zone.id(),
          host,
          peer);
    }
  }

  private static Optional<Holder> holder(Handle handle, Zone zone, long host) {
    return handle
        .createQuery(
            """
            SELECT host(address) AS address, peer_id IS NOT NULL AS is_peers,
                   coalesce(released_at, now()) AS released_at
            FROM peer_addresses WHERE zone_id = :zone AND host = :host
            ORDER BY family(address) LIMIT 1
            """)
        .bind("zone", zone.id())
        .bind("host", host)
        .map((result, context) ->
            new Holder(
                result.getString("address"),
                result.getBoolean("is_peers"),
                result.getTimestamp("released_at").toInstant()))
        .findOne();
  }

  private void refuseUnlessRested(Holder holder) {
    if (holder.isPeers) {
      throw new PeerException(
          Reason.TAKEN,
          "addresses",
          "The address " + holder.address + " belongs to another peer: choose another one.");
    }
    Instant free = holder.releasedAt.plus(quarantine);
    if (free.isAfter(Instant.now())) {
      throw new PeerException(
          Reason.TAKEN,
          "addresses",
          "The address "
              + holder.address
              + " was another peer's and rests until "
              + free.truncatedTo(ChronoUnit.SECONDS)
              + ": choose another one.");
    }
  }

  private static long host(Zone zone, List<IpAddress> chosen) {
    long host = -1;
    for (IpAddress address : chosen) {
      IpPrefix network = address.isV6() ? zone.network6() : zone.network4();
      long each = address.low() - network.address().low();
      boolean isWithin =
          network.contains(address)
              && Zone.address(network, each).equals(address)
              && each > Zone.GATEWAY_HOST
              && each <= zone.lastHost();
      if (!isWithin) {
        throw new PeerException(
            Reason.INVALID,
            "addresses",
            "The address "
                + address
                + " cannot be a peer's in zone "
                + zone.name()
                + ": choose one from "
                + Zone.address(network, Zone.GATEWAY_HOST + 1)
                + " to "
                + Zone.address(network, zone.lastHost())
                + ".");
      }
      if (host >= 0 && host != each) {
        throw new PeerException(
            Reason.INVALID,
            "addresses",
            "The addresses "
                + chosen
                + " have different host parts: choose one, the other family follows.");
      }
      host = each;
    }
    return host;
  }
}
