package io.wiregate.control.policy;

import static io.wiregate.control.policy.ReachCells.inZone;

import io.wiregate.control.ApplianceProcess;
import io.wiregate.control.database.TestDatabase;
import io.wiregate.dataplane.noise.BouncyCastleX25519;
import io.wiregate.dataplane.noise.PrivateKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// Joins the zones of a [GatewayLab] to its gateway as in life: the appliance runs on the node, and
/// each client is a wireguard-go outside, whose interface alone is in the zone's namespace.
final class Tunnels implements GatewayLab.Joiner {
  private final String token =
      HexFormat.of().toHexDigits((short) ThreadLocalRandom.current().nextInt());
  private final Path state = TestDatabase.newDirectory();
  private final List<Process> clients = new ArrayList<>();
  private @Nullable ApplianceProcess running;

  @Override
  public void join(GatewayLab lab) throws IOException, InterruptedException {
    TestDatabase.copyCluster(state.resolve("postgres"));
    StringBuilder settings =
        new StringBuilder(
            """
            interface-prefix: g%s-
            pod-networks: [10.244.0.0/16, "fd00:10:244::/56"]
            zones:
            """
                .formatted(token));
    for (String zone : ReachCells.ZONES) {
      settings.append("  ").append(zone).append(":\n    network6: ");
      settings.append(inZone(zone, true, 0)).append("/64\n");
    }
    Path file = Files.writeString(state.resolve("wiregate.yaml"), settings);
    ApplianceProcess appliance =
        ApplianceProcess.start(lab.namespace(ReachCells.NODE), state, Map.of(), "--config=" + file);
    running = appliance;
    appliance.awaitReady();
    for (String zone : ReachCells.ZONES) {
      join(lab, appliance, zone);
    }
  }

  private void join(GatewayLab lab, ApplianceProcess appliance, String zone)
      throws IOException, InterruptedException {
    String gatewayKey = appliance.zoneKey(zone);
    start(lab, appliance, zone, gatewayKey, 10, "wg0");
    start(lab, appliance, zone, gatewayKey, 11, "wg1");
    String oneV4 = inZone(zone, false, 10).toString();
    String twoV4 = inZone(zone, false, 11).toString();
    String oneV6 = inZone(zone, true, 10).toString();
    String twoV6 = inZone(zone, true, 11).toString();
    List<String> commands = new ArrayList<>();
    for (String link : List.of("wg0", "wg1")) {
      String table = link.equals("wg0") ? "100" : "101";
      commands.add("addr add " + (link.equals("wg0") ? oneV4 : twoV4) + "/32 dev " + link);
      commands.add("addr add " + (link.equals("wg0") ? oneV6 : twoV6) + "/128 dev " + link);
      commands.add("link set " + link + " up");
      commands.add("route add default dev " + link + " table " + table);
      commands.add("-6 route add default dev " + link + " table " + table);
    }
    commands.addAll(rules("", oneV4, twoV4));
    commands.addAll(rules("-6 ", oneV6, twoV6));
    Namespaces.ip(lab.namespace(zone), commands.toArray(String[]::new));
    Namespaces.sysctl(
        lab.namespace(zone),
        "net.ipv4.conf.all.rp_filter=0",
        "net.ipv4.conf.wg0.rp_filter=0",
        "net.ipv4.conf.wg1.rp_filter=0",
        "net.ipv4.conf.wg0.accept_local=1",
        "net.ipv4.conf.wg1.accept_local=1");
    // The gateway calls nobody: each client says where it is.
    for (String source : List.of(oneV4, twoV4)) {
      Namespaces.exec(
          lab.namespace(zone),
          "ping",
          "-n",
          "-c",
          "1",
          "-w",
          "15",
          "-I",
          source,
          inZone(zone, false, 1).toString());
    }
  }

  /// What one client says to the other leaves, although both addresses are local.
  private static List<String> rules(String family, String one, String two) {
    return List.of(
        family + "rule add pref 10 iif lo from " + one + " to " + two + " lookup 100",
        family + "rule add pref 10 iif lo from " + two + " to " + one + " lookup 101",
        family + "rule add pref 20 lookup local",
        family + "rule add pref 30 from " + one + " lookup 100",
        family + "rule add pref 31 from " + two + " lookup 101",
        family + "rule del pref 0");
  }

  private void start(
      GatewayLab lab,
      ApplianceProcess appliance,
      String zone,
      String gatewayKey,
      int number,
      String link)
      throws IOException, InterruptedException {
    String outside = lab.namespace(ReachCells.OUTSIDE);
    String name = "c" + token + ReachCells.ZONES.indexOf(zone) + number;
    List<String> command = new ArrayList<>(Namespaces.inside(outside));
    command.addAll(
        List.of(
            Objects.requireNonNullElse(System.getenv("WIREGUARD_GO"), "wireguard-go"), "-f", name));
    clients.add(
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start());
    try (PrivateKey key = PrivateKey.generate(new SecureRandom(), new BouncyCastleX25519())) {
      appliance.addPeer(
          "client " + number,
          zone,
          key.publicKey().toBase64(),
          ",\"addresses\":[\"" + inZone(zone, false, number) + "\"]");
      Path config =
          Files.writeString(
              state.resolve(name),
              """
              [Interface]
              PrivateKey = %s
              [Peer]
              PublicKey = %s
              AllowedIPs = 0.0.0.0/0, ::/0
              Endpoint = %s:%d
              """
                  .formatted(
                      key.toBase64(),
                      gatewayKey,
                      ReachCells.NODE_OUTSIDE_V4,
                      List.of(44333, 4430, 4431, 4432, 4433).get(ReachCells.ZONES.indexOf(zone))));
      Path socket = Path.of("/var/run/wireguard", name + ".sock");
      while (!Files.exists(socket) && clients.getLast().isAlive()) {
        Thread.sleep(10);
      }
      Namespaces.exec(outside, "wg", "setconf", name, config.toString());
    }
    Namespaces.ip(outside, "link set " + name + " netns " + lab.namespace(zone) + " name " + link);
  }

  @Override
  public void close() {
    clients.forEach(Process::destroy);
    clients.forEach(client -> client.onExit().join());
    if (running != null) {
      running.close();
    }
    TestDatabase.delete(state);
  }
}
