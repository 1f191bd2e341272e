package io.wiregate.control.tun;

import static io.wiregate.control.tun.Implementation.WIREGATE;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// What `wg` sets is what `wg` shows: items 23 to 32 of the kernel's `netns.sh`, and configuration
/// files there and back.
@RequiresRoot
@RequiresTool({"ip", "wg", "bash"})
@Execution(ExecutionMode.CONCURRENT)
final class ConfigurationTest {
  /// `[Peer]` with its addresses, as files have it.
  private static String peer(String publicKey, List<String> allowedIps) {
    String addresses =
        allowedIps.isEmpty() ? "" : "AllowedIPs = " + String.join(", ", allowedIps) + "\n";
    return "[Peer]\nPublicKey = " + publicKey + "\n" + addresses;
  }

  private static List<String> dumped(Host host, String publicKey) {
    String line =
        host.show("allowed-ips")
            .lines()
            .filter(of -> of.startsWith(publicKey + "\t"))
            .findFirst()
            .orElseThrow();
    String addresses = line.substring(line.indexOf('\t') + 1);
    return addresses.equals("(none)") ? List.of() : List.of(addresses.split(" ", -1));
  }

  /// Public keys without the cost of making them: any 32 bytes are one.
  private static String publicKey(int number) {
    byte[] bytes = new byte[32];
    ByteBuffer.wrap(bytes).putInt(0x01020304).putInt(number);
    return Base64.getEncoder().encodeToString(bytes);
  }

