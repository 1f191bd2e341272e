package io.wiregate.dataplane.uapi;

import io.wiregate.dataplane.Device;
import io.wiregate.dataplane.PeerStatus;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.udp.UdpEndpoint;
import java.io.IOException;
import java.io.Writer;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;

/// The answer to `get=1`: the whole configuration and state of an interface, secrets included,
/// since whoever may open the socket may read them.
final class GetOperation {
  private static final HexFormat HEX = HexFormat.of();

  private GetOperation() {}

  /// Writes everything before the `errno` line. Peer by peer: of 2^20 of them it is some 300 MB,
  /// which must not be in memory at once.
  static void answer(Device device, Writer out) throws IOException {
    byte[] key = device.privateKeyBytes();
    if (key != null) {
      secret(out, "private_key", key);
    }
    if (device.listenPort() != 0) {
      line(out, "listen_port", device.listenPort());
    }
    if (device.firewallMark() != 0) {
      line(out, "fwmark", Integer.toUnsignedLong(device.firewallMark()));
    }
    for (PublicKey peer : device.peerKeys()) {
      PeerStatus status = device.peerStatus(peer);
      if (status != null) { // it may have gone since
        writePeer(device, out, status);
      }
    }
  }

  private static void writePeer(Device device, Writer out, PeerStatus peer) throws IOException {
    out.append("public_key=").append(HEX.formatHex(peer.publicKey().toBytes())).append('\n');
    secret(out, "preshared_key", device.presharedKeyBytes(peer.publicKey()));
    line(out, "protocol_version", 1);
    UdpEndpoint endpoint = peer.endpoint();
    if (endpoint != null) {
      out.append("endpoint=").append(endpoint.toString()).append('\n');
    }
    Instant last = peer.lastHandshake();
    line(out, "last_handshake_time_sec", last == null ? 0 : last.getEpochSecond());
    line(out, "last_handshake_time_nsec", last == null ? 0 : last.getNano());
    line(out, "tx_bytes", peer.sentBytes());
    line(out, "rx_bytes", peer.receivedBytes());
    line(out, "persistent_keepalive_interval", peer.persistentKeepaliveSeconds());
    for (IpPrefix prefix : peer.allowedIps()) {
      out.append("allowed_ip=").append(prefix.toString()).append('\n');
    }
  }

  private static void line(Writer out, String name, long value) throws IOException {
    out.append(name).append('=').append(Long.toString(value)).append('\n');
  }

  private static void secret(Writer out, String name, byte[] bytes) throws IOException {
    out.append(name).append('=');
    for (byte b : bytes) {
      out.append(HEX.toHexDigits(b));
    }
    out.append('\n');
    Arrays.fill(bytes, (byte) 0);
  }
}
