package io.wiregate.control.policy;

import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What decides about a packet of one zone by its destination: the most specific of the networks
/// that the policy names. The compiler and the explanation both go through this list from top to
/// bottom, so they cannot disagree about precedence.
final class DestinationRules {
  /// One decision.
  ///
  /// @param rule its name
  /// @param allowed what it says
  /// @param owner the zone in which the destination lies, null if in none: a packet must also leave
  ///   by its interface, or by none of a zone
  /// @param prefixes the destinations, all of one family
  record Decision(
      String rule, boolean allowed, @Nullable ZonePolicy owner, List<IpPrefix> prefixes) {
    boolean matches(IpAddress destination) {
      return prefixes.stream().anyMatch(prefix -> prefix.contains(destination));
    }

    boolean isV6() {
      return prefixes.getFirst().isV6();
    }
  }

  /// At equal length, a destination that the zone names goes first, then the zones' own networks,
  /// then the denied.
  private enum Rank {
    NAMED,
    ZONE,
    DENIED
  }

  private record Entry(
      IpPrefix prefix, Rank rank, String rule, boolean allowed, @Nullable ZonePolicy owner) {}

  private DestinationRules() {}

  static List<Decision> of(GatewayPolicy policy, ZonePolicy zone) {
    List<Entry> entries = new ArrayList<>();
    for (IpPrefix prefix : zone.privateReach().named()) {
      entries.add(
          new Entry(
              prefix, Rank.NAMED, RuleNames.named(zone), true, owner(policy, prefix).orElse(null)));
    }
    for (ZonePolicy other : policy.zones()) {
      boolean self = other.name().equals(zone.name());
      boolean allowed = self ? zone.peerToPeer() : zone.mayStartTo().contains(other.name());
      String rule = self ? RuleNames.peers(zone) : RuleNames.toZone(zone, other);
      for (IpPrefix prefix : other.prefixes()) {
        entries.add(new Entry(prefix, Rank.ZONE, rule, allowed, other));
      }
    }
    for (DeniedNetworks denied : policy.denied()) {
      for (IpPrefix prefix : denied.withTranslations()) {
        entries.add(new Entry(prefix, Rank.DENIED, RuleNames.denied(zone, denied), false, null));
      }
    }
    entries.sort(
        Comparator.comparing((Entry entry) -> entry.prefix().isV6())
            .thenComparingInt(entry -> -entry.prefix().length())
            .thenComparing(Entry::rank));
    return grouped(entries);
  }

  private static List<Decision> grouped(List<Entry> entries) {
    List<Decision> decisions = new ArrayList<>();
    for (Entry entry : entries) {
      Decision last = decisions.isEmpty() ? null : decisions.getLast();
      if (last != null
          && last.rule().equals(entry.rule())
          && Objects.equals(last.owner(), entry.owner())
          && last.isV6() == entry.prefix().isV6()) {
        List<IpPrefix> prefixes = new ArrayList<>(last.prefixes());
        prefixes.add(entry.prefix());
        decisions.set(
            decisions.size() - 1,
            new Decision(last.rule(), last.allowed(), last.owner(), prefixes));
      } else {
        decisions.add(
            new Decision(entry.rule(), entry.allowed(), entry.owner(), List.of(entry.prefix())));
      }
    }
    return decisions;
  }

  private static Optional<ZonePolicy> owner(GatewayPolicy policy, IpPrefix prefix) {
    ZonePolicy owner = null;
    int length = -1;
    for (ZonePolicy zone : policy.zones()) {
      for (IpPrefix candidate : zone.prefixes()) {
        if (candidate.contains(prefix) && candidate.length() > length) {
          owner = zone;
          length = candidate.length();
        }
      }
    }
    return Optional.ofNullable(owner);
  }
}