  /// One operation at the socket itself, for what this release of `wg` cannot say.
  private static String uapi(Host host, String request) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(host.socket()));
      channel.write(ByteBuffer.wrap((request + "\n").getBytes(StandardCharsets.US_ASCII)));
      channel.shutdownOutput();
      return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  private static String hex(String key) {
    return HexFormat.of().formatHex(Base64.getDecoder().decode(key));
  }

  @Test
  @Proves({"uapi.large", "netns.23"})
  void allowedIps_ofAHundredThousand_areDumpedExactly() {
    try (Host host = Host.start(WIREGATE)) {
      List<String> prefixes = new ArrayList<>();
      for (int i = 0; i < 256; i++) {
        for (int j = 0; j < 255; j++) {
          prefixes.add(i + "." + j + ".0.0/32");
          prefixes.add("fd00:" + Integer.toHexString(i) + ":" + Integer.toHexString(j) + "::/128");
        }
      }
      String file = host.file("many", peer(publicKey(1), prefixes)).toString();
      host.exec("wg", "setconf", host.tun(), file);
      assertThat(dumped(host, publicKey(1)))
          .hasSize(255 * 256 * 2)
          .containsExactlyInAnyOrderElementsOf(
              prefixes.stream().map(ConfigurationTest::canonical).toList());

      host.set("peer", publicKey(1), "allowed-ips", "");
      assertThat(dumped(host, publicKey(1))).isEmpty();
      host.set("peer", publicKey(1), "allowed-ips", "10.0.0.0/8,0.0.0.0/0,::/0");
      assertThat(dumped(host, publicKey(1)))
          .containsExactlyInAnyOrder("10.0.0.0/8", "0.0.0.0/0", "::/0");
    }
  }

  /// `fd00:0:0::` is `fd00::` when it is shown, and so on.
  private static String canonical(String prefix) {
    return prefix
        .replace("fd00:0:0::", "fd00::")
        .replaceAll("^(fd00:[1-9a-f][0-9a-f]*):0::", "$1::");
  }

  @Test
  @Proves({"netns.24", "netns.25", "netns.26"})
  void peers_withMany_oneOrNoAddresses_areDumpedAsTheyWereSet() {
    try (Host host = Host.start(WIREGATE)) {
      // Forty with 52 each.
      StringBuilder file = new StringBuilder();
      for (int i = 0; i < 40; i++) {
        file.append(peer(publicKey(i), prefixes(i)));
      }
      String forty = host.file("forty", file.toString()).toString();
      host.exec("wg", "setconf", host.tun(), forty);
      for (int i = 0; i < 40; i++) {
        assertThat(dumped(host, publicKey(i))).containsExactlyInAnyOrderElementsOf(prefixes(i));
      }

      // Thirty, only the last of which has any.
      file = new StringBuilder();
      for (int i = 0; i < 30; i++) {
        file.append(peer(publicKey(i), i == 29 ? prefixes(i) : List.of()));
      }
      String thirty = host.file("thirty", file.toString()).toString();
      host.exec("wg", "setconf", host.tun(), thirty);
      assertThat(host.show("peers")).hasLineCount(30);
      assertThat(host.exec("wg", "showconf", host.tun()))
          .contains("PublicKey = " + publicKey(29), prefixes(29).getLast());
      assertThat(dumped(host, publicKey(29))).hasSize(52);

      // One with none, then one with 197.
      List<String> many =
          IntStream.range(1, 198)
              .mapToObj(i -> "fd00::" + Integer.toHexString(i) + "/128")
              .toList();
      String two =
          host.file("two", peer(publicKey(1), List.of()) + peer(publicKey(2), many)).toString();
      host.exec("wg", "setconf", host.tun(), two);
      assertThat(dumped(host, publicKey(1))).isEmpty();
      assertThat(dumped(host, publicKey(2))).containsExactlyElementsOf(many);
    }
  }

  private static List<String> prefixes(int peer) {
    return IntStream.range(0, 26)
        .boxed()
        .flatMap(i ->
            Stream.of(
                "10." + peer + "." + i + ".0/24", "fd00:" + (peer + 1) + ":" + (i + 1) + "::/48"))
        .toList();
  }

  @Test
  @Proves("netns.27")
  void allowedIps_removedOneByOne_leaveTheOthers() throws IOException {
    try (Host host = Host.start(WIREGATE)) {
      String two = peer(publicKey(1), prefixes(1)) + peer(publicKey(2), prefixes(2));
      host.exec("wg", "setconf", host.tun(), host.file("two", two).toString());
      String answer =
          uapi(
              host,
              """
              set=1
              public_key=%s
              update_only=true
              allowed_ip=-10.1.0.0/24
              allowed_ip=-fd00:2:1::/48
              allowed_ip=-10.2.0.0/24
              allowed_ip=-10.1.0.0/16
              """
                  .formatted(hex(publicKey(1))));
      assertThat(answer).isEqualTo("errno=0\n\n");
      assertThat(dumped(host, publicKey(1)))
          .containsExactlyInAnyOrderElementsOf(
              prefixes(1).stream()
                  .filter(prefix -> !List.of("10.1.0.0/24", "fd00:2:1::/48").contains(prefix))
                  .toList());
      assertThat(dumped(host, publicKey(2))).hasSize(52);
    }
  }

  @Test
  @Proves("netns.28")
  void interface_thatIsNotThere_cannotBeShown() {
    try (Host host = Host.start(WIREGATE)) {
      assertThat(host.tryExec("wg", "show", "doesnotexist").status()).isEqualTo(1);
      assertThat(host.exec("wg", "show", "interfaces").split("\\s+", -1)).contains(host.tun());
    }
  }

  @Test
  @Proves("netns.29")
  void keys_areShown_andCleared() {
    try (Host host = Host.start(WIREGATE)) {
      assertThat(host.show("private-key")).isEqualTo("(none)");
      assertThat(host.show("public-key")).isEqualTo("(none)");
      host.setKey(host.keys());
      String preshared = Keys.generate().privateKey();
      host.set("peer", publicKey(1), "preshared-key", host.file("psk", preshared).toString());
      assertThat(host.show("private-key")).isEqualTo(host.keys().privateKey());
      assertThat(host.show("public-key")).isEqualTo(host.keys().publicKey());
      assertThat(host.showPeer("preshared-keys")).isEqualTo(preshared);

      host.set("private-key", "/dev/null", "peer", publicKey(1), "preshared-key", "/dev/null");
      assertThat(host.show("private-key")).isEqualTo("(none)");
      assertThat(host.show("public-key")).isEqualTo("(none)");
      assertThat(host.showPeer("preshared-keys")).isEqualTo("(none)");
    }
  }

  @Test
  @Proves({"netns.30", "handshake.own-key"})
  void ownKey_isNoPeers() {
    try (Host host = Host.start(WIREGATE)) {
      Keys other = Keys.generate();
      host.set("peer", host.keys().publicKey(), "allowed-ips", "10.0.0.1/32");
      assertThat(host.show("peers")).isEqualTo(host.keys().publicKey());
      host.setKey(host.keys());
      assertThat(host.show("peers")).isEmpty();
      host.set("peer", host.keys().publicKey(), "allowed-ips", "10.0.0.1/32");
      assertThat(host.show("peers")).isEmpty();

      host.setKey(other);
      host.set("peer", host.keys().publicKey(), "allowed-ips", "10.0.0.1/32");
      assertThat(host.show("peers")).isEqualTo(host.keys().publicKey());
    }
  }

  @Test
  @Proves({"netns.31", "handshake.clamped"})
  void privateKey_isClamped() {
    try (Host host = Host.start(WIREGATE)) {
      host.setKey(new Keys("//////////////////////////////////////////8=", ""));
      assertThat(host.show("private-key"))
          .isEqualTo("+P///////////////////////////////////////38=");
    }
  }

  @Test
  @Proves("netns.32")
  void allowedIps_thatOverlap_areReplacedByTheWholeInternet() {
    try (Host host = Host.start(WIREGATE)) {
      String name = host.tun();
      for (String addresses :
          new String[] {
            "10.0.0.0/8,10.0.0.0/16,10.0.0.0/24,10.0.0.0/25,10.0.0.128/25,fd00::/8,fd00::/16,fd00::/127",
            "0.0.0.0/0,::/0,1.2.3.4/32,128.0.0.0/1,8000::/1",
            "10.0.0.1/32,10.0.0.3/32,10.0.0.2/31"
          }) {
        host.set("peer", publicKey(1), "allowed-ips", addresses);
        assertThat(dumped(host, publicKey(1))).containsExactlyInAnyOrder(addresses.split(",", -1));
      }
      host.set("peer", publicKey(1), "allowed-ips", "0.0.0.0/0");
      host.set("peer", publicKey(1), "allowed-ips", "::/0");
      assertThat(dumped(host, publicKey(1))).containsExactly("::/0");
      // Bits behind the length do not count.
      host.exec("wg", "set", name, "peer", publicKey(2), "allowed-ips", "10.1.2.3/8");
      assertThat(dumped(host, publicKey(2))).containsExactly("10.0.0.0/8");
    }
  }

  @Test
  @Proves("proof.wg")
  void configuration_thereAndBack_isTheSame() {
    try (Host host = Host.start(WIREGATE)) {
      String name = host.tun();
      String first =
          """
          [Interface]
          ListenPort = 4711
          FwMark = 0xca6c
          PrivateKey = %s

          [Peer]
          PublicKey = %s
          PresharedKey = %s
          AllowedIPs = 10.1.0.0/16, fd00:1::/32
          Endpoint = 192.0.2.1:51820
          PersistentKeepalive = 25

          [Peer]
          PublicKey = %s
          AllowedIPs = 10.2.0.0/16
          Endpoint = [2001:db8::1]:51820
          """
              .formatted(
                  host.keys().privateKey(),
                  publicKey(1),
                  Keys.generate().privateKey(),
                  publicKey(2));
      host.exec("wg", "setconf", name, host.file("first", first).toString());
      String shown = host.exec("wg", "showconf", name);
      assertThat(shown.strip()).isEqualTo(first.strip());
      host.exec("wg", "setconf", name, host.file("shown", shown).toString());
      assertThat(host.exec("wg", "showconf", name)).isEqualTo(shown);

      // Adds, and moves an address.
      String added = peer(publicKey(3), List.of("10.2.0.0/16", "10.3.0.0/16"));
      host.exec("wg", "addconf", name, host.file("added", added).toString());
      assertThat(host.show("peers")).hasLineCount(3);
      assertThat(dumped(host, publicKey(2))).isEmpty();
      assertThat(dumped(host, publicKey(3))).containsExactly("10.2.0.0/16", "10.3.0.0/16");

      // Removes what is not in it, and leaves what is.
      host.exec("wg", "syncconf", name, host.file("shown", shown).toString());
      assertThat(host.exec("wg", "showconf", name)).isEqualTo(shown);

      // Without an [Interface], a new configuration clears what the interface had.
      host.exec("wg", "setconf", name, host.file("peer", peer(publicKey(4), List.of())).toString());
      assertThat(host.show("private-key")).isEqualTo("(none)");
      assertThat(host.show("fwmark")).isEqualTo("off");
      assertThat(host.show("peers")).isEqualTo(publicKey(4));
    }
  }
}
