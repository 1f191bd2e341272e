package io.wiregate.control.peer;

import io.wiregate.control.secret.Sealed;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.os.net.IpAddress;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The part of a peer that the data plane needs, its preshared key still sealed.
public record StoredPeer(
    UUID id,
    short zoneId,
    PublicKey publicKey,
    boolean enabled,
    @Nullable Sealed presharedKey,
    List<IpAddress> addresses) {}
