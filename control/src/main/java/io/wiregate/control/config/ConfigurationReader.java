package io.wiregate.control.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Puts the configuration together: the command line stands over the environment, that over the
/// file, that over the defaults.
public final class ConfigurationReader {
  /// Read where no file is named and it is there.
  public static final Path DEFAULT_FILE = Path.of("/etc/wiregate/wiregate.yaml");

  private record Given(String text, String source) {}

  private final Map<String, Given> given = new HashMap<>();

  private ConfigurationReader() {}

  /// Reads every setting, or none.
  ///
  /// @param file null for [#DEFAULT_FILE], if it is there
  /// @param environment e.g. `System.getenv()`
  /// @param options values given on the command line, by key, e.g. `api.listen`
  /// @throws ConfigurationException if anything is not accepted
  public static Configuration read(
      @Nullable Path file, Map<String, String> environment, Map<String, String> options) {
    ConfigurationReader reader = new ConfigurationReader();
    if (file != null) {
      reader.addFile(file);
    } else if (Files.exists(DEFAULT_FILE)) {
      reader.addFile(DEFAULT_FILE);
    }
    reader.addEnvironment(environment);
    options.forEach((key, text) -> reader.given.put(key, new Given(text, "The command line")));
    return reader.build();
  }

  /// Where an appliance started with this environment and the file that it names, or the default
  /// one, keeps its state: for commands that speak to it.
  ///
  /// @throws ConfigurationException if the file cannot be read
  public static Path stateDirectory(Map<String, String> environment) {
    ConfigurationReader reader = new ConfigurationReader();
    String named = environment.get("WIREGATE_CONFIG");
    if (named != null && !named.isEmpty()) {
      reader.addFile(Path.of(named));
    } else if (Files.isReadable(DEFAULT_FILE)) {
      reader.addFile(DEFAULT_FILE);
    }
    reader.addEnvironment(environment);
    return reader.required(Settings.STATE);
  }

  /// Which offloads the environment allows, for a command that has no configuration but that.
  ///
  /// @throws ConfigurationException if a value is not accepted
  public static OffloadSettings offloads(Map<String, String> environment) {
    ConfigurationReader reader = new ConfigurationReader();
    reader.addEnvironment(environment);
    return reader.offloads();
  }

  /// Which cipher the environment asks for, likewise.
  ///
  /// @throws ConfigurationException if the value is not accepted
  public static CipherPreference cipher(Map<String, String> environment) {
    ConfigurationReader reader = new ConfigurationReader();
    reader.addEnvironment(environment);
    return reader.required(Settings.CIPHER);
  }

  private void addFile(Path file) {
    YamlDocument document = YamlDocument.read(file);
    Set<String> known = new HashSet<>();
    Settings.ALL.forEach(setting -> known.add(setting.key()));
    document
        .entries()
        .forEach((key, entry) -> {
          if (!known.contains(key)) {
            throw new ConfigurationException(
                document.source(entry)
                    + ": there is no setting "
                    + key
                    + nearest(key, known)
                    + " (wiregate up --help lists them all).");
          }
          given.put(key, new Given(entry.text(), document.source(entry)));
        });
  }

