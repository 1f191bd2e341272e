package io.wiregate.control.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wiregate.os.net.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("NullAway.Init")
final class ConfigurationReaderTest {
  @TempDir Path directory;

  private Configuration read(String yaml, Map<String, String> environment) throws IOException {
    return ConfigurationReader.read(write(yaml), environment, Map.of());
  }

  private Path write(String yaml) throws IOException {
    return Files.writeString(directory.resolve("wiregate.yaml"), yaml);
  }

  private static Configuration fromEnvironment(Map<String, String> environment) {
    return ConfigurationReader.read(null, environment, Map.of());
  }

  @Test
  void cipher_ofTheEnvironment_hasTheNamesOfTheConfiguration() {
    assertThat(ConfigurationReader.cipher(Map.of())).isEqualTo(CipherPreference.AUTO);
    assertThat(ConfigurationReader.cipher(Map.of("WIREGATE_CIPHER", "openssl")))
        .isEqualTo(CipherPreference.OPENSSL);
    assertThatThrownBy(() -> ConfigurationReader.cipher(Map.of("WIREGATE_CIPHER", "rot13")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("openssl");
  }

  @Test
  void read_nothingSet_givesTheFiveZones() throws IOException {
    Configuration configuration = read("", Map.of());
    assertThat(configuration.zones())
        .extracting(ZoneSettings::name, ZoneSettings::port, ZoneSettings::interfaceName)
        .map(tuple -> tuple.toList().toString())
        .containsExactly(
            "[main, 44333, wg-main]",
            "[admins, 4430, wg-admins]",
            "[members, 4431, wg-members]",
            "[lan, 4432, wg-lan]",
            "[guests, 4433, wg-guests]");
    assertThat(configuration.apiListen()).hasToString("127.0.0.1:8080");
    assertThat(configuration.stateDirectory()).isEqualTo(Path.of("/var/lib/wiregate"));
    assertThat(configuration.database().isEmbedded()).isTrue();
  }

  @Test
  void stateDirectory_isTheEnvironmentsElseTheFiles() throws IOException {
    Path file = write("state: /srv/gate\nendpoint: vpn.example");
    Map<String, String> named = Map.of("WIREGATE_CONFIG", file.toString());
    assertThat(ConfigurationReader.stateDirectory(named)).isEqualTo(Path.of("/srv/gate"));
    Map<String, String> both =
        Map.of("WIREGATE_CONFIG", file.toString(), "WIREGATE_STATE", "/srv/other");
    assertThat(ConfigurationReader.stateDirectory(both)).isEqualTo(Path.of("/srv/other"));
  }

  @Test
  void read_file_isTaken() throws IOException {
    Configuration configuration =
        read(
            """
            endpoint: vpn.example
            address-quarantine: 90m
            zones:
              lan:
                enabled: false
              guests:
                dns: [10.94.0.1, "fd00::1"]
                port: 5000
            """,
            Map.of());
    assertThat(configuration.endpoint()).isEqualTo("vpn.example");
    assertThat(configuration.addressQuarantine()).isEqualTo(Duration.ofMinutes(90));
    assertThat(configuration.zones()).extracting(ZoneSettings::name).doesNotContain("lan");
    ZoneSettings guests = configuration.zones().getLast();
    assertThat(guests.port()).isEqualTo(5000);
    assertThat(guests.dns())
        .isEqualTo(List.of(IpAddress.parse("10.94.0.1"), IpAddress.parse("fd00::1")));
  }

  @Test
  void read_environmentAndCommandLine_standOverTheFile() throws IOException {
    Path file = write("zones:\n  main:\n    port: 1\napi:\n  listen: 127.0.0.1:1\n");
    Configuration configuration =
        ConfigurationReader.read(
            file,
            Map.of("WIREGATE_ZONES_MAIN_PORT", "2", "WIREGATE_API_LISTEN", "127.0.0.1:2"),
            Map.of("api.listen", "[::1]:3"));
    assertThat(configuration.zones().getFirst().port()).isEqualTo(2);
    assertThat(configuration.apiListen()).hasToString("[::1]:3");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "api:\\n  listne: x | line 2 | api.listne",
        "zones:\\n  main:\\n    port: 70000 | line 3 | zones.main.port is '70000', but accepts a port from 1 to 65535",
        "workers: [1, 2] | line 1 | workers",
        "zones:\\n  staff:\\n    port: 1 | line 3 | zones.staff.port",
        "workers: 1\\nworkers: 2 | line 2 | workers",
        "a: b: c | line 1 | not YAML",
        "- a | line 1 | keys and values",
        "workers: 1\\n---\\nworkers: 2 | line 3 | second document",
        "zones:\\n  main:\\n    network4: 10.0.0.1/16 | line 3 | zones.main.network4",
        "cipher: AES | line 1 | auto, boringssl, ipsecmb, openssl or jdk"
      })
  void read_malformedFile_namesFileLineAndKey(String yaml, String line, String text)
      throws IOException {
    Path file = write(yaml.replace("\\n", "\n"));
    assertThatThrownBy(() -> ConfigurationReader.read(file, Map.of(), Map.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(line)
        .hasMessageContaining(text);
  }

  @ParameterizedTest
  @CsvSource({
    "WIREGATE_ZONES_MAIN_PORT, 4430, port",
    "WIREGATE_ZONES_MAIN_INTERFACE, wg-lan, interface",
    "WIREGATE_ZONES_MAIN_NETWORK4, 10.91.128.0/17, network4"
  })
  void read_zonesThatCollide_areRefused(String variable, String value, String key) {
    assertThatThrownBy(() -> fromEnvironment(Map.of(variable, value)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("zones.main." + key);
  }

  @Test
  void read_listenBeyondLoopbackWithoutTls_isRefusedUnlessAllowed() {
    Map<String, String> open = Map.of("WIREGATE_API_LISTEN", "0.0.0.0:8080");
    assertThatThrownBy(() -> fromEnvironment(open)).hasMessageContaining("api.plain-http");
    assertThat(
            fromEnvironment(
                    Map.of("WIREGATE_API_LISTEN", "0.0.0.0:8080", "WIREGATE_API_PLAIN_HTTP", "yes"))
                .apiListen()
                .port())
        .isEqualTo(8080);
  }

  @Test
  void read_missingFile_isRefused() {
    Path missing = directory.resolve("none.yaml");
    assertThatThrownBy(() -> ConfigurationReader.read(missing, Map.of(), Map.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("none.yaml");
  }

  @Test
  void read_passwordThatIsRefused_isNotShown() {
    assertThatThrownBy(() ->
            fromEnvironment(
                Map.of(
                    "WIREGATE_DATABASE_URL",
                    "jdbc:postgresql:x",
                    "WIREGATE_DATABASE_PASSWORD",
                    " \t ")))
        .hasMessageContaining("database.password has a value that cannot be used");
    assertThat(
            fromEnvironment(
                    Map.of(
                        "WIREGATE_DATABASE_URL",
                        "jdbc:postgresql:x",
                        "WIREGATE_DATABASE_PASSWORD",
                        "hunter2"))
                .toString())
        .doesNotContain("hunter2");
  }

  @Property(tries = 300)
  void port_anyNumber_isAcceptedWithinItsRangeOnly(@ForAll @IntRange(min = -9, max = 99999) int n) {
    Map<String, String> environment = Map.of("WIREGATE_ZONES_MAIN_PORT", Integer.toString(n));
    boolean isTaken = n >= 4430 && n <= 4433;
    if (n >= 1 && n <= 65535 && !isTaken) {
      assertThat(fromEnvironment(environment).zones().getFirst().port()).isEqualTo(n);
    } else {
      assertThatThrownBy(() -> fromEnvironment(environment))
          .isInstanceOf(ConfigurationException.class);
    }
  }

  @Property(tries = 300)
  void anySetting_anyText_isTakenOrRefusedBySentence(
      @ForAll @IntRange(min = 0, max = 79) int index, @ForAll @StringLength(max = 20) String text) {
    Setting<?> setting = Settings.ALL.get(index);
    if (setting.equals(Settings.DATABASE_PASSWORD_FILE)) {
      return;
    }
    try {
      fromEnvironment(Map.of(setting.variable(), text));
    } catch (ConfigurationException refused) {
      assertThat(refused.getMessage()).endsWith(".").contains(setting.key());
    }
  }

  @Test
  void help_listsEverySetting() {
    String help = String.join("\n", Settings.help());
    for (Setting<?> setting : Settings.ALL) {
      String key = setting.key().replaceFirst("^zones\\.[a-z]+\\.", "zones.ZONE.");
      assertThat(help).contains(key);
    }
    assertThat(Settings.ALL).hasSize(92);
    assertThat(help).contains("main 44333; admins 4430").contains("WIREGATE_ZONES_ZONE_PORT");
  }
}
