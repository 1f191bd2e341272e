package io.wiregate.control.system;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/// Which address this machine has toward the internet.
public final class NodeAddress {
  private NodeAddress() {}

  /// The source address of the default route: connecting a UDP socket asks the kernel for it and
  /// sends nothing. Empty where there is no default route.
  public static Optional<String> towardInternet() {
    // TEST-NET-1 and the documentation prefix (RFC 5737, RFC 3849): nobody's.
    for (String remote : new String[] {"192.0.2.1", "2001:db8::1"}) {
      try (DatagramSocket socket = new DatagramSocket()) {
        socket.connect(new InetSocketAddress(InetAddress.ofLiteral(remote), 9));
        InetAddress local = socket.getLocalAddress();
        if (!local.isAnyLocalAddress() && !local.isLoopbackAddress()) {
          return Optional.of(local.getHostAddress());
        }
      } catch (IOException | java.io.UncheckedIOException noRoute) {
        // The other family may have one.
      }
    }
    return Optional.empty();
  }
}
