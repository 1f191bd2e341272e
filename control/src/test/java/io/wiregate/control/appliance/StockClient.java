package io.wiregate.control.appliance;

import io.wiregate.dataplane.noise.BouncyCastleX25519;
import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.os.testing.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Objects;

/// A wireguard-go with an interface of its own in a namespace, for a peer of one zone.
final class StockClient {
  final String publicKey;
  final String link = NetworkNamespace.unique("sc");
  private final NetworkNamespace namespace;
  private final String privateKey;
  private String gatewayKey = "";

  StockClient(NetworkNamespace namespace) {
    this.namespace = namespace;
    try (PrivateKey key = PrivateKey.generate(new SecureRandom(), new BouncyCastleX25519())) {
      publicKey = key.publicKey().toBase64();
      privateKey = key.toBase64();
    }
  }

  /// Brings it up.
  ///
  /// @param network what it sends into the tunnel
  void connect(String zoneKey, String endpoint, String address, String network)
      throws IOException, InterruptedException {
    gatewayKey = zoneKey;
    String program = Objects.requireNonNullElse(System.getenv("WIREGUARD_GO"), "wireguard-go");
    Process process = namespace.start(program, "-f", link);
    Path socket = Path.of("/var/run/wireguard", link + ".sock");
    while (process.isAlive() && !Files.exists(socket)) {
      Thread.sleep(10);
    }
    Path config = Files.createTempFile("wiregate-test", ".conf");
    Files.writeString(
        config,
        """
        [Interface]
        PrivateKey = %s
        [Peer]
        PublicKey = %s
        AllowedIPs = %s
        Endpoint = %s
        """
            .formatted(privateKey, gatewayKey, network, endpoint));
    namespace.exec("wg", "setconf", link, config.toString());
    Files.delete(config);
    namespace.exec("ip", "address", "add", address + "/32", "dev", link);
    namespace.exec("ip", "link", "set", link, "up");
    namespace.exec("ip", "route", "add", network, "dev", link);
  }

  /// Whether one is answered within a second.
  boolean pings(String address) {
    try {
      namespace.exec("ping", "-n", "-q", "-c", "1", "-W", "1", address);
      return true;
    } catch (AssertionError unanswered) {
      return false;
    }
  }

  /// When it shook hands last, in seconds since 1970; 0 for never.
  long lastHandshake() {
    String line = namespace.exec("wg", "show", link, "latest-handshakes");
    return Long.parseLong(line.substring(line.indexOf('\t') + 1).strip());
  }
}
