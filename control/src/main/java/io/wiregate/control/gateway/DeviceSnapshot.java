package io.wiregate.control.gateway;

import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.outcome.Outcome;
import java.util.Map;

/// An interface's figures since it came up.
///
/// @param outcomes how many packets had each fate; a missing one is zero
public record DeviceSnapshot(Map<PublicKey, PeerSnapshot> peers, Map<Outcome, Long> outcomes) {}
