package io.wiregate.dataplane;

import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.udp.UdpEndpoint;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is known of a peer at one moment.
///
/// @param endpoint where it was last, null where that is not known
/// @param lastHandshake null for never
/// @param receivedBytes of authenticated messages, headers included
/// @param sentBytes likewise
public record PeerStatus(
    PublicKey publicKey,
    @Nullable UdpEndpoint endpoint,
    @Nullable Instant lastHandshake,
    long receivedBytes,
    long sentBytes,
    int persistentKeepaliveSeconds,
    List<IpPrefix> allowedIps) {}
