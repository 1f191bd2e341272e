package io.wiregate.control.tun;

import io.wiregate.os.testing.NetworkNamespace;

/// A tunnel through a router that translates addresses and forgets a UDP flow after two seconds.
/// `first` is behind it and knows where `second` is, not the other way round.
///
/// @param first `10.8.0.1`, `fd08::1`, port 1000, outside the tunnel `192.168.1.100`
/// @param second `10.8.0.2`, `fd08::2`, port 2000, outside the tunnel `10.0.0.100`
/// @param router `192.168.1.1` on `inner`, `10.0.0.1` on `outer`
record NatTunnel(NetworkNamespace router, Host first, Host second) implements AutoCloseable {
  static final String FIRST_4 = "10.8.0.1";
  static final String SECOND_4 = "10.8.0.2";
  static final String ROUTER = "10.0.0.1";
  static final String OUTER_SECOND = "10.0.0.100";
  private static final int MTU = 1420;

  static NatTunnel open(Implementation first, Implementation second) {
    NetworkNamespace router = NetworkNamespace.create();
    Host a = null;
    Host b = null;
    try {
      a = Host.begin(first);
      b = Host.begin(second);
      NatTunnel tunnel = new NatTunnel(router, a, b);
      tunnel.connect();
      a.awaitServed();
      b.awaitServed();
      tunnel.configure();
      return tunnel;
    } catch (Throwable e) {
      for (Host host : new Host[] {a, b}) {
        if (host != null) {
          host.close();
        }
      }
      router.close();
      throw e;
    }
  }

  private void connect() {
    NetworkNamespace.connect(
        first.namespace(), "eth0", "192.168.1.100/24", router, "inner", "192.168.1.1/24");
    NetworkNamespace.connect(
        second.namespace(), "eth0", OUTER_SECOND + "/24", router, "outer", ROUTER + "/24");
    first.exec("ip", "route", "add", "default", "via", "192.168.1.1");
    router.exec(
        "bash",
        "-euc",
        """
        nft 'table ip t { chain post { type nat hook postrouting priority srcnat;
          ip saddr 192.168.1.0/24 ip daddr 10.0.0.0/24 snat to 10.0.0.1; }; }'
        echo 1 >/proc/sys/net/ipv4/ip_forward
        echo 2 >/proc/sys/net/netfilter/nf_conntrack_udp_timeout
        echo 2 >/proc/sys/net/netfilter/nf_conntrack_udp_timeout_stream
        """);
  }

  private void configure() {
    first.setKey(first.keys());
    second.setKey(second.keys());
    first.set("listen-port", "1000");
    first.set(
        "peer",
        second.keys().publicKey(),
        "allowed-ips",
        SECOND_4 + "/32,fd08::2/128",
        "endpoint",
        OUTER_SECOND + ":2000");
    second.set("listen-port", "2000");
    second.set("peer", first.keys().publicKey(), "allowed-ips", FIRST_4 + "/32,fd08::1/128");
    first.up(MTU, FIRST_4 + "/24", "fd08::1/112");
    second.up(MTU, SECOND_4 + "/24", "fd08::2/112");
    first.awaitListening();
    second.awaitListening();
  }

  /// Whether the router remembers any flow of UDP.
  boolean remembersFlow() {
    return Ran.of(router.inside("conntrack", "-L", "-p", "udp")).output().contains("src=");
  }

  @Override
  public void close() {
    try {
      first.close();
    } finally {
      try {
        second.close();
      } finally {
        router.close();
      }
    }
  }
}
