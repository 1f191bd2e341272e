package io.wiregate.benchmarks;

import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.dataplane.noise.PublicKey;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/// The interface of a program under test, by its configuration socket
/// (<https://www.wireguard.com/xplatform/>).
final class ServedInterface {
  private static final int PEERS_AT_ONCE = 500;

  private final Path socket;

  ServedInterface(String name) {
    socket = Path.of("/var/run/wireguard", name + ".sock");
  }

  void configure(PrivateKey key, int port) throws IOException {
    byte[] bytes = key.toBytes();
    set("private_key=" + HexFormat.of().formatHex(bytes) + "\nlisten_port=" + port + "\n");
    Arrays.fill(bytes, (byte) 0);
  }

  /// Adds peers, the first of which has the address 10.0.0.0 inside plus `first`.
  void addPeers(int first, List<PublicKey> keys) throws IOException {
    for (int from = 0; from < keys.size(); from += PEERS_AT_ONCE) {
      StringBuilder lines = new StringBuilder();
      for (int i = from; i < Math.min(keys.size(), from + PEERS_AT_ONCE); i++) {
        int address = first + i;
        lines
            .append("public_key=")
            .append(HexFormat.of().formatHex(keys.get(i).toBytes()))
            .append(
                "\nallowed_ip=10.%d.%d.%d/32\n"
                    .formatted(address >> 16, address >> 8 & 0xff, address & 0xff));
      }
      set(lines.toString());
    }
  }

  /// @throws IOException also where the program refuses
  private void set(String lines) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      ByteBuffer request =
          ByteBuffer.wrap(("set=1\n" + lines + "\n").getBytes(StandardCharsets.US_ASCII));
      while (request.hasRemaining()) {
        channel.write(request);
      }
      channel.shutdownOutput();
      String answer =
          new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.US_ASCII);
      if (!answer.startsWith("errno=0\n")) {
        throw new IOException("the program refuses its configuration: " + answer.strip());
      }
    }
  }
}
