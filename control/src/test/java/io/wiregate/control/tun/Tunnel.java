package io.wiregate.control.tun;

import io.wiregate.os.testing.NetworkNamespace;

/// Two machines on one wire with a tunnel between them. The client knows where the server is, not
/// the other way round, so the client begins. Nothing has been sent yet.
///
/// @param client `10.8.0.1`, `fd08::1`
/// @param server `10.8.0.2`, `fd08::2`
record Tunnel(Host client, Host server) implements AutoCloseable {
  static final String CLIENT_4 = "10.8.0.1";
  static final String CLIENT_6 = "fd08::1";
  static final String SERVER_4 = "10.8.0.2";
  static final String SERVER_6 = "fd08::2";

  /// Outside the tunnel, each on the interface `eth0`.
  static final String OUTER_CLIENT_4 = "192.168.77.1";

  static final String OUTER_CLIENT_6 = "fd77::1";
  static final String OUTER_SERVER_4 = "192.168.77.2";
  static final String OUTER_SERVER_6 = "fd77::2";
  static final int CLIENT_PORT = 1000;
  static final int SERVER_PORT = 2000;
  static final int MTU = 1420;

  /// What a message is longer than the packet in it, IPv6 and UDP included.
  static final int OVERHEAD = 80;

  /// A tunnel over IPv4.
  static Tunnel open(Implementation client, Implementation server) {
    return open(client, server, false, MTU);
  }

  static Tunnel open(Implementation client, Implementation server, boolean overIpv6, int mtu) {
    return connect(wire(client, server, Math.max(mtu + OVERHEAD, 1500)), overIpv6, mtu);
  }

  /// A tunnel over IPv4 between two of ours.
  ///
  /// @param environment what both find in their environment besides, as `NAME=VALUE`
  static Tunnel openWith(String... environment) {
    Host a = Host.begin(Implementation.WIREGATE, environment);
    Host b = Host.begin(Implementation.WIREGATE, environment);
    return connect(wire(a, b, 1500), false, MTU);
  }

  private static Tunnel connect(Tunnel tunnel, boolean overIpv6, int mtu) {
    tunnel.client.setKey(tunnel.client.keys());
    tunnel.server.setKey(tunnel.server.keys());
    tunnel.configurePeers(overIpv6);
    tunnel.up(mtu);
    return tunnel;
  }

  /// Two machines whose interfaces have no configuration and are down.
  static Tunnel wire(Implementation client, Implementation server, int outerMtu) {
    return wire(Host.begin(client), Host.begin(server), outerMtu);
  }

  private static Tunnel wire(Host a, Host b, int outerMtu) {
    Tunnel tunnel = new Tunnel(a, b);
    try {
      NetworkNamespace.connect(
          a.namespace(),
          "eth0",
          OUTER_CLIENT_4 + "/24",
          b.namespace(),
          "eth0",
          OUTER_SERVER_4 + "/24");
      a.exec("ip", "link", "set", "eth0", "mtu", String.valueOf(outerMtu));
      b.exec("ip", "link", "set", "eth0", "mtu", String.valueOf(outerMtu));
      a.addAddress("eth0", OUTER_CLIENT_6 + "/64");
      b.addAddress("eth0", OUTER_SERVER_6 + "/64");
      a.awaitServed();
      b.awaitServed();
      return tunnel;
    } catch (Throwable e) {
      tunnel.close();
      throw e;
    }
  }

  /// Sets both ports, and each as the other's peer.
  void configurePeers(boolean overIpv6) {
    client.set("listen-port", String.valueOf(CLIENT_PORT));
    client.set(
        "peer",
        server.keys().publicKey(),
        "endpoint",
        serverEndpoint(overIpv6),
        "allowed-ips",
        SERVER_4 + "/32," + SERVER_6 + "/128");
    server.set("listen-port", String.valueOf(SERVER_PORT));
    server.set(
        "peer", client.keys().publicKey(), "allowed-ips", CLIENT_4 + "/32," + CLIENT_6 + "/128");
  }

  static String serverEndpoint(boolean overIpv6) {
    return overIpv6
        ? "[" + OUTER_SERVER_6 + "]:" + SERVER_PORT
        : OUTER_SERVER_4 + ":" + SERVER_PORT;
  }

  static String clientEndpoint(boolean overIpv6) {
    return overIpv6
        ? "[" + OUTER_CLIENT_6 + "]:" + CLIENT_PORT
        : OUTER_CLIENT_4 + ":" + CLIENT_PORT;
  }

  /// Starts both interfaces, and returns once they hear each other.
  void up(int mtu) {
    server.up(mtu, SERVER_4 + "/24", SERVER_6 + "/64");
    client.up(mtu, CLIENT_4 + "/24", CLIENT_6 + "/64");
    server.awaitListening();
    client.awaitListening();
  }

  @Override
  public void close() {
    try {
      client.close();
    } finally {
      server.close();
    }
  }
}
