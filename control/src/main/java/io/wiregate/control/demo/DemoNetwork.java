package io.wiregate.control.demo;

import io.wiregate.control.command.CommandFailure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The namespaces and the wire that joins them.
///
/// ```
///   client, client, … ─┐
///                      ├─ 198.51.100.0/24, 2001:db8:1::/64 ─ outside: 203.0.113.80, 2001:db8:2::80
///   gateway ───────────┘
/// ```
///
/// A client has a way to the gateway and none further: what it reaches outside, it reaches through
/// its tunnel.
final class DemoNetwork implements AutoCloseable {
  static final String GATEWAY = "gateway";
  static final String OUTSIDE = "outside";
  static final String WEB_4 = "203.0.113.80";
  static final String WEB_6 = "2001:db8:2::80";
  static final String GATEWAY_4 = "198.51.100.2";
  static final String GATEWAY_6 = "2001:db8:1::2";

  private static final String NET_4 = "198.51.100.";
  private static final String NET_6 = "2001:db8:1::";

  private final String prefix;
  private final List<String> names = new ArrayList<>();
  private final Map<String, Place> places = new LinkedHashMap<>();

  /// @param token that no other run has
  DemoNetwork(String token) {
    prefix = "wiregate-demo-" + token + "-";
  }

  void build(List<String> clients) {
    List<String> all = new ArrayList<>(List.of(OUTSIDE, GATEWAY));
    all.addAll(clients);
    for (String place : all) {
      names.add(prefix + place);
    }
    batch(names.stream().map(name -> "netns add " + name).toList(), false);
    all.forEach(place -> places.put(place, new Place(prefix + place)));
    joinOutside(all);
    for (int i = 1; i < all.size(); i++) {
      Place place = place(all.get(i));
      List<String> commands =
          new ArrayList<>(
              List.of(
                  "link set lo up",
                  "address add " + NET_4 + (i + 1) + "/24 dev eth0",
                  "address add " + NET_6 + Integer.toHexString(i + 1) + "/64 dev eth0 nodad",
                  "link set eth0 up"));
      if (place == place(GATEWAY)) {
        commands.add("route add 0.0.0.0/0 via " + NET_4 + "1");
        commands.add("route add ::/0 via " + NET_6 + "1");
      }
      place.ip(commands);
    }
  }

  private void joinOutside(List<String> all) {
    List<String> commands =
        new ArrayList<>(
            List.of(
                "link set lo up",
                "address add " + WEB_4 + "/32 dev lo",
                "address add " + WEB_6 + "/128 dev lo nodad",
                "link add wire type bridge",
                "address add " + NET_4 + "1/24 dev wire",
                "address add " + NET_6 + "1/64 dev wire nodad",
                "link set wire up"));
    for (int i = 1; i < all.size(); i++) {
      commands.add("link add port%d type veth peer name eth0 netns %s".formatted(i, names.get(i)));
      commands.add("link set port" + i + " master wire up");
    }
    place(OUTSIDE).ip(commands);
  }

  Place place(String name) {
    Place place = places.get(name);
    if (place == null) {
      throw new IllegalArgumentException(name);
    }
    return place;
  }

  private static void batch(List<String> commands, boolean goOn) {
    List<String> ip = goOn ? List.of("ip", "-force", "-batch", "-") : List.of("ip", "-batch", "-");
    Programs.run(ip, String.join("\n", commands) + "\n");
  }

  @Override
  public void close() {
    places.values().forEach(Place::close);
    boolean interrupted = Thread.interrupted();
    try {
      batch(names.stream().map(name -> "netns delete " + name).toList(), true);
    } catch (CommandFailure notAll) {
      // Those that an interrupted start has not made.
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
