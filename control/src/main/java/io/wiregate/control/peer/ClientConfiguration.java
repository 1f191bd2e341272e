package io.wiregate.control.peer;

import io.wiregate.control.zone.Zone;
import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.os.net.IpAddress;
import java.util.List;
import java.util.stream.Collectors;

/// A peer's own configuration, as wg-quick(8) reads it. The private key is the device's alone: its
/// line is a comment, which whoever holds the key replaces.
public final class ClientConfiguration {
  /// Stands where the private key belongs.
  public static final String PRIVATE_KEY_LINE =
      "# PrivateKey = (the key that only this device has)";

  private ClientConfiguration() {}

  /// @param endpoint host name or address, without port
  static String host(String endpoint) {
    return endpoint.indexOf(':') >= 0 ? "[" + endpoint + "]" : endpoint;
  }

  /// Writes the configuration; it holds the preshared key, if there is one.
  ///
  /// @param endpoint host name or address of the gateway, without port
  public static String write(Peer peer, Zone zone, PresharedKey presharedKey, String endpoint) {
    StringBuilder text = new StringBuilder();
    text.append("# ").append(peer.name()).append(", zone ").append(zone.name()).append('\n');
    text.append("[Interface]\n").append(PRIVATE_KEY_LINE).append('\n');
    line(text, "Address", joined(peer.addresses().stream().map(a -> a + "/" + a.bits()).toList()));
    List<IpAddress> dns = zone.settings().dns();
    if (!dns.isEmpty()) {
      line(text, "DNS", joined(dns));
    }
    line(text, "MTU", zone.mtu());
    text.append("\n[Peer]\n");
    line(text, "PublicKey", zone.publicKey().toBase64());
    if (!presharedKey.isNone()) {
      line(text, "PresharedKey", presharedKey.toBase64());
    }
    line(text, "AllowedIPs", joined(zone.clientAllowedIps()));
    line(text, "Endpoint", host(endpoint) + ":" + zone.port());
    int keepalive = zone.settings().persistentKeepaliveSeconds();
    if (keepalive > 0) {
      line(text, "PersistentKeepalive", keepalive);
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String key, Object value) {
    text.append(key).append(" = ").append(value).append('\n');
  }

  private static String joined(List<?> values) {
    return values.stream().map(Object::toString).collect(Collectors.joining(", "));
  }
}
