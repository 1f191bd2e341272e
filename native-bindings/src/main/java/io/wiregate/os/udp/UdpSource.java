package io.wiregate.os.udp;

import io.wiregate.os.net.IpAddress;

/// Where one datagram came from, in fields that are filled again and again: for messages of
/// strangers, for whom nothing may be allocated. Owner: whoever owns the place it is in.
public final class UdpSource {
  private boolean v6;
  private long high;
  private long low;
  private int port;
  private int scope;
  private long localHigh;
  private long localLow;
  private int localInterface;

  public UdpSource() {}

  void set(
      boolean v6,
      long high,
      long low,
      int port,
      int scope,
      long localHigh,
      long localLow,
      int localInterface) {
    this.v6 = v6;
    this.high = high;
    this.low = low;
    this.port = port;
    this.scope = scope;
    this.localHigh = localHigh;
    this.localLow = localLow;
    this.localInterface = localInterface;
  }

  /// Whether the remote address is an IPv6 address.
  public boolean isV6() {
    return v6;
  }

  /// The upper 64 bits of the remote IPv6 address, 0 for IPv4.
  public long high() {
    return high;
  }

  /// The remote IPv4 address, or the lower 64 bits of the IPv6 address.
  public long low() {
    return low;
  }

  /// The remote port.
  public int port() {
    return port;
  }

  /// Takes what another one holds.
  public void copyFrom(UdpSource other) {
    set(
        other.v6,
        other.high,
        other.low,
        other.port,
        other.scope,
        other.localHigh,
        other.localLow,
        other.localInterface);
  }

  /// The same as an object of its own.
  public UdpEndpoint toEndpoint() {
    IpAddress local = localInterface == 0 ? null : new IpAddress(v6, localHigh, localLow);
    return new UdpEndpoint(new IpAddress(v6, high, low), port, scope, local, localInterface);
  }
}
