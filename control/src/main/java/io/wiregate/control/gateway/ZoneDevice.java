package io.wiregate.control.gateway;

import io.wiregate.dataplane.noise.PublicKey;
import org.jspecify.annotations.Nullable;

/// One zone's WireGuard interface. Any thread.
public interface ZoneDevice extends AutoCloseable {
  /// Adds a peer, or changes the one with that key; its session stays, and so do other peers'.
  void putPeer(PeerSpec peer);

  /// Removes a peer and wipes its sessions; nothing where there is none.
  void removePeer(PublicKey publicKey);

  /// Everything the interface has counted.
  DeviceSnapshot snapshot();

  /// One peer's figures, or null where the interface does not know it.
  default @Nullable PeerSnapshot peer(PublicKey publicKey) {
    return snapshot().peers().get(publicKey);
  }

  /// Whether the interface is there, up, and listens.
  boolean isServing();

  @Override
  void close();
}
