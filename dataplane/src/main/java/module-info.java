/// WireGuard: handshakes, sessions, the packet path and the configuration socket.
///
/// Where to look first: `io.wiregate.dataplane.path` is the walk of a packet, nothing else.
module io.wiregate.dataplane {
  requires transitive io.wiregate.os;
  requires org.bouncycastle.provider;
  requires static transitive org.jspecify;

  exports io.wiregate.dataplane;
  exports io.wiregate.dataplane.noise;
  exports io.wiregate.dataplane.outcome;
  exports io.wiregate.dataplane.uapi;
}
