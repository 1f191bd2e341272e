package io.wiregate.os.udp;

import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/// Addresses, prefixes and endpoints as people and programs write them: either refused by an
/// [IllegalArgumentException], or what is read prints as a text that reads back as the same.
public final class AddressTextFuzz {
  private AddressTextFuzz() {}

  public static void fuzzerTestOneInput(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    readsBack(text, IpAddress::parse);
    readsBack(text, IpPrefix::parse);
    readsBack(text, UdpEndpoint::parse);
  }

  private static void readsBack(String text, Function<String, Object> parser) {
    Object read;
    try {
      read = parser.apply(text);
    } catch (IllegalArgumentException refused) {
      return;
    }
    String canonical = read.toString();
    Object again = parser.apply(canonical);
    if (!again.equals(read) || !again.toString().equals(canonical)) {
      throw new AssertionError(text + " reads as " + read + ", which reads as " + again);
    }
  }
}
