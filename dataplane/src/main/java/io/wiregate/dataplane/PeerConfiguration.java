package io.wiregate.dataplane;

import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.udp.UdpEndpoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What an administrator says of a peer.
///
/// @param presharedKey null for none; borrowed: [Device#putPeer] takes a copy
/// @param endpoint where to reach it, null where it will call
/// @param persistentKeepaliveSeconds 0 for none
/// @param allowedIps the inner addresses that are its
public record PeerConfiguration(
    PublicKey publicKey,
    @Nullable PresharedKey presharedKey,
    @Nullable UdpEndpoint endpoint,
    int persistentKeepaliveSeconds,
    List<IpPrefix> allowedIps) {
  public PeerConfiguration {
    if (persistentKeepaliveSeconds < 0 || persistentKeepaliveSeconds > 65535) {
      throw new IllegalArgumentException("a keepalive interval is 0 to 65535 seconds");
    }
    allowedIps = List.copyOf(allowedIps);
  }
}
