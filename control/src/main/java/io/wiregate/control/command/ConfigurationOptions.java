package io.wiregate.control.command;

import io.wiregate.control.config.Configuration;
import io.wiregate.control.config.ConfigurationReader;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options of commands that read the gateway's configuration.
final class ConfigurationOptions {
  @Option(names = "--state", paramLabel = "DIR", description = "The state directory.")
  private @Nullable String state;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "The configuration file; else WIREGATE_CONFIG, else /etc/wiregate/wiregate.yaml if it is"
              + " there.")
  private @Nullable Path config;

  @Option(
      names = "--listen",
      paramLabel = "ADDRESS:PORT",
      description = "Where the API listens; port 0 takes any that is free.")
  private @Nullable String listen;

  /// Reads the file and the environment; the options stand over both.
  ///
  /// @throws io.wiregate.control.config.ConfigurationException if something in them is wrong
  Configuration read() {
    Map<String, String> options = new HashMap<>();
    if (state != null) {
      options.put("state", state);
    }
    if (listen != null) {
      options.put("api.listen", listen);
    }
    Map<String, String> environment = System.getenv();
    String named = environment.get("WIREGATE_CONFIG");
    Path file = config != null || named == null ? config : Path.of(named);
    return ConfigurationReader.read(file, environment, options);
  }
}
