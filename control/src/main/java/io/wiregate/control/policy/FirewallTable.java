package io.wiregate.control.policy;

import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/// The kernel's table `inet wiregate` while the gateway runs. Install it before forwarding is
/// switched on and before the zones' interfaces come up, and close it after they are gone.
///
/// A table that a killed run left behind is replaced; it held the zones closed until then. Nobody
/// else's rules are read or touched. Safe to share between threads.
public final class FirewallTable implements AutoCloseable {
  /// What a rule has decided about.
  ///
  /// @param packets since the table was installed. Of a flow, those in its first direction
  /// @param bytes of those packets, from the IP header on
  public record RuleCount(long packets, long bytes) {
    RuleCount plus(RuleCount other) {
      return new RuleCount(packets + other.packets, bytes + other.bytes);
    }
  }

  private final Nft nft;

  // Guarded by this.
  private final Map<String, RuleCount> earlier = new TreeMap<>();
  private boolean closed;

  private FirewallTable(Nft nft) {
    this.nft = nft;
  }

  /// Puts the policy into force.
  ///
  /// @throws FirewallException if nftables is missing or refuses; nothing has changed then
  public static FirewallTable install(Nft nft, GatewayPolicy policy) {
    nft.apply(NftablesCompiler.compile(policy));
    return new FirewallTable(nft);
  }

  /// Whether nftables would take the policy. Nothing changes.
  ///
  /// @throws FirewallException if it would not
  public static void check(Nft nft, GatewayPolicy policy) {
    nft.check(NftablesCompiler.compile(policy));
  }

  /// Puts another policy into force, in one transaction: no packet meets half of it. Flows that it
  /// no longer grants end with their next packet.
  ///
  /// @throws FirewallException if nftables refuses; the old policy stands then
  public synchronized void replace(GatewayPolicy policy) {
    if (closed) {
      throw new IllegalStateException("the firewall table is closed");
    }
    Map<String, RuleCount> now = stands() ? current() : Map.of();
    nft.apply(NftablesCompiler.compile(policy));
    now.forEach((rule, count) -> earlier.merge(rule, count, RuleCount::plus));
  }

  /// What each rule has decided about, by its name. Counts go on over [#replace].
  ///
  /// @throws FirewallException if the table is gone
  public synchronized Map<String, RuleCount> counts() {
    Map<String, RuleCount> all = new TreeMap<>(earlier);
    current().forEach((rule, count) -> all.merge(rule, count, RuleCount::plus));
    return all;
  }

  /// Whether the table is still there: `nft flush ruleset`, or another firewall's reload, takes it
  /// away and opens the zones. Ask now and then, and [#replace] if it is gone.
  public boolean stands() {
    for (JsonNode object : nft.list("tables")) {
      JsonNode table = object.path("table");
      if (table.path("family").asString("").equals(NftablesCompiler.FAMILY)
          && table.path("name").asString("").equals(NftablesCompiler.TABLE)) {
        return true;
      }
    }
    return false;
  }

  private Map<String, RuleCount> current() {
    Map<String, RuleCount> counts = new TreeMap<>();
    for (JsonNode object :
        nft.list("counters", "table", NftablesCompiler.FAMILY, NftablesCompiler.TABLE)) {
      JsonNode counter = object.path("counter");
      if (!counter.isMissingNode()) {
        counts.put(
            counter.path("name").asString(""),
            new RuleCount(counter.path("packets").asLong(0), counter.path("bytes").asLong(0)));
      }
    }
    return counts;
  }

  /// Takes the table away. The zones' interfaces are gone by now, or they are open.
  ///
  /// @throws FirewallException if that fails
  @Override
  public synchronized void close() {
    if (!closed) {
      nft.apply(NftablesCompiler.removal());
      closed = true;
    }
  }
}