  private static String nearest(String key, Set<String> known) {
    String last = key.substring(key.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return known.stream()
        .filter(each -> each.equals(key.toLowerCase(Locale.ROOT)) || each.endsWith("." + last))
        .sorted()
        .findFirst()
        .map(each -> ": did you mean " + each)
        .orElse("");
  }

  private void addEnvironment(Map<String, String> environment) {
    String level = environment.get("LOG_LEVEL");
    if (level != null && !level.isEmpty()) {
      given.put(
          Settings.LOG_LEVEL.key(),
          new Given(level.toLowerCase(Locale.ROOT), "The environment variable LOG_LEVEL"));
    }
    for (Setting<?> setting : Settings.ALL) {
      String text = environment.get(setting.variable());
      if (text != null && !text.isEmpty()) {
        given.put(setting.key(), new Given(text, "The environment variable " + setting.variable()));
      }
    }
  }

  private Configuration build() {
    Path state = required(Settings.STATE);
    Path zoneKeyFile = optional(Settings.ZONE_KEY_FILE);
    Configuration configuration =
        new Configuration(
            state,
            zoneKeyFile != null ? zoneKeyFile : state.resolve("zone.key"),
            apiListen(),
            required(Settings.API_HOSTS),
            database(),
            optional(Settings.ENDPOINT),
            required(Settings.WORKERS),
            required(Settings.CIPHER),
            offloads(),
            required(Settings.ADDRESS_QUARANTINE),
            required(Settings.LOG_LEVEL),
            required(Settings.POD_NETWORKS),
            zones());
    new ZoneChecks(configuration.zones()).check();
    return configuration;
  }

  private ListenAddress apiListen() {
    ListenAddress listen = required(Settings.API_LISTEN);
    if (!listen.isLoopback() && !required(Settings.API_PLAIN_HTTP)) {
      throw new ConfigurationException(
          "api.listen is "
              + listen
              + ", where tokens would travel in clear: choose a loopback address, or set"
              + " api.plain-http where something in front does TLS.");
    }
    return listen;
  }

  private DatabaseSettings database() {
    String url = required(Settings.DATABASE_URL);
    Path passwordFile = optional(Settings.DATABASE_PASSWORD_FILE);
    String password = optional(Settings.DATABASE_PASSWORD);
    if (passwordFile != null && password != null) {
      throw new ConfigurationException(
          "database.password and database.password-file are both set: remove one of them.");
    }
    String user = optional(Settings.DATABASE_USER);
    if (url.equals("embedded") && (user != null || password != null || passwordFile != null)) {
      throw new ConfigurationException(
          "database.user, database.password or database.password-file is set, but the embedded"
              + " database has neither: set database.url too, or remove them.");
    }
    return new DatabaseSettings(
        url.equals("embedded") ? null : url,
        user,
        passwordFile != null ? readPassword(passwordFile) : password,
        passwordFile,
        required(Settings.DATABASE_CONNECTIONS));
  }

  private static String readPassword(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException unreadable) {
      throw new ConfigurationException(
          "database.password-file names "
              + file
              + ", which cannot be read ("
              + unreadable.getClass().getSimpleName()
              + ").");
    }
  }

  private OffloadSettings offloads() {
    boolean tunTcp = required(Settings.OFFLOAD_TUN_TCP);
    return new OffloadSettings(
        tunTcp,
        tunTcp && required(Settings.OFFLOAD_TUN_UDP),
        required(Settings.OFFLOAD_UDP_SEGMENTATION),
        required(Settings.OFFLOAD_UDP_RECEIVE),
        required(Settings.OFFLOAD_UDP_STEERING));
  }

  private List<ZoneSettings> zones() {
    String prefix = required(Settings.INTERFACE_PREFIX);
    List<ZoneSettings> zones = new ArrayList<>();
    Settings.ZONES.forEach((zone, keys) -> {
      String interfaceName = optional(keys.interfaceName());
      zones.add(
          new ZoneSettings(
              zone.id,
              zone.zone,
              required(keys.enabled()),
              required(keys.port()),
              required(keys.network4()),
              optional(keys.network6()),
              required(keys.mtu()),
              interfaceName != null ? interfaceName : prefix + zone.zone,
              required(keys.internet()),
              required(keys.peerToPeer()),
              required(keys.adminApi()),
              required(keys.reachesZones()),
              required(keys.privateNetworks()),
              required(keys.allowedIps()),
              required(keys.dns()),
              required(keys.persistentKeepalive())));
    });
    return zones.stream().filter(ZoneSettings::enabled).toList();
  }

  private <T> T required(Setting<T> setting) {
    Given value = given.get(setting.key());
    return value == null
        ? setting.read(setting.defaultText(), "The default")
        : setting.read(value.text, value.source);
  }

  private <T> @Nullable T optional(Setting<T> setting) {
    Given value = given.get(setting.key());
    return value == null ? null : setting.read(value.text, value.source);
  }
}
