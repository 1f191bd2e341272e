package io.wiregate.control.policy;

import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The statements and expressions of nftables' JSON, libnftables-json(5), that the policy needs.
final class NftJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private NftJson() {}

  static ObjectNode object(String key, JsonNode value) {
    return NODES.objectNode().set(key, value);
  }

  static ObjectNode object(String key, String value) {
    return NODES.objectNode().put(key, value);
  }

  static ArrayNode array(Collection<? extends JsonNode> items) {
    return NODES.arrayNode().addAll(items);
  }

  static ArrayNode strings(Collection<String> items) {
    return array(items.stream().map(NODES::stringNode).toList());
  }

  // Expressions.

  static ObjectNode meta(String key) {
    return object("meta", object("key", key));
  }

  static ObjectNode ct(String key) {
    return object("ct", object("key", key));
  }

  static ObjectNode payload(String protocol, String field) {
    return object("payload", NODES.objectNode().put("protocol", protocol).put("field", field));
  }

  static ObjectNode set(Collection<? extends JsonNode> items) {
    return object("set", array(items));
  }

  static ObjectNode stringSet(Collection<String> items) {
    return object("set", strings(items));
  }

  static ObjectNode portSet(int... ports) {
    return set(IntStream.of(ports).sorted().mapToObj(NODES::numberNode).toList());
  }

  static JsonNode prefix(IpPrefix prefix) {
    ObjectNode value =
        NODES.objectNode().put("addr", prefix.address().toString()).put("len", prefix.length());
    return object("prefix", value);
  }

  // Matches.

  static ObjectNode match(JsonNode left, String operator, JsonNode right) {
    ObjectNode match = NODES.objectNode().put("op", operator);
    match.set("left", left);
    match.set("right", right);
    return object("match", match);
  }

  static ObjectNode is(JsonNode left, String right) {
    return match(left, "==", NODES.stringNode(right));
  }

  static ObjectNode isNot(JsonNode left, String right) {
    return match(left, "!=", NODES.stringNode(right));
  }

  static ObjectNode in(JsonNode left, JsonNode set) {
    return match(left, "==", set);
  }

  static ObjectNode notIn(JsonNode left, JsonNode set) {
    return match(left, "!=", set);
  }

  /// `field` is `saddr` or `daddr`. All prefixes are of one family, and disjoint.
  static ObjectNode addressIn(String field, List<IpPrefix> prefixes) {
    return match(address(field, prefixes), "==", prefixSet(prefixes));
  }

  static ObjectNode addressNotIn(String field, List<IpPrefix> prefixes) {
    return match(address(field, prefixes), "!=", prefixSet(prefixes));
  }

  private static ObjectNode address(String field, List<IpPrefix> prefixes) {
    return payload(prefixes.getFirst().isV6() ? "ip6" : "ip", field);
  }

  private static ObjectNode prefixSet(List<IpPrefix> prefixes) {
    return set(disjoint(prefixes).stream().map(NftJson::prefix).toList());
  }

  /// Without those that others contain: nftables refuses a set whose intervals overlap.
  private static List<IpPrefix> disjoint(List<IpPrefix> prefixes) {
    List<IpPrefix> distinct = prefixes.stream().distinct().toList();
    return distinct.stream()
        .filter(prefix ->
            distinct.stream().noneMatch(other -> !other.equals(prefix) && other.contains(prefix)))
        .toList();
  }

  static List<IpPrefix> hosts(Collection<IpAddress> addresses) {
    return addresses.stream().map(address -> new IpPrefix(address, address.bits())).toList();
  }

  /// The TCP flags of `mask` are exactly `value`.
  static ObjectNode tcpFlags(List<String> mask, String value) {
    ArrayNode masked = NODES.arrayNode();
    masked.add(payload("tcp", "flags")).add(strings(mask));
    return is(object("&", masked), value);
  }

  static ObjectNode tcpFlagsNot(List<String> mask, String value) {
    ArrayNode masked = NODES.arrayNode();
    masked.add(payload("tcp", "flags")).add(strings(mask));
    return isNot(object("&", masked), value);
  }

  // Statements.

  static ObjectNode counter(String name) {
    return object("counter", name);
  }

  static ObjectNode accept() {
    return object("accept", NODES.nullNode());
  }

  static ObjectNode drop() {
    return object("drop", NODES.nullNode());
  }

  static ObjectNode goTo(String chain) {
    return object("goto", object("target", chain));
  }

  static ObjectNode masquerade() {
    return object("masquerade", NODES.nullNode());
  }

  static ObjectNode tcpReset() {
    return object("reject", object("type", "tcp reset"));
  }

  static ObjectNode prohibited() {
    return object(
        "reject", NODES.objectNode().put("type", "icmpx").put("expr", "admin-prohibited"));
  }

  /// Lowers the maximum segment size that a SYN announces to what the routes of both directions
  /// carry. The kernel never raises it.
  static ObjectNode clampSegments() {
    ObjectNode mangle = NODES.objectNode();
    mangle.set(
        "key", object("tcp option", NODES.objectNode().put("name", "maxseg").put("field", "size")));
    mangle.set("value", object("rt", object("key", "mtu")));
    return object("mangle", mangle);
  }

  static ObjectNode verdictMap(JsonNode key, Map<String, ObjectNode> verdicts) {
    ArrayNode pairs = NODES.arrayNode();
    verdicts.forEach((value, verdict) -> pairs.addArray().add(value).add(verdict));
    ObjectNode map = NODES.objectNode();
    map.set("key", key);
    map.set("data", object("set", pairs));
    return object("vmap", map);
  }
}
