package io.wiregate.control.policy;

/// The names of the rules that decide: stable, the same in the kernel's counters, in the metrics
/// and in explanations. A rule of a zone begins with the zone's name.
public final class RuleNames {
  /// A new flow from outside to a client of a zone.
  public static final String OUTSIDE_INTO_ZONE = "outside.into-zone";

  /// From outside to the gateway's address inside a zone.
  public static final String OUTSIDE_GATEWAY_ADDRESS = "outside.gateway-address";

  /// Neither end is in a zone: not this policy's to judge.
  public static final String NOT_OURS = "outside.not-ours";

  /// The gateway itself sends.
  public static final String NODE = "node";

  static final String INVALID = "invalid";

  private RuleNames() {}

  static String spoofed(ZonePolicy zone) {
    return zone.name() + ".spoofed";
  }

  static String resolvers(ZonePolicy zone) {
    return zone.name() + ".resolvers";
  }

  static String named(ZonePolicy zone) {
    return zone.name() + ".named";
  }

  static String peers(ZonePolicy zone) {
    return zone.name() + ".peers";
  }

  static String toZone(ZonePolicy zone, ZonePolicy other) {
    return zone.name() + ".to." + other.name();
  }

  static String denied(ZonePolicy zone, DeniedNetworks denied) {
    return zone.name() + ".denied." + denied.name();
  }

  /// The route leads through another interface than the destination's zone has.
  static String misrouted(ZonePolicy zone) {
    return zone.name() + ".misrouted";
  }

  static String privateNetworks(ZonePolicy zone) {
    return zone.name() + ".private";
  }

  static String internet(ZonePolicy zone) {
    return zone.name() + ".internet";
  }

  static String otherGatewayAddress(ZonePolicy zone) {
    return zone.name() + ".gateway.other-zone";
  }

  static String echo(ZonePolicy zone) {
    return zone.name() + ".gateway.echo";
  }

  static String dns(ZonePolicy zone) {
    return zone.name() + ".gateway.dns";
  }

  static String api(ZonePolicy zone) {
    return zone.name() + ".gateway.api";
  }

  static String gateway(ZonePolicy zone) {
    return zone.name() + ".gateway";
  }
}
