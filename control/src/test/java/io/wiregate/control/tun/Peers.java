package io.wiregate.control.tun;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Peers of an interface as `wg` writes them.
final class Peers {
  private Peers() {}

  /// Public keys without the cost of making them: any 32 bytes are one.
  static String publicKey(int number) {
    byte[] bytes = new byte[32];
    ByteBuffer.wrap(bytes).putInt(0x01020304).putInt(number);
    return Base64.getEncoder().encodeToString(bytes);
  }

  static byte[] bytes(String key) {
    return Base64.getDecoder().decode(key);
  }

  /// What `wg show NAME allowed-ips` prints.
  static Map<String, List<String>> allowedIps(Host host) {
    Map<String, List<String>> shown = new LinkedHashMap<>();
    host.show("allowed-ips")
        .lines()
        .forEach(line -> {
          String[] words = line.split("[\t ]", -1);
          List<String> prefixes = List.of(words).subList(1, words.length);
          shown.put(words[0], prefixes.equals(List.of("(none)")) ? List.of() : prefixes);
        });
    return shown;
  }
}
