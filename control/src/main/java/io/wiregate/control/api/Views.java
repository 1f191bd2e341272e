package io.wiregate.control.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.wiregate.control.gateway.PeerSnapshot;
import io.wiregate.control.peer.Peer;
import io.wiregate.control.zone.Zone;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What the API shows.
final class Views {
  private Views() {}

  /// Some of many.
  ///
  /// @param next the value of `after` that goes on here, absent at the end
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Page<T>(List<T> items, @Nullable String next) {}

  record ZoneView(
      int id,
      String name,
      int port,
      String publicKey,
      List<String> networks,
      List<String> gatewayAddresses,
      int mtu,
      @com.fasterxml.jackson.annotation.JsonProperty("interface") String interfaceName,
      boolean internet,
      boolean peerToPeer,
      boolean adminApi,
      List<String> clientAllowedIps,
      List<String> dns) {

    static ZoneView of(Zone zone) {
      return new ZoneView(
          zone.id(),
          zone.name(),
          zone.port(),
          zone.publicKey().toBase64(),
          List.of(zone.network4().toString(), zone.network6().toString()),
          List.of(zone.gateway4().toString(), zone.gateway6().toString()),
          zone.mtu(),
          zone.interfaceName(),
          zone.settings().internet(),
          zone.settings().peerToPeer(),
          zone.settings().adminApi(),
          zone.clientAllowedIps().stream().map(IpPrefix::toString).toList(),
          zone.settings().dns().stream().map(IpAddress::toString).toList());
    }
  }

  /// @param privateKey only in the answer to the request that had the server make one
  /// @param config only in the answer to the request that created the peer and asked for it
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record PeerView(
      UUID id,
      String name,
      String zone,
      String publicKey,
      @Nullable String privateKey,
      @Nullable String config,
      boolean hasPresharedKey,
      List<String> addresses,
      boolean enabled,
      String notes,
      Map<String, String> labels,
      Instant createdAt,
      Instant updatedAt) {

    static PeerView of(Peer peer, String zone) {
      return new PeerView(
          peer.id(),
          peer.name(),
          zone,
          peer.publicKey().toBase64(),
          null,
          null,
          peer.hasPresharedKey(),
          peer.addresses().stream().map(IpAddress::toString).toList(),
          peer.enabled(),
          peer.notes(),
          peer.labels(),
          peer.createdAt(),
          peer.updatedAt());
    }

    PeerView with(@Nullable String madePrivateKey, @Nullable String wholeConfig) {
      return new PeerView(
          id,
          name,
          zone,
          publicKey,
          madePrivateKey,
          wholeConfig,
          hasPresharedKey,
          addresses,
          enabled,
          notes,
          labels,
          createdAt,
          updatedAt);
    }
  }

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record StatsView(
      UUID id,
      boolean connected,
      long receivedBytes,
      long sentBytes,
      @Nullable Instant lastHandshake,
      @Nullable String endpoint) {

    static StatsView of(UUID id, @Nullable PeerSnapshot snapshot, Instant now) {
      if (snapshot == null) {
        return new StatsView(id, false, 0, 0, null, null);
      }
      return new StatsView(
          id,
          snapshot.isConnected(now),
          snapshot.receivedBytes(),
          snapshot.sentBytes(),
          snapshot.lastHandshake(),
          snapshot.endpoint());
    }
  }
}
