package io.wiregate.control.command;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `wiregate zone`.
@Command(
    name = "zone",
    description = "Shows the zones.",
    mixinStandardHelpOptions = true,
    subcommands = ZoneCommand.List.class)
public final class ZoneCommand {
  /// `wiregate zone list`.
  @Command(name = "list", description = "Lists the zones.", mixinStandardHelpOptions = true)
  static final class List implements Callable<Integer> {
    @Mixin private final ApiOptions api = new ApiOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() {
      JsonNode zones = api.client().get("/api/v1/zones");
      PrintWriter out = spec.commandLine().getOut();
      if (api.isJson()) {
        out.println(zones.toPrettyString());
        return 0;
      }
      Table table = new Table("NAME", "PORT", "INTERFACE", "NETWORKS", "PUBLIC KEY");
      for (JsonNode zone : zones.path("items")) {
        table.add(
            zone.path("name").asString(),
            zone.path("port").asString(),
            zone.path("interface").asString(),
            PeerText.joined(zone.path("networks")),
            zone.path("publicKey").asString());
      }
      table.print(out);
      return 0;
    }
  }
}
