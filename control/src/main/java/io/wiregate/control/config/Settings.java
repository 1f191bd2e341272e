package io.wiregate.control.config;

import io.wiregate.control.policy.PrivateReach;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The one list of settings: their keys, defaults and what they accept. The configuration file, the
/// environment and `wiregate up --help` all stand on it.
public final class Settings {
  private static final String YES_OR_NO = "true or false";

  static final Setting<Path> STATE =
      Setting.of(
          "state",
          "/var/lib/wiregate",
          "a directory",
          "the directory that holds the token, the keys and the embedded database",
          Values::path);
  static final Setting<ListenAddress> API_LISTEN =
      Setting.of(
          "api.listen",
          "127.0.0.1:8080",
          "ADDRESS:PORT, e.g. 127.0.0.1:8080 or [::1]:8080",
          "where the API listens",
          Values::listenAddress);
  static final Setting<Boolean> API_PLAIN_HTTP =
      Setting.of(
          "api.plain-http",
          "false",
          YES_OR_NO,
          "lets the API listen beyond loopback without TLS, for where something in front does TLS",
          Values::yesOrNo);
  static final Setting<List<String>> API_HOSTS =
      Setting.of(
          "api.hosts",
          "",
          "host names, separated by commas",
          "names beside localhost under which browsers and clients may call the API",
          Values.list(Values::host));
  static final Setting<String> DATABASE_URL =
      new Setting<>(
          "database.url",
          "embedded",
          "'embedded' or a JDBC URL without a user before the host, e.g."
              + " jdbc:postgresql://db.example:5432/wiregate",
          "which PostgreSQL keeps the peers",
          true, // a password may stand in it
          text -> text.equals("embedded") ? text : Values.postgresUrl(text));
  static final Setting<String> DATABASE_USER =
      Setting.of(
          "database.user", "", "a PostgreSQL role", "who we are to the database", Values::text);
  static final Setting<String> DATABASE_PASSWORD =
      Setting.secret(
          "database.password",
          "a password that is not empty",
          "its password; better in a file",
          Values::text);
  static final Setting<Path> DATABASE_PASSWORD_FILE =
      Setting.of(
          "database.password-file", "", "a file", "holds the password, on one line", Values::path);
  static final Setting<Integer> DATABASE_CONNECTIONS =
      Setting.of(
          "database.connections",
          "10",
          "a number from 3 to 100",
          "most connections to the database at once",
          Values.number(3, 100));
  static final Setting<Path> ZONE_KEY_FILE =
      Setting.of(
          "zone-key-file",
          "",
          "a file",
          "the key that seals the zones' private keys in the database; 'zone.key' in the state"
              + " directory where not set; the same on every node",
          Values::path);
  static final Setting<String> ENDPOINT =
      Setting.of(
          "endpoint",
          "",
          "a host name or an IP address, without port",
          "the host that clients connect to; this machine's address toward the internet where not"
              + " set",
          Values::host);
  static final Setting<Integer> WORKERS =
      Setting.of(
          "workers",
          "auto",
          "'auto' or a number from 1 to 16",
          "threads that carry packets; as many as there are processors where 'auto'",
          text -> text.equals("auto") ? 0 : Values.number(1, 16).apply(text));
  static final Setting<CipherPreference> CIPHER =
      Setting.of(
          "cipher",
          "auto",
          "auto, boringssl, ipsecmb, openssl or jdk",
          "the library that encrypts packets; the fastest present where 'auto'",
          Values.choice(CipherPreference.class));
  static final Setting<Boolean> OFFLOAD_TUN_TCP =
      offload("tun-tcp", "TCP segmentation between kernel and gateway");
  static final Setting<Boolean> OFFLOAD_TUN_UDP =
      offload("tun-udp", "UDP segmentation between kernel and gateway (needs tun-tcp)");
  static final Setting<Boolean> OFFLOAD_UDP_SEGMENTATION =
      offload("udp-segmentation", "sending many datagrams as one");
  static final Setting<Boolean> OFFLOAD_UDP_RECEIVE =
      offload("udp-receive", "receiving many datagrams as one");
  static final Setting<Boolean> OFFLOAD_UDP_STEERING =
      offload("udp-steering", "packets to the thread of their session, handshakes past all these");
  static final Setting<Duration> ADDRESS_QUARANTINE =
      Setting.of(
          "address-quarantine",
          "24h",
          "a number and s, m, h or d, e.g. 90m",
          "how long a deleted peer's address rests before another peer may get it",
          Values::duration);
  static final Setting<LogLevel> LOG_LEVEL =
      Setting.of(
          "log-level",
          "info",
          "error, warn, info or debug",
          "how much is logged; the variable LOG_LEVEL sets it as well",
          Values.choice(LogLevel.class));
  static final Setting<String> INTERFACE_PREFIX =
      Setting.of(
          "interface-prefix",
          "wg-",
          "1 to 9 letters, digits, - and _, first a letter",
          "what the names of the zones' interfaces begin with",
          Values::interfacePrefix);

