package io.wiregate.control.policy;

import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Networks that no zone reaches unless its policy names them.
///
/// @param name what they are, part of the deciding rule's name: `metadata`, `pods`
/// @param prefixes the networks, of either family
public record DeniedNetworks(String name, List<IpPrefix> prefixes) {
  /// Where cloud providers answer anybody on the machine with its credentials: 169.254.169.254 and
  /// fd00:ec2::254 (AWS), fd20:ce::254 (Google), 168.63.129.16 (Azure), 100.100.100.200 (Alibaba),
  /// 192.0.0.192 (Oracle).
  public static final DeniedNetworks METADATA =
      of(
          "metadata",
          "169.254.169.254",
          "168.63.129.16",
          "100.100.100.200",
          "192.0.0.192",
          "fd00:ec2::254",
          "fd20:ce::254");

  /// RFC 3927, RFC 4291.
  public static final DeniedNetworks LINK_LOCAL = of("link-local", "169.254.0.0/16", "fe80::/10");

  /// The provider's side of carrier-grade NAT, RFC 6598.
  public static final DeniedNetworks CGNAT = of("cgnat", "100.64.0.0/10");

  /// Groups, which no client of a zone has business with: nothing here routes them.
  public static final DeniedNetworks MULTICAST =
      of("multicast", "224.0.0.0/4", "255.255.255.255", "ff00::/8");

  private static final long NAT64 = 0x0064_ff9b_0000_0000L;

  public DeniedNetworks {
    PolicyNames.check("the name of denied networks", name);
    prefixes = List.copyOf(prefixes);
    if (prefixes.isEmpty()) {
      throw new IllegalArgumentException("the denied networks '" + name + "' are none; name some");
    }
  }

  public static DeniedNetworks of(String name, String... prefixes) {
    return new DeniedNetworks(name, Stream.of(prefixes).map(IpPrefix::parse).toList());
  }

  /// The networks and, of those of IPv4, the addresses by which a NAT64 translator on the way
  /// reaches them (64:ff9b::/96, RFC 6052): IPv6 must not be the way round a denial.
  List<IpPrefix> withTranslations() {
    List<IpPrefix> all = new ArrayList<>(prefixes);
    for (IpPrefix prefix : prefixes) {
      if (!prefix.isV6()) {
        IpAddress mapped = IpAddress.v6(NAT64, prefix.address().low());
        all.add(new IpPrefix(mapped, 96 + prefix.length()));
      }
    }
    return all;
  }
}
