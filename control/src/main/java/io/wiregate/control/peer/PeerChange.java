package io.wiregate.control.peer;

import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.dataplane.noise.PublicKey;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What to change of a peer: null leaves a part as it is.
///
/// @param presharedKey [PresharedKey#none] takes it away
public record PeerChange(
    @Nullable String name,
    @Nullable PublicKey publicKey,
    @Nullable PresharedKey presharedKey,
    @Nullable Boolean enabled,
    @Nullable String notes,
    @Nullable Map<String, String> labels) {}
