package io.wiregate.control.peer;

import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.os.net.IpAddress;
import java.util.List;
import java.util.Map;

/// A peer to be.
///
/// @param presharedKey none where it [PresharedKey#isNone]
/// @param addresses chosen ones; empty for the next that is free
public record NewPeer(
    String zone,
    String name,
    PublicKey publicKey,
    PresharedKey presharedKey,
    List<IpAddress> addresses,
    boolean enabled,
    String notes,
    Map<String, String> labels) {}