  static final Setting<List<IpPrefix>> POD_NETWORKS =
      Setting.of(
          "pod-networks",
          "",
          "networks, separated by commas",
          "networks of a cluster's pods and services, which no zone reaches unless its"
              + " private-networks name them",
          Values.list(IpPrefix::parse));

  static final Map<ZoneDefaults, ZoneKeys> ZONES = zones();

  /// All of them.
  static final List<Setting<?>> ALL = all();

  private Settings() {}

  /// The settings of one zone.
  record ZoneKeys(
      Setting<Boolean> enabled,
      Setting<Integer> port,
      Setting<IpPrefix> network4,
      Setting<IpPrefix> network6,
      Setting<Integer> mtu,
      Setting<String> interfaceName,
      Setting<Boolean> internet,
      Setting<Boolean> peerToPeer,
      Setting<Boolean> adminApi,
      Setting<List<String>> reachesZones,
      Setting<PrivateReach> privateNetworks,
      Setting<List<IpPrefix>> allowedIps,
      Setting<List<IpAddress>> dns,
      Setting<Integer> persistentKeepalive) {

    List<Setting<?>> list() {
      return List.of(
          enabled,
          port,
          network4,
          network6,
          mtu,
          interfaceName,
          internet,
          peerToPeer,
          adminApi,
          reachesZones,
          privateNetworks,
          allowedIps,
          dns,
          persistentKeepalive);
    }
  }

  private static Setting<Boolean> offload(String name, String description) {
    return Setting.of("offloads." + name, "true", YES_OR_NO, description, Values::yesOrNo);
  }

  private static Map<ZoneDefaults, ZoneKeys> zones() {
    Map<ZoneDefaults, ZoneKeys> zones = new LinkedHashMap<>();
    for (ZoneDefaults defaults : ZoneDefaults.values()) {
      zones.put(defaults, zone(defaults));
    }
    return zones;
  }

  private static ZoneKeys zone(ZoneDefaults defaults) {
    String zone = "zones." + defaults.zone + ".";
    return new ZoneKeys(
        Setting.of(
            zone + "enabled", "true", YES_OR_NO, "whether there is such a zone", Values::yesOrNo),
        Setting.of(
            zone + "port",
            Integer.toString(defaults.port),
            "a port from 1 to 65535",
            "its UDP port",
            Values.number(1, 65535)),
        Setting.of(
            zone + "network4",
            defaults.network4,
            "an IPv4 network of length 8 to 30, e.g. 10.92.0.0/16",
            "its IPv4 network; the gateway has the first address",
            Values.network(false, 8, 30)),
        Setting.of(
            zone + "network6",
            "",
            "an IPv6 network of length 32 to 112, e.g. fd12:3456:789a:1::/64",
            "its IPv6 network; a /64 of the installation's own prefix where not set",
            Values.network(true, 32, 112)),
        Setting.of(
            zone + "mtu",
            "1420",
            "a number from 1280 to 9000",
            "the largest packet inside its tunnels",
            Values.number(1280, 9000)),
        Setting.of(
            zone + "interface",
            "",
            "1 to 15 letters, digits, - and _, first a letter",
            "the name of its interface; prefix and zone name where not set",
            Values::interfaceName),
        Setting.of(
            zone + "internet",
            Boolean.toString(defaults.internet),
            YES_OR_NO,
            "whether its peers may reach the internet",
            Values::yesOrNo),
        Setting.of(
            zone + "peer-to-peer",
            Boolean.toString(defaults.peerToPeer),
            YES_OR_NO,
            "whether its peers may reach each other",
            Values::yesOrNo),
        Setting.of(
            zone + "admin-api",
            Boolean.toString(defaults.adminApi),
            YES_OR_NO,
            "whether its peers may reach the API",
            Values::yesOrNo),
        Setting.of(
            zone + "reaches-zones",
            defaults.reachesZones,
            "names of zones, separated by commas, or 'all'",
            "the other zones to which its peers may start connections",
            Values.list(Values::zoneName)),
        Setting.of(
            zone + "private-networks",
            defaults.privateNetworks,
            "'none', 'all', or networks, separated by commas",
            "what its peers may reach of the private networks behind the gateway",
            Values::privateReach),
        Setting.of(
            zone + "allowed-ips",
            defaults.allowedIps,
            "networks, separated by commas",
            "what clients route into the tunnel; the zone's own networks where empty",
            Values.list(IpPrefix::parse)),
        Setting.of(
            zone + "dns",
            "",
            "IP addresses, separated by commas",
            "resolvers that clients get",
            Values.list(IpAddress::parse)),
        Setting.of(
            zone + "persistent-keepalive",
            "25",
            "a number of seconds from 0 to 65535",
            "how often clients keep their NAT mapping open; 0 for never",
            Values.number(0, 65535)));
  }

