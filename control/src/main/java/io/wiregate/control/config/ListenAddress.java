package io.wiregate.control.config;

import io.wiregate.os.net.IpAddress;

/// An IP address and a TCP port; port 0 lets the kernel choose one.
public record ListenAddress(IpAddress address, int port) {
  public boolean isLoopback() {
    return address.toInetAddress().isLoopbackAddress();
  }

  /// The address as it stands in a URL.
  public String host() {
    return address.isV6() ? "[" + address + "]" : address.toString();
  }

  @Override
  public String toString() {
    return host() + ":" + port;
  }
}
