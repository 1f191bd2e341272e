package io.wiregate.control.peer;

import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.os.net.IpAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// A peer as it is stored, without secrets. Immutable.
///
/// @param addresses its own inside the tunnel, IPv4 first
/// @param version grows with every change
public record Peer(
    UUID id,
    short zoneId,
    String name,
    PublicKey publicKey,
    boolean hasPresharedKey,
    List<IpAddress> addresses,
    boolean enabled,
    String notes,
    Map<String, String> labels,
    Instant createdAt,
    Instant updatedAt,
    long version) {}