  private static List<Setting<?>> all() {
    List<Setting<?>> all =
        new ArrayList<>(
            List.of(
                STATE,
                API_LISTEN,
                API_PLAIN_HTTP,
                API_HOSTS,
                DATABASE_URL,
                DATABASE_USER,
                DATABASE_PASSWORD,
                DATABASE_PASSWORD_FILE,
                DATABASE_CONNECTIONS,
                ZONE_KEY_FILE,
                ENDPOINT,
                WORKERS,
                CIPHER,
                OFFLOAD_TUN_TCP,
                OFFLOAD_TUN_UDP,
                OFFLOAD_UDP_SEGMENTATION,
                OFFLOAD_UDP_RECEIVE,
                OFFLOAD_UDP_STEERING,
                ADDRESS_QUARANTINE,
                LOG_LEVEL,
                INTERFACE_PREFIX,
                POD_NETWORKS));
    ZONES.values().forEach(zone -> all.addAll(zone.list()));
    return List.copyOf(all);
  }

  /// A host name (RFC 1123) or an IP address, without port.
  ///
  /// @throws IllegalArgumentException if it is neither
  public static String host(String text) {
    return Values.host(text);
  }

  /// Every setting for `wiregate up --help`: key, variable, default, meaning. The zones' settings
  /// stand there once, with `ZONE` for the zone's name.
  public static List<String> help() {
    List<String> lines = new ArrayList<>();
    int zoneSettings = ZONES.values().iterator().next().list().size() * ZONES.size();
    for (Setting<?> setting : ALL.subList(0, ALL.size() - zoneSettings)) {
      describe(lines, setting.key(), setting.variable(), setting, setting.defaultText());
    }
    int count = ZONES.values().iterator().next().list().size();
    for (int i = 0; i < count; i++) {
      Setting<?> first = ZONES.values().iterator().next().list().get(i);
      String name = first.key().substring(first.key().lastIndexOf('.') + 1);
      String variable = first.variable().replace("_" + ZoneDefaults.MAIN.name() + "_", "_ZONE_");
      describe(lines, "zones.ZONE." + name, variable, first, zoneDefaults(i));
    }
    return lines;
  }

  private static String zoneDefaults(int index) {
    List<String> named = new ArrayList<>();
    Set<String> texts = new HashSet<>();
    ZONES.forEach((zone, keys) -> {
      String text = keys.list().get(index).defaultText();
      texts.add(text);
      if (!text.isEmpty()) {
        named.add(zone.zone + " " + text);
      }
    });
    return texts.size() == 1 ? texts.iterator().next() : String.join("; ", named);
  }

  private static void describe(
      List<String> lines, String key, String variable, Setting<?> setting, String defaults) {
    lines.add("  " + key + " (" + variable + ")");
    lines.add("      " + setting.description() + ".");
    lines.add(
        "      Accepts "
            + setting.accepted()
            + (defaults.isEmpty() ? "." : "; default: " + defaults + "."));
  }
}
