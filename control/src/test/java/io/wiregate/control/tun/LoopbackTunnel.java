package io.wiregate.control.tun;

import io.wiregate.os.testing.NetworkNamespace;

/// A tunnel between two machines that have nothing but its ends: both programs are in a third
/// namespace, `outside`, and reach each other over its loopback interface. So does the kernel's
/// `netns.sh` begin. Both know where the other is; nothing has been sent yet.
///
/// @param first `10.8.0.1`, `fd08::1`, port 1000
/// @param second `10.8.0.2`, `fd08::2`, port 2000
record LoopbackTunnel(NetworkNamespace outside, Host first, Host second) implements AutoCloseable {
  static final String FIRST_4 = "10.8.0.1";
  static final String FIRST_6 = "fd08::1";
  static final String SECOND_4 = "10.8.0.2";
  static final String SECOND_6 = "fd08::2";
  static final int FIRST_PORT = 1000;
  static final int SECOND_PORT = 2000;
  static final int MTU = 1420;

  static LoopbackTunnel open(Implementation first, Implementation second) {
    NetworkNamespace outside = NetworkNamespace.create();
    Host a = null;
    Host b = null;
    try {
      a = Host.awayFrom(outside, first);
      b = Host.awayFrom(outside, second);
      a.awaitServed();
      b.awaitServed();
      configure(a, FIRST_PORT, b, SECOND_4 + "/32," + SECOND_6 + "/128");
      configure(b, SECOND_PORT, a, FIRST_4 + "/32," + FIRST_6 + "/128");
      LoopbackTunnel tunnel = new LoopbackTunnel(outside, a, b);
      tunnel.overIpv4();
      a.up(MTU, FIRST_4 + "/24", FIRST_6 + "/112");
      b.up(MTU, SECOND_4 + "/24", SECOND_6 + "/112");
      a.awaitListening();
      b.awaitListening();
      return tunnel;
    } catch (Throwable e) {
      for (Host host : new Host[] {a, b}) {
        if (host != null) {
          host.close();
        }
      }
      outside.close();
      throw e;
    }
  }

  private static void configure(Host host, int port, Host peer, String allowedIps) {
    host.setKey(host.keys());
    host.set("listen-port", String.valueOf(port));
    host.set("peer", peer.keys().publicKey(), "allowed-ips", allowedIps);
  }

  void overIpv4() {
    setEndpoints("127.0.0.1:");
  }

  void overIpv6() {
    setEndpoints("[::1]:");
  }

  private void setEndpoints(String address) {
    first.set("peer", second.keys().publicKey(), "endpoint", address + SECOND_PORT);
    second.set("peer", first.keys().publicKey(), "endpoint", address + FIRST_PORT);
  }

  void setMtu(int mtu) {
    for (Host host : new Host[] {first, second}) {
      host.exec("ip", "link", "set", host.tun(), "mtu", String.valueOf(mtu));
    }
  }

  /// Every kind of traffic, both ways.
  void carryTraffic() {
    new Traffic(first, FIRST_4, FIRST_6, second, SECOND_4, SECOND_6).carry();
  }

  @Override
  public void close() {
    try {
      first.close();
    } finally {
      try {
        second.close();
      } finally {
        outside.close();
      }
    }
  }
}
