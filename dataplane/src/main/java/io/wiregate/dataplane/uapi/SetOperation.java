package io.wiregate.dataplane.uapi;

import io.wiregate.dataplane.Device;
import io.wiregate.dataplane.PeerSettings;
import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.os.OsException;
import io.wiregate.os.link.Netlink;
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.udp.UdpEndpoint;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// One `set=1` operation: each line is carried out as it comes, so what stands before a line that
/// is refused stays done, as in wireguard-go. Owner: one connection.
final class SetOperation {
  private static final int MAX_PORT = 65535;
  private static final int MAX_KEEPALIVE_SECONDS = 65535;

  private final Device device;

  // The peer that lines are about, once there was a `public_key`.
  private boolean inPeer;
  private @Nullable PublicKey key;
  private @Nullable PeerSettings peer;
  private boolean isNew;

  SetOperation(Device device) {
    this.device = device;
  }

  /// Carries out one line.
  void line(String line) throws UapiException {
    int equals = line.indexOf('=');
    if (equals < 0) {
      throw UapiException.protocol("a line without '='");
    }
    String name = line.substring(0, equals);
    String value = line.substring(equals + 1);
    if (name.equals("public_key")) {
      beginPeer(value);
    } else if (inPeer) {
      peerLine(name, value);
    } else {
      deviceLine(name, value);
    }
  }

  /// The last line was read.
  void end() {
    endPeer();
  }

  // --- the interface

  private void deviceLine(String name, String value) throws UapiException {
    switch (name) {
      case "private_key" -> setPrivateKey(value);
      case "listen_port" -> setListenPort(value);
      case "fwmark" -> setFirewallMark(value);
      case "replace_peers" -> {
        requireTrue(name, value);
        device.removeAllPeers();
      }
      default -> throw UapiException.invalid("unknown key of an interface");
    }
  }

  private void setPrivateKey(String value) throws UapiException {
    byte[] bytes = hex(value);
    try {
      boolean none = isZero(bytes);
      device.setPrivateKey(none ? null : PrivateKey.of(bytes, device.x25519()));
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private void setListenPort(String value) throws UapiException {
    int port = (int) number(value, MAX_PORT);
    try {
      device.setListenPort(port);
    } catch (OsException e) {
      throw UapiException.portInUse(e.getMessage());
    }
  }

  private void setFirewallMark(String value) throws UapiException {
    int mark = (int) number(value, 0xffff_ffffL);
    try {
      device.setFirewallMark(mark);
    } catch (OsException e) {
      throw UapiException.portInUse(e.getMessage());
    }
  }

  // --- a peer

  private void beginPeer(String value) throws UapiException {
    endPeer();
    PublicKey of = PublicKey.of(hex(value));
    inPeer = true;
    key = of;
    isNew = !device.hasPeer(of);
    try {
      peer = device.obtainPeer(of);
    } catch (IllegalStateException tooMany) {
      throw UapiException.invalid(tooMany.getMessage());
    }
  }

  /// Our own key is no peer's, and a peer that was removed is none any more: their lines are
  /// checked and otherwise ignored.
  private void peerLine(String name, String value) throws UapiException {
    switch (name) {
      case "update_only" -> {
        requireTrue(name, value);
        if (isNew) {
          drop();
        }
      }
      case "remove" -> {
        requireTrue(name, value);
        drop();
      }
      case "preshared_key" -> setPresharedKey(value);
      case "endpoint" -> setEndpoint(value);
      case "persistent_keepalive_interval" -> {
        int seconds = (int) number(value, MAX_KEEPALIVE_SECONDS);
        if (peer != null) {
          peer.setPersistentKeepalive(seconds);
        }
      }
      case "replace_allowed_ips" -> {
        requireTrue(name, value);
        if (peer != null) {
          peer.disallowAll();
        }
      }
      case "allowed_ip" -> setAllowedIp(value);
      case "protocol_version" -> {
        if (!value.equals("1")) {
          throw UapiException.invalid("the protocol has version 1 only");
        }
      }
      default -> throw UapiException.invalid("unknown key of a peer");
    }
  }

  private void drop() {
    if (key != null) {
      device.removePeer(key);
    }
    peer = null;
  }

  private void setPresharedKey(String value) throws UapiException {
    byte[] bytes = hex(value);
    try (PresharedKey given = PresharedKey.of(bytes)) {
      if (peer != null) {
        peer.setPresharedKey(given);
      }
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private void setEndpoint(String value) throws UapiException {
    UdpEndpoint endpoint;
    try {
      endpoint = UdpEndpoint.parse(value, SetOperation::interfaceNumber);
    } catch (IllegalArgumentException e) {
      throw UapiException.invalid(e.getMessage());
    }
    if (peer != null) {
      peer.setEndpoint(endpoint);
    }
  }

  /// In the namespace of this process, where its sockets are.
  private static int interfaceNumber(String name) {
    try (Netlink netlink = Netlink.open()) {
      return netlink.link(name).index();
    } catch (OsException e) {
      return 0;
    }
  }

  private void setAllowedIp(String value) throws UapiException {
    boolean remove = value.startsWith("-");
    String text = remove ? value.substring(1) : value;
    if (text.indexOf('/') < 0) {
      throw UapiException.invalid("an allowed address has a prefix length");
    }
    IpPrefix prefix;
    try {
      prefix = IpPrefix.parse(text);
    } catch (IllegalArgumentException e) {
      throw UapiException.invalid(e.getMessage());
    }
    if (peer == null) {
      return;
    }
    if (remove) {
      peer.disallow(prefix);
    } else {
      peer.allow(prefix);
    }
  }

  private void endPeer() {
    if (peer != null) {
      peer.apply();
    }
    inPeer = false;
    key = null;
    peer = null;
  }

  // --- values

  private static byte[] hex(String value) throws UapiException {
    if (value.length() != 2 * PublicKey.SIZE) {
      throw UapiException.invalid("a key is 64 hexadecimal digits");
    }
    try {
      return HexFormat.of().parseHex(value);
    } catch (IllegalArgumentException e) {
      throw UapiException.invalid("a key is 64 hexadecimal digits");
    }
  }

  private static boolean isZero(byte[] bytes) {
    int any = 0;
    for (byte b : bytes) {
      any |= b;
    }
    return any == 0;
  }

  private static long number(String value, long max) throws UapiException {
    boolean digits = !value.isEmpty() && value.length() <= 10;
    for (int i = 0; i < value.length(); i++) {
      digits &= value.charAt(i) >= '0' && value.charAt(i) <= '9';
    }
    if (!digits || Long.parseLong(value) > max) {
      throw UapiException.invalid("not a number from 0 to " + max);
    }
    return Long.parseLong(value);
  }

  private static void requireTrue(String name, String value) throws UapiException {
    if (!value.equals("true")) {
      throw UapiException.invalid(name + " can only be true");
    }
  }
}
