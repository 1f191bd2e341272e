package io.wiregate.control.gateway;

import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.os.net.IpPrefix;
import java.util.List;

/// What the data plane knows of a peer. It has no endpoint: that one is learnt.
///
/// @param presharedKey borrowed: wiped when [ZoneDevice#putPeer] returns
/// @param allowedIps its own addresses, each as a network of one
public record PeerSpec(PublicKey publicKey, PresharedKey presharedKey, List<IpPrefix> allowedIps) {}
