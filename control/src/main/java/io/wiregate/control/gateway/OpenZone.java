package io.wiregate.control.gateway;

import io.wiregate.dataplane.Device;
import io.wiregate.dataplane.PeerConfiguration;
import io.wiregate.dataplane.PeerStatus;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.uapi.UapiServer;
import io.wiregate.os.udp.UdpEndpoint;
import java.io.IOException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A zone whose interface is up, with a read-only configuration socket, so that `wg show` works on
/// the node. Any thread.
final class OpenZone implements ZoneDevice {
  private final ZoneSpec spec;
  private final Device device;
  private @Nullable UapiServer socket;

  OpenZone(ZoneSpec spec, Device device) {
    this.spec = spec;
    this.device = device;
  }

  Device device() {
    return device;
  }

  /// Serves the socket; the zone works without it too.
  void serve(Consumer<String> say) {
    try {
      socket = UapiServer.open(device, UapiServer.DIRECTORY, true);
    } catch (IOException e) {
      say.accept("'wg show " + device.name() + "' will not work: " + e.getMessage());
    }
  }

  @Override
  public void putPeer(PeerSpec peer) {
    device.putPeer(
        new PeerConfiguration(peer.publicKey(), peer.presharedKey(), null, 0, peer.allowedIps()));
  }

  @Override
  public void removePeer(PublicKey publicKey) {
    device.removePeer(publicKey);
  }

  @Override
  public DeviceSnapshot snapshot() {
    Map<PublicKey, PeerSnapshot> peers = new HashMap<>();
    for (PeerStatus status : device.peerStatuses()) {
      peers.put(status.publicKey(), snapshot(status));
    }
    Map<Outcome, Long> outcomes = new EnumMap<>(Outcome.class);
    for (Outcome outcome : Outcome.values()) {
      outcomes.put(outcome, device.count(outcome));
    }
    return new DeviceSnapshot(peers, outcomes);
  }

  @Override
  public @Nullable PeerSnapshot peer(PublicKey publicKey) {
    PeerStatus status = device.peerStatus(publicKey);
    return status == null ? null : snapshot(status);
  }

  private static PeerSnapshot snapshot(PeerStatus status) {
    UdpEndpoint endpoint = status.endpoint();
    return new PeerSnapshot(
        status.receivedBytes(),
        status.sentBytes(),
        status.lastHandshake(),
        endpoint == null ? null : endpoint.toString());
  }

  @Override
  public boolean isServing() {
    return !device.gone().isDone() && device.isListening();
  }

  @Override
  public void close() {
    if (socket != null) {
      try {
        socket.close();
      } catch (IOException e) {
        // The file stays; the next start finds that nobody answers and replaces it.
      }
    }
    device.close();
  }

  @Override
  public String toString() {
    return "zone " + spec.name();
  }
}
