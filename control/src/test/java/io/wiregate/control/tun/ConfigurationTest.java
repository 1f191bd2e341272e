package io.wiregate.control.tun;

import static io.wiregate.control.tun.Implementation.WIREGATE;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// What `wg` sets is what `wg` shows, beyond what the kernel's `netns.sh` asks of it
/// ([ConfigurationItems]).
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
    return Objects.requireNonNull(Peers.allowedIps(host).get(publicKey));
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
  void allowedIps_removedOneByOne_leaveTheOthers() {
    try (Host host = Host.start(WIREGATE)) {
      String two = peer(Peers.publicKey(1), prefixes(1)) + peer(Peers.publicKey(2), prefixes(2));
      host.exec("wg", "setconf", host.tun(), host.file("two", two).toString());
      String answer =
          host.configure(
              """
              set=1
              public_key=%s
              update_only=true
              allowed_ip=-10.1.0.0/24
              allowed_ip=-fd00:2:1::/48
              allowed_ip=-10.2.0.0/24
              allowed_ip=-10.1.0.0/16
              """
                  .formatted(HexFormat.of().formatHex(Peers.bytes(Peers.publicKey(1)))));
      assertThat(answer).isEqualTo("errno=0\n\n");
      assertThat(dumped(host, Peers.publicKey(1)))
          .containsExactlyInAnyOrderElementsOf(
              prefixes(1).stream()
                  .filter(prefix -> !List.of("10.1.0.0/24", "fd00:2:1::/48").contains(prefix))
                  .toList());
      assertThat(dumped(host, Peers.publicKey(2))).hasSize(52);
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
        host.set("peer", Peers.publicKey(1), "allowed-ips", addresses);
        assertThat(dumped(host, Peers.publicKey(1)))
            .containsExactlyInAnyOrder(addresses.split(",", -1));
      }
      host.set("peer", Peers.publicKey(1), "allowed-ips", "0.0.0.0/0");
      host.set("peer", Peers.publicKey(1), "allowed-ips", "::/0");
      assertThat(dumped(host, Peers.publicKey(1))).containsExactly("::/0");
      // Bits behind the length do not count.
      host.exec("wg", "set", name, "peer", Peers.publicKey(2), "allowed-ips", "10.1.2.3/8");
      assertThat(dumped(host, Peers.publicKey(2))).containsExactly("10.0.0.0/8");
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
                  Peers.publicKey(1),
                  Keys.generate().privateKey(),
                  Peers.publicKey(2));
      host.exec("wg", "setconf", name, host.file("first", first).toString());
      String shown = host.exec("wg", "showconf", name);
      assertThat(shown.strip()).isEqualTo(first.strip());
      host.exec("wg", "setconf", name, host.file("shown", shown).toString());
      assertThat(host.exec("wg", "showconf", name)).isEqualTo(shown);

      // Adds, and moves an address.
      String added = peer(Peers.publicKey(3), List.of("10.2.0.0/16", "10.3.0.0/16"));
      host.exec("wg", "addconf", name, host.file("added", added).toString());
      assertThat(host.show("peers")).hasLineCount(3);
      assertThat(dumped(host, Peers.publicKey(2))).isEmpty();
      assertThat(dumped(host, Peers.publicKey(3))).containsExactly("10.2.0.0/16", "10.3.0.0/16");

      // Removes what is not in it, and leaves what is.
      host.exec("wg", "syncconf", name, host.file("shown", shown).toString());
      assertThat(host.exec("wg", "showconf", name)).isEqualTo(shown);

      // Without an [Interface], a new configuration clears what the interface had.
      host.exec(
          "wg", "setconf", name, host.file("peer", peer(Peers.publicKey(4), List.of())).toString());
      assertThat(host.show("private-key")).isEqualTo("(none)");
      assertThat(host.show("fwmark")).isEqualTo("off");
      assertThat(host.show("peers")).isEqualTo(Peers.publicKey(4));
    }
  }
}
