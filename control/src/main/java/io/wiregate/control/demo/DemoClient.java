package io.wiregate.control.demo;

import io.wiregate.control.command.CommandFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A stock client: wireguard-go, configured with `wg` and `ip` by what `wiregate peer add` printed,
/// as wg-quick does.
final class DemoClient {
  private static final int PING_MILLIS = 4_000;
  private static final int PINGS = 5;

  private final Place place;
  private final String link;
  private final Process process;
  private final List<String> allowed = new ArrayList<>();
  private final List<String> addresses = new ArrayList<>();
  private String gatewayKey = "";

  private DemoClient(Place place, String link, Process process) {
    this.place = place;
    this.link = link;
    this.process = process;
  }

  /// @param link the interface's name, which no other run has
  static DemoClient start(String wireguardGo, Place place, String link, Path log) {
    return new DemoClient(place, link, Programs.start(place.inside(wireguardGo, "-f", link), log));
  }

  Process process() {
    return process;
  }

  Place place() {
    return place;
  }

  /// Its address inside the tunnel.
  String address(boolean isV6) {
    return addresses.stream()
        .filter(address -> address.contains(":") == isV6)
        .findFirst()
        .map(address -> address.replaceFirst("/.*", ""))
        .orElseThrow();
  }

  /// @param config for wg-quick
  void configure(String config) throws IOException, InterruptedException {
    StringBuilder forWg = new StringBuilder();
    String mtu = "1420";
    for (String line : config.lines().toList()) {
      List<String> pair = List.of(line.split(" = ", 2));
      String value = pair.getLast();
      switch (pair.getFirst()) {
        case "Address" -> addresses.addAll(List.of(value.split(", ", -1)));
        case "MTU" -> mtu = value;
        case "DNS" -> {}
        default -> forWg.append(line).append('\n');
      }
      if (line.startsWith("AllowedIPs = ")) {
        allowed.addAll(List.of(value.split(", ", -1)));
      }
      if (line.startsWith("PublicKey = ")) {
        gatewayKey = value;
      }
    }
    awaitSocket();
    Programs.run(place.inside("wg", "setconf", link, "/dev/stdin"), forWg.toString());
    List<String> commands = new ArrayList<>();
    addresses.forEach(address -> commands.add("address add " + address + " dev " + link));
    commands.add("link set " + link + " mtu " + mtu + " up");
    allowed.forEach(network -> commands.add("route add " + network + " dev " + link));
    place.ip(commands);
  }

  private void awaitSocket() throws InterruptedException {
    Path socket = Path.of("/var/run/wireguard", link + ".sock");
    while (!Files.exists(socket)) {
      if (!process.isAlive()) {
        throw new CommandFailure("wireguard-go ended: it has no /dev/net/tun, or is too old.");
      }
      Thread.sleep(10);
    }
  }

  /// Sends more into the tunnel than the configuration says, as a client can that wants to get
  /// where it may not.
  void route(String... destinations) {
    List<String> commands = new ArrayList<>();
    for (String destination : destinations) {
      boolean isCovered = allowed.stream().anyMatch(network -> network.endsWith("/0"));
      if (!isCovered) {
        allowed.add(destination);
        commands.add("route add " + destination + " dev " + link);
      }
    }
    if (!commands.isEmpty()) {
      wgSet("allowed-ips", String.join(",", allowed));
      place.ip(commands);
    }
  }

  /// Speaks to the gateway at another address from now on.
  void connectTo(String endpoint) {
    wgSet("endpoint", endpoint);
  }

  private void wgSet(String key, String value) {
    Programs.run(place.inside("wg", "set", link, "peer", gatewayKey, key, value));
  }

  /// How long one answer took, or -1 where none came.
  double pingMillis(String address) {
    return place.call(() -> {
      long begunNanos = System.nanoTime();
      boolean isAnswered = InetAddress.ofLiteral(address).isReachable(PING_MILLIS);
      return isAnswered ? (System.nanoTime() - begunNanos) / 1e6 : -1;
    });
  }

  /// The quickest of some, or -1 where one was not answered.
  double quickestPingMillis(String address) {
    double quickest = Double.MAX_VALUE;
    for (int i = 0; i < PINGS; i++) {
      double millis = pingMillis(address);
      if (millis < 0) {
        return -1;
      }
      quickest = Math.min(quickest, millis);
    }
    return quickest;
  }
}
