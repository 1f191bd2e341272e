package io.wiregate.control.command;

import io.wiregate.control.config.ConfigurationReader;
import io.wiregate.control.state.StateDirectory;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which appliance a command speaks to, and as whom: the options, else the environment, else the
/// one that runs on this machine.
final class ApiOptions {
  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "The gateway's API; else WIREGATE_URL, else the gateway on this machine.")
  private @Nullable String url;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "Holds the token; else WIREGATE_TOKEN holds it, else the state directory's admin.token.")
  private @Nullable Path tokenFile;

  @Option(
      names = "--state",
      paramLabel = "DIR",
      description =
          "The state directory of the gateway on this machine; else WIREGATE_STATE, else the"
              + " configuration file's.")
  private @Nullable Path state;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  boolean isJson() {
    return json;
  }

  ApiClient client() {
    return new ApiClient(url(), token());
  }

  private Path stateDirectory() {
    Path given = state;
    if (given != null) {
      return given;
    }
    return ConfigurationReader.stateDirectory(System.getenv());
  }

  private String url() {
    String given = url != null ? url : System.getenv("WIREGATE_URL");
    if (given != null && !given.isEmpty()) {
      return given;
    }
    Path file = StateDirectory.apiUrl(stateDirectory());
    return StateDirectory.read(file)
        .filter(_ -> StateDirectory.isInUse(stateDirectory()))
        .orElseThrow(() ->
            new CommandFailure(
                "No gateway runs with the state directory "
                    + stateDirectory()
                    + ": start one with 'wiregate up', or name another with --state or --url."));
  }

  private String token() {
    String given = System.getenv("WIREGATE_TOKEN");
    if (tokenFile == null && given != null && !given.isEmpty()) {
      return given.strip();
    }
    Path file = tokenFile != null ? tokenFile : StateDirectory.adminToken(stateDirectory());
    return StateDirectory.read(file)
        .orElseThrow(() ->
            new CommandFailure(
                "The token file "
                    + file
                    + " is missing: name another with --token-file, or set WIREGATE_TOKEN."));
  }
}
