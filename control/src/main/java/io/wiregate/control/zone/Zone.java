package io.wiregate.control.zone;

import io.wiregate.control.config.ZoneSettings;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.util.List;

/// A zone with what its settings leave open decided. Immutable.
public record Zone(
    short id,
    String name,
    int port,
    IpPrefix network4,
    IpPrefix network6,
    int mtu,
    String interfaceName,
    PublicKey publicKey,
    ZoneSettings settings) {

  /// The gateway's own number in both networks; peers' numbers begin behind it.
  public static final long GATEWAY_HOST = 1;

  public IpAddress gateway4() {
    return address(network4, GATEWAY_HOST);
  }

  public IpAddress gateway6() {
    return address(network6, GATEWAY_HOST);
  }

  /// The last number that a peer may get: both families have it, and in IPv4 it is not the
  /// broadcast address.
  public long lastHost() {
    long last4 = (1L << (32 - network4.length())) - 2;
    int bits6 = 128 - network6.length();
    return bits6 >= 32 ? last4 : Math.min(last4, (1L << bits6) - 1);
  }

  /// The address with a number in one of the zone's networks.
  public static IpAddress address(IpPrefix network, long host) {
    IpAddress first = network.address();
    return first.isV6()
        ? IpAddress.v6(first.high(), first.low() | host)
        : IpAddress.v4((int) (first.low() + host));
  }

  /// What clients route into the tunnel.
  public List<IpPrefix> clientAllowedIps() {
    return settings.allowedIps().isEmpty() ? List.of(network4, network6) : settings.allowedIps();
  }
}
