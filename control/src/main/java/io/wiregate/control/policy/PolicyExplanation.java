package io.wiregate.control.policy;

import io.wiregate.os.net.IpAddress;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// Says what the compiled policy does with the first packet of a flow, without sending one. It
/// assumes that routes are as declared: a zone's networks and sites behind the zone's interface,
/// nothing else. What other firewalls do is not known here.
public final class PolicyExplanation {
  private static final int DNS = 53;
  private static final int DNS_OVER_TLS = 853;

  private final GatewayPolicy policy;
  private final Set<IpAddress> local;

  /// Explains this policy.
  ///
  /// @param nodeAddresses all addresses of the node, apart from the zones' gateway addresses
  public PolicyExplanation(GatewayPolicy policy, Collection<IpAddress> nodeAddresses) {
    this.policy = policy;
    this.local = new HashSet<>(nodeAddresses);
    local.addAll(policy.gatewayAddresses());
  }

  /// Judges the first packet of a flow.
  ///
  /// @param port the destination's port; meaningless for protocols without ports
  /// @throws IllegalArgumentException if the addresses are of two families
  public Explanation explain(IpAddress source, IpAddress destination, Protocol protocol, int port) {
    if (source.isV6() != destination.isV6()) {
      throw new IllegalArgumentException(
          source + " and " + destination + " are not of the same family of addresses");
    }
    if (local.contains(source)) {
      return new Explanation(
          true, RuleNames.NODE, "the gateway itself may start connections to everything");
    }
    Optional<ZonePolicy> from = policy.zoneOf(source);
    if (from.isEmpty()) {
      return fromOutside(source, destination);
    }
    ZonePolicy zone = from.get();
    if (isDns(protocol, port) && zone.resolvers().contains(destination)) {
      return new Explanation(
          true,
          RuleNames.resolvers(zone),
          destination + " is a resolver of the zone '" + zone.name() + "'");
    }
    return local.contains(destination)
        ? toGateway(zone, destination, protocol, port)
        : through(zone, destination);
  }

  private static boolean isDns(Protocol protocol, int port) {
    return hasPorts(protocol) && (port == DNS || port == DNS_OVER_TLS);
  }

  private static boolean hasPorts(Protocol protocol) {
    return protocol == Protocol.TCP || protocol == Protocol.UDP;
  }

  private Explanation fromOutside(IpAddress source, IpAddress destination) {
    if (policy.gatewayAddresses().contains(destination)) {
      return new Explanation(
          false,
          RuleNames.OUTSIDE_GATEWAY_ADDRESS,
          source + " is in no zone, and " + destination + " is the gateway's address inside one");
    }
    Optional<ZonePolicy> to =
        local.contains(destination) ? Optional.empty() : policy.zoneOf(destination);
    if (to.isPresent()) {
      return new Explanation(
          false,
          RuleNames.OUTSIDE_INTO_ZONE,
          source
              + " is in no zone, and nothing new comes from outside into the zone '"
              + to.get().name()
              + "'");
    }
    return new Explanation(
        true,
        RuleNames.NOT_OURS,
        "neither "
            + source
            + " nor "
            + destination
            + " is in a zone, so the policy does not judge");
  }

  private Explanation toGateway(
      ZonePolicy zone, IpAddress destination, Protocol protocol, int port) {
    boolean own = zone.gatewayAddresses().contains(destination);
    if (!own && policy.gatewayAddresses().contains(destination)) {
      return new Explanation(
          false,
          RuleNames.otherGatewayAddress(zone),
          destination + " is the gateway's address inside another zone");
    }
    if (protocol == Protocol.ECHO) {
      return new Explanation(true, RuleNames.echo(zone), "the gateway may be pinged");
    }
    if (own && zone.dnsService() && hasPorts(protocol) && port == DNS) {
      return new Explanation(
          true, RuleNames.dns(zone), "the gateway answers DNS in the zone '" + zone.name() + "'");
    }
    if (zone.adminApi() && protocol == Protocol.TCP && policy.adminApiPorts().contains(port)) {
      return new Explanation(
          true,
          RuleNames.api(zone),
          "the administration is open to the zone '" + zone.name() + "'");
    }
    return new Explanation(
        false,
        RuleNames.gateway(zone),
        destination
            + " is the gateway, of which the zone '"
            + zone.name()
            + "' reaches only what is declared");
  }

  private Explanation through(ZonePolicy zone, IpAddress destination) {
    for (DestinationRules.Decision decision : DestinationRules.of(policy, zone)) {
      if (decision.matches(destination)) {
        return new Explanation(
            decision.allowed(),
            decision.rule(),
            "the zone '"
                + zone.name()
                + "' "
                + may(decision.allowed())
                + " start connections to "
                + described(zone, decision, destination));
      }
    }
    if (policy.isPrivate(destination)) {
      boolean allowed = zone.privateReach().everything();
      return new Explanation(
          allowed,
          RuleNames.privateNetworks(zone),
          destination
              + " is not public, and the zone '"
              + zone.name()
              + "' "
              + may(allowed)
              + " reach private networks behind the gateway");
    }
    return new Explanation(
        zone.internet(),
        RuleNames.internet(zone),
        "the zone '" + zone.name() + "' " + may(zone.internet()) + " reach the internet");
  }

  private static String may(boolean allowed) {
    return allowed ? "may" : "may not";
  }

  private static String described(
      ZonePolicy zone, DestinationRules.Decision decision, IpAddress destination) {
    if (decision.rule().equals(RuleNames.named(zone))) {
      return destination + ", which its policy names";
    }
    ZonePolicy owner = decision.owner();
    if (owner == null) {
      String kind = decision.rule().substring(decision.rule().lastIndexOf('.') + 1);
      return destination + ", which is denied to all zones (" + kind + ")";
    }
    return owner.equals(zone)
        ? "other peers of the zone"
        : destination + " in the zone '" + owner.name() + "'";
  }
}
