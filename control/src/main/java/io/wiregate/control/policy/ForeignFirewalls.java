package io.wiregate.control.policy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Finds other tables that drop by default what the gateway forwards or receives. A drop anywhere
/// is final in the kernel and no rule of ours can undo it, so the operator must hear of it.
public final class ForeignFirewalls {
  private static final Set<String> FAMILIES = Set.of("ip", "ip6", "inet");
  private static final Set<String> HARMLESS_STATEMENTS = Set.of("counter", "log", "comment");
  private static final String DOCKER_USER = "DOCKER-USER";

  private record Chain(String family, String table, String name, String hook, String policy) {}

  private ForeignFirewalls() {}

  /// What stands in the way, one warning for each chain.
  ///
  /// @param proc `/proc`, where the older iptables shows itself
  /// @param policy whose interfaces the advice names
  /// @throws FirewallException if nftables cannot be asked
  public static List<Finding> find(Nft nft, Path proc, GatewayPolicy policy) {
    List<Chain> chains = chains(nft);
    List<Finding> findings = new ArrayList<>();
    for (Chain chain : chains) {
      boolean hooked = chain.hook.equals("forward") || chain.hook.equals("input");
      if (!hooked || !FAMILIES.contains(chain.family) || isOurs(chain)) {
        continue;
      }
      if (chain.policy.equals("drop")) {
        findings.add(warning(chain, "its policy is drop", chains, policy));
      } else if (endsWithRefusal(nft, chain)) {
        findings.add(warning(chain, "its last rule refuses the rest", chains, policy));
      }
    }
    legacy(proc, "ip_tables_names", "iptables-legacy", findings);
    legacy(proc, "ip6_tables_names", "ip6tables-legacy", findings);
    return findings;
  }

  private static boolean isOurs(Chain chain) {
    return chain.family.equals(NftablesCompiler.FAMILY)
        && chain.table.equals(NftablesCompiler.TABLE);
  }

  private static List<Chain> chains(Nft nft) {
    List<Chain> chains = new ArrayList<>();
    for (JsonNode object : nft.list("chains")) {
      JsonNode chain = object.path("chain");
      if (!chain.isMissingNode()) {
        chains.add(
            new Chain(
                chain.path("family").asString(""),
                chain.path("table").asString(""),
                chain.path("name").asString(""),
                chain.path("hook").asString(""),
                chain.path("policy").asString("")));
      }
    }
    return chains;
  }

  private static boolean endsWithRefusal(Nft nft, Chain chain) {
    JsonNode last = null;
    try {
      for (JsonNode object : nft.list("chain", chain.family, chain.table, chain.name)) {
        if (object.has("rule")) {
          last = object.path("rule").path("expr");
        }
      }
    } catch (FirewallException goneMeanwhile) {
      return false;
    }
    if (last == null || last.isEmpty()) {
      return false;
    }
    for (int i = 0; i < last.size() - 1; i++) {
      if (!HARMLESS_STATEMENTS.containsAll(last.get(i).propertyNames())) {
        return false;
      }
    }
    JsonNode verdict = last.get(last.size() - 1);
    return verdict.has("drop") || verdict.has("reject");
  }

  private static Finding warning(
      Chain chain, String why, List<Chain> chains, GatewayPolicy policy) {
    String where =
        "another firewall's chain '"
            + chain.name
            + "' in the table '"
            + chain.family
            + " "
            + chain.table
            + "' decides about "
            + (chain.hook.equals("forward")
                ? "what the gateway forwards"
                : "what reaches the gateway itself")
            + " too, and "
            + why
            + "; ";
    return Finding.warning(where + advice(chain, chains, policy));
  }

  private static String advice(Chain chain, List<Chain> chains, GatewayPolicy policy) {
    if (chain.hook.equals("input")) {
      return "let WireGuard's UDP ports in there, and what comes from "
          + String.join(", ", policy.interfaceNames());
    }
    boolean docker =
        chains.stream()
            .anyMatch(other ->
                other.name.equals(DOCKER_USER)
                    && other.family.equals(chain.family)
                    && other.table.equals(chain.table));
    boolean iptables = chain.name.equals(chain.name.toUpperCase(Locale.ROOT));
    if (!iptables || chain.family.equals("inet")) {
      return "accept there what comes in or goes out by "
          + String.join(", ", policy.interfaceNames());
    }
    String program = chain.family.equals("ip6") ? "ip6tables" : "iptables";
    String into = docker ? DOCKER_USER : chain.name;
    String name = policy.interfaceNames().stream().findFirst().orElse("INTERFACE");
    return "for each zone's interface, as here for "
        + name
        + ": "
        + program
        + " -I "
        + into
        + " -i "
        + name
        + " -j ACCEPT; "
        + program
        + " -I "
        + into
        + " -o "
        + name
        + " -j ACCEPT";
  }

  private static void legacy(Path proc, String file, String program, List<Finding> findings) {
    try {
      if (Files.readAllLines(proc.resolve("net").resolve(file)).contains("filter")) {
        findings.add(
            Finding.warning(
                "rules of the older iptables are loaded, which nft cannot show; see that "
                    + program
                    + " -S FORWARD and "
                    + program
                    + " -S INPUT let the zones' interfaces through"));
      }
    } catch (IOException notLoaded) {
      // No such file: the kernel's old tables are not in use.
    }
  }
}
