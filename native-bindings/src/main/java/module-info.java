/// Linux system calls and cryptographic libraries through the Foreign Function and Memory API: the
/// only module that may call native code. It knows nothing of WireGuard, decides nothing and logs
/// nothing.
///
/// Two rings: the exported packages are what a Java program wants (a TUN interface, a UDP socket,
/// an authenticated cipher); `io.wiregate.os.internal` holds the C functions under their C names.
module io.wiregate.os {
  requires static transitive org.jspecify;

  exports io.wiregate.os;
  exports io.wiregate.os.crypto;
  exports io.wiregate.os.icmp;
  exports io.wiregate.os.link;
  exports io.wiregate.os.net;
  exports io.wiregate.os.poll;
  exports io.wiregate.os.tun;
  exports io.wiregate.os.udp;
}
