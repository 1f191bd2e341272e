package io.wiregate.dataplane;

import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.udp.UdpEndpoint;
import java.util.List;

/// Changes one peer of an interface, setting by setting; each takes effect at once. Any thread.
public final class PeerSettings {
  private final Device device;
  private final Peer peer;

  PeerSettings(Device device, Peer peer) {
    this.device = device;
    this.peer = peer;
  }

  /// Counts from the next handshake on; [PresharedKey#none] for none.
  ///
  /// @param key copied
  public void setPresharedKey(PresharedKey key) {
    peer.setPresharedKey(key);
  }

  /// Where to send to, until the peer itself is heard from elsewhere.
  public void setEndpoint(UdpEndpoint endpoint) {
    peer.where().set(endpoint);
  }

  /// Sets the interval of keepalives, 0 for none; from none to some, one is sent at once.
  public void setPersistentKeepalive(int seconds) {
    device.setPersistentKeepalive(peer, seconds);
  }

  /// Gives the peer an address range, which is taken from the peer that had it.
  public void allow(IpPrefix prefix) {
    device.peers().allow(peer, prefix);
  }

  /// Takes an address range; one that the peer does not have is no error.
  public void disallow(IpPrefix prefix) {
    device.peers().disallow(peer, prefix);
  }

  /// Takes all address ranges.
  public void disallowAll() {
    device.peers().replaceAllowedIps(peer, List.of());
  }

  /// To be called when the changes are complete: what waits for the peer is tried again.
  public void apply() {
    device.greet(peer);
  }
}
