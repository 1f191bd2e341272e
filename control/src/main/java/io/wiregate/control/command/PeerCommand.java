package io.wiregate.control.command;

import io.wiregate.control.peer.PeerRules;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `wiregate peer`.
@Command(
    name = "peer",
    description = "Shows and changes peers.",
    mixinStandardHelpOptions = true,
    subcommands = {
      PeerAddCommand.class,
      PeerCommand.List.class,
      PeerCommand.Show.class,
      PeerCommand.Delete.class,
      PeerCommand.Config.class
    })
public final class PeerCommand {
  private static final String PEERS = "/api/v1/peers";

  /// Names one peer.
  static final class Which {
    @Parameters(paramLabel = "PEER", description = "The peer's name or id.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String peer;

    @Option(
        names = "--zone",
        paramLabel = "ZONE",
        description = "The zone of the name, where several zones have it.")
    private @Nullable String zone;

    JsonNode find(ApiClient client) {
      if (PeerRules.isUuid(peer)) {
        return client.get(PEERS + "/" + peer);
      }
      String query = "?name=" + ApiClient.encode(peer);
      if (zone != null) {
        query += "&zone=" + ApiClient.encode(zone);
      }
      JsonNode items = client.get(PEERS + query).path("items");
      if (items.isEmpty()) {
        throw new CommandFailure(
            "There is no peer '" + peer + "': 'wiregate peer list' shows them.");
      }
      if (items.size() > 1) {
        throw new CommandFailure(
            "Several zones have a peer '" + peer + "': name its zone with --zone.");
      }
      return items.get(0);
    }

    String path(ApiClient client) {
      return PEERS + "/" + find(client).path("id").asString();
    }
  }

  /// `wiregate peer list`.
  @Command(name = "list", description = "Lists peers.", mixinStandardHelpOptions = true)
  static final class List implements Callable<Integer> {
    @Mixin private final ApiOptions api = new ApiOptions();

    @Option(names = "--zone", paramLabel = "ZONE", description = "Only of that zone.")
    private @Nullable String zone;

    @Option(
        names = {"-q", "--query"},
        paramLabel = "TEXT",
        description = "Part of the name or the notes, or the beginning of a key or an address.")
    private @Nullable String query;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() {
      ApiClient client = api.client();
      ArrayNode all = JsonMapper.shared().createArrayNode();
      JsonNode page = client.get(path(null));
      page.path("items").forEach(all::add);
      while (page.path("next").isString()) {
        page = client.get(path(page.path("next").stringValue()));
        page.path("items").forEach(all::add);
      }
      print(all);
      return 0;
    }

    private String path(@Nullable String after) {
      StringBuilder path = new StringBuilder(PEERS).append("?limit=500");
      append(path, "zone", zone);
      append(path, "q", query);
      append(path, "after", after);
      return path.toString();
    }

    private static void append(StringBuilder path, String name, @Nullable String value) {
      if (value != null) {
        path.append('&').append(name).append('=').append(ApiClient.encode(value));
      }
    }

    private void print(ArrayNode peers) {
      PrintWriter out = spec.commandLine().getOut();
      if (api.isJson()) {
        ObjectNode whole = JsonMapper.shared().createObjectNode();
        whole.set("items", peers);
        out.println(whole.toPrettyString());
        return;
      }
      Table table = PeerText.table();
      peers.forEach(peer -> PeerText.add(table, peer));
      table.print(out);
    }
  }

  /// `wiregate peer show`.
  @Command(
      name = "show",
      description = "Shows a peer and its figures.",
      mixinStandardHelpOptions = true)
  static final class Show implements Callable<Integer> {
    @Mixin private final ApiOptions api = new ApiOptions();
    @Mixin private final Which which = new Which();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() {
      ApiClient client = api.client();
      ObjectNode peer = (ObjectNode) which.find(client);
      JsonNode stats = client.get(PEERS + "/" + peer.path("id").asString() + "/stats");
      PrintWriter out = spec.commandLine().getOut();
      if (api.isJson()) {
        peer.set("stats", stats);
        out.println(peer.toPrettyString());
        return 0;
      }
      Table table = new Table("NAME", peer.path("name").asString());
      table.add("zone", peer.path("zone").asString());
      table.add("id", peer.path("id").asString());
      table.add("enabled", peer.path("enabled").asBoolean() ? "yes" : "no");
      table.add("addresses", PeerText.joined(peer.path("addresses")));
      table.add("public key", peer.path("publicKey").asString());
      table.add("preshared key", peer.path("hasPresharedKey").asBoolean() ? "yes" : "no");
      table.add("created", peer.path("createdAt").asString());
      table.add("connected", stats.path("connected").asBoolean() ? "yes" : "no");
      table.add("last handshake", stats.path("lastHandshake").asString("never"));
      table.add("endpoint", stats.path("endpoint").asString("not known"));
      table.add("received", stats.path("receivedBytes").asString() + " bytes");
      table.add("sent", stats.path("sentBytes").asString() + " bytes");
      table.print(out);
      return 0;
    }
  }

  /// `wiregate peer delete`.
  @Command(
      name = "delete",
      description = "Deletes a peer; its connection ends at once.",
      mixinStandardHelpOptions = true)
  static final class Delete implements Callable<Integer> {
    @Mixin private final ApiOptions api = new ApiOptions();
    @Mixin private final Which which = new Which();

    @Override
    public Integer call() {
      ApiClient client = api.client();
      client.delete(which.path(client));
      return 0;
    }
  }

  /// `wiregate peer config`.
  @Command(
      name = "config",
      description = "Prints a peer's configuration, without its private key.",
      mixinStandardHelpOptions = true)
  static final class Config implements Callable<Integer> {
    @Mixin private final ApiOptions api = new ApiOptions();
    @Mixin private final Which which = new Which();

    @Option(
        names = "--endpoint",
        paramLabel = "HOST",
        description = "The host that the peer connects to.")
    private @Nullable String endpoint;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() {
      ApiClient client = api.client();
      spec.commandLine().getOut().print(config(client, which.path(client), endpoint));
      spec.commandLine().getOut().flush();
      return 0;
    }
  }

  /// A peer's configuration.
  static String config(ApiClient client, String path, @Nullable String endpoint) {
    return client.getText(path + "/config" + endpoint('?', endpoint));
  }

  static String endpoint(char separator, @Nullable String endpoint) {
    return endpoint == null ? "" : separator + "endpoint=" + ApiClient.encode(endpoint);
  }
}
