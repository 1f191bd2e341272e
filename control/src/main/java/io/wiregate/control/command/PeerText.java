package io.wiregate.control.command;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Peers as people read them.
final class PeerText {
  private PeerText() {}

  static String joined(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(each -> texts.add(each.asString()));
    return String.join(", ", texts);
  }

  static Table table() {
    return new Table("NAME", "ZONE", "ENABLED", "ADDRESSES", "PUBLIC KEY", "ID");
  }

  static void add(Table table, JsonNode peer) {
    table.add(
        peer.path("name").asString(),
        peer.path("zone").asString(),
        peer.path("enabled").asBoolean() ? "yes" : "no",
        joined(peer.path("addresses")),
        peer.path("publicKey").asString(),
        peer.path("id").asString());
  }
}
