package io.wiregate.control.command;

import io.wiregate.control.peer.ClientConfiguration;
import io.wiregate.dataplane.noise.BouncyCastleX25519;
import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.dataplane.noise.PublicKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// `wiregate peer add`: makes the keys here, so that the gateway never has the private one.
@Command(
    name = "add",
    description = {
      "Adds a peer and prints its configuration for wg-quick, and for phones a QR code on standard"
          + " error.",
      "The private key is made here and kept nowhere: the configuration is shown this once."
    },
    mixinStandardHelpOptions = true)
final class PeerAddCommand implements Callable<Integer> {
  @Mixin private final ApiOptions api = new ApiOptions();

  @Parameters(paramLabel = "NAME", description = "What to call it; unique within the zone.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private String name;

  @Option(
      names = "--zone",
      paramLabel = "ZONE",
      required = true,
      description = "Where it belongs: 'wiregate zone list' shows the zones.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private String zone;

  @Option(
      names = "--public-key",
      paramLabel = "KEY",
      description = "The device's own key, where it has made one.")
  private @Nullable String publicKey;

  @Option(
      names = "--endpoint",
      paramLabel = "HOST",
      description = "The host name or address that the peer connects to.")
  private @Nullable String endpoint;

  @Option(
      names = "--preshared-key",
      description = "Makes a preshared key too, against attacks on Curve25519 to come.")
  private boolean makePresharedKey;

  @Option(names = "--qr", description = "Shows the QR code even where there is no terminal.")
  private boolean showQr;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() {
    PublicKey given = given();
    ApiClient client = api.client();
    SecureRandom random = new SecureRandom();
    try (PrivateKey made =
        given == null ? PrivateKey.generate(random, new BouncyCastleX25519()) : null) {
      String text =
          publicKey != null || made == null
              ? String.valueOf(publicKey)
              : made.publicKey().toBase64();
      // One request, so that there is a peer with its configuration or neither.
      JsonNode peer =
          client.post(
              "/api/v1/peers?config=true" + PeerCommand.endpoint('&', endpoint),
              body(text, random));
      String config = peer.path("config").asString();
      if (made != null) {
        config =
            config.replace(ClientConfiguration.PRIVATE_KEY_LINE, "PrivateKey = " + made.toBase64());
      }
      print(peer, config, made != null);
    }
    return 0;
  }

  private @Nullable PublicKey given() {
    if (publicKey == null) {
      return null;
    }
    try {
      return PublicKey.parse(publicKey);
    } catch (IllegalArgumentException malformed) {
      throw new ParameterException(
          spec.commandLine(), "--public-key is not accepted: " + malformed.getMessage());
    }
  }

  private ObjectNode body(String key, SecureRandom random) {
    ObjectNode body = JsonMapper.shared().createObjectNode();
    body.put("name", name).put("zone", zone).put("publicKey", key);
    if (makePresharedKey) {
      try (PresharedKey made = PresharedKey.generate(random)) {
        body.put("presharedKey", made.toBase64());
      }
    }
    return body;
  }

  private void print(JsonNode peer, String config, boolean isWhole) {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    if (api.isJson()) {
      ((ObjectNode) peer).put("config", config);
      out.println(peer.toPrettyString());
    } else {
      out.print(config);
    }
    out.flush();
    err.println(
        "Added "
            + peer.path("name").asString()
            + " to zone "
            + peer.path("zone").asString()
            + " as "
            + PeerText.joined(peer.path("addresses"))
            + ".");
    if (!isWhole) {
      err.println("The device puts its own PrivateKey into the configuration above.");
    } else if (showQr || isTerminal()) {
      err.print(QrCodeText.of(config));
      err.println("Scan the code with the WireGuard app, or save the text above for wg-quick.");
    }
    err.flush();
  }

  /// Whether standard error is a terminal; [System#console] only looks at the other two.
  private static boolean isTerminal() {
    try {
      Path target = Files.readSymbolicLink(Path.of("/proc/self/fd/2"));
      return target.startsWith("/dev/pts") || target.toString().matches("/dev/(tty.*|console)");
    } catch (IOException closed) {
      return false;
    }
  }
}
