package io.wiregate.control.tun;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.conformance.Proves;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Items 23 to 32: what `wg` sets, however much of it, is what `wg` shows.
///
/// One interface serves all; each test begins with no configuration.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Execution(ExecutionMode.SAME_THREAD)
abstract class ConfigurationItems extends NetnsItems {
  private Host host;

  ConfigurationItems(Implementation subject) {
    super(subject, subject);
  }

  @BeforeAll
  void start() {
    host = Host.start(first);
  }

  @AfterAll
  void close() {
    host.close();
  }

  @BeforeEach
  void clear() {
    host.exec("wg", "setconf", host.tun(), "/dev/null");
    assertThat(host.show("peers")).isEmpty();
    assertThat(host.show("private-key")).isEqualTo("(none)");
  }

  /// Sets a configuration, and asserts that the same allowed-ips are shown, peer by peer.
  private void setAndShow(Map<String, List<String>> allowedIps) {
    StringBuilder file =
        new StringBuilder("[Interface]\nPrivateKey = " + host.keys().privateKey() + "\n");
    allowedIps.forEach((peer, prefixes) -> {
      file.append("[Peer]\nPublicKey = ").append(peer).append('\n');
      for (String prefix : prefixes) {
        file.append("AllowedIPs = ").append(prefix).append('\n');
      }
    });
    host.exec("wg", "setconf", host.tun(), host.file("conf", file.toString()).toString());
    Map<String, List<String>> shown = Peers.allowedIps(host);
    assertThat(shown).containsOnlyKeys(allowedIps.keySet());
    allowedIps.forEach((peer, prefixes) ->
        assertThat(shown.get(peer)).containsExactlyInAnyOrderElementsOf(prefixes));
  }

  @Test
  @Proves({"netns.23", "uapi.large"})
  void allowedIps_ofAHundredThousand_areShownExactly() {
    List<String> prefixes = new ArrayList<>();
    for (int i = 1; i < 256; i++) {
      for (int j = 0; j < 256; j++) {
        prefixes.add(i + "." + j + ".0.0/16");
        prefixes.add(j == 0 ? i + "::/128" : i + "::" + j + "/128");
      }
    }
    assertThat(prefixes).hasSize(255 * 256 * 2);
    setAndShow(Map.of(Peers.publicKey(1), prefixes));
  }

  @Test
  @Proves("netns.24")
  void fortyPeers_withFiftyTwoPrefixes_areShown() {
    Map<String, List<String>> peers = new LinkedHashMap<>();
    for (int i = 1; i <= 40; i++) {
      int peer = i;
      peers.put(
          Peers.publicKey(i),
          IntStream.rangeClosed(1, 52).mapToObj(j -> peer + "." + j + ".0.0/16").toList());
    }
    setAndShow(peers);
  }

  @Test
  @Proves("netns.25")
  void thirtyPeers_onlyTheLastWithPrefixes_areShown() {
    Map<String, List<String>> peers = new LinkedHashMap<>();
    for (int i = 1; i <= 29; i++) {
      peers.put(Peers.publicKey(i), List.of());
    }
    peers.put(Peers.publicKey(30), List.of("255.2.3.4/32", "abcd::255/128"));
    setAndShow(peers);
    String shown = host.exec("wg", "showconf", host.tun());
    assertThat(shown.lines().filter("[Peer]"::equals)).hasSize(30);
    assertThat(shown).contains("255.2.3.4/32", "abcd::255/128");
  }

  @Test
  @Proves("netns.26")
  void peerWithNone_thenPeerWith197_areShown() {
    Map<String, List<String>> peers = new LinkedHashMap<>();
    peers.put(Peers.publicKey(1), List.of());
    peers.put(
        Peers.publicKey(2),
        IntStream.rangeClosed(1, 197).mapToObj(i -> "abcd::" + i + "/128").toList());
    setAndShow(peers);
  }

  /// By the socket itself, since older releases of `wg` have no word for it.
  @Test
  @Proves("netns.27")
  void allowedIps_areRemovedOneByOne() {
    List<String> prefixes = new ArrayList<>();
    for (int i = 1; i <= 197; i++) {
      prefixes.add("192.168.0." + i + "/32");
      prefixes.add("abcd::" + i + "/128");
    }
    String peer = Peers.publicKey(1);
    host.set("peer", peer, "allowed-ips", String.join(",", prefixes));
    assertThat(Peers.allowedIps(host).get(peer)).hasSize(394);

    StringBuilder request =
        new StringBuilder("set=1\npublic_key=")
            .append(HexFormat.of().formatHex(Peers.bytes(peer)))
            .append('\n');
    List<String> removed =
        List.of(
            "192.168.0.1/32",
            "192.168.0.20/32",
            "192.168.0.100/32",
            "abcd::1/128",
            "abcd::20/128",
            "abcd::100/128");
    removed.forEach(prefix -> request.append("allowed_ip=-").append(prefix).append('\n'));
    assertThat(host.configure(request.toString())).isEqualTo("errno=0\n\n");
    prefixes.removeAll(removed);
    assertThat(prefixes).hasSize(388);
    assertThat(Peers.allowedIps(host).get(peer)).containsExactlyInAnyOrderElementsOf(prefixes);
  }

  @Test
  @Proves("netns.28")
  void interfaceThatIsNot_isNotShown() {
    Ran ran = host.tryExec("wg", "show", "doesnotexist");
    assertThat(ran.succeeded()).isFalse();
    assertThat(host.tryExec("wg", "show", host.tun()).succeeded()).isTrue();
  }

  @Test
  @Proves("netns.32")
  void allowedIps_thatOverlap_areReplacedByTheWholeInternet() {
    String peer = Peers.publicKey(1);
    for (String prefixes :
        new String[] {
          "0.0.0.0/0,10.0.0.0/8,100.0.0.0/10,172.16.0.0/12,192.168.0.0/16",
          "0.0.0.0/0",
          "::/0,1700::/111,5000::/4,e000::/37,9000::/75",
          "::/0"
        }) {
      host.set("peer", peer, "allowed-ips", prefixes);
      assertThat(Peers.allowedIps(host).get(peer))
          .containsExactlyInAnyOrder(prefixes.split(",", -1));
    }
    host.set("peer", peer, "remove");
    assertThat(host.show("allowed-ips")).isEmpty();
  }

  @Test
  @Proves("netns.29")
  void keys_areShownAndCleared() {
    String peer = Peers.publicKey(1);
    String preshared = Keys.generate().privateKey();
    host.setKey(host.keys());
    host.set("peer", peer, "preshared-key", host.file("psk", preshared).toString());
    assertThat(host.show("private-key")).isEqualTo(host.keys().privateKey());
    assertThat(host.show("preshared-keys")).isEqualTo(peer + "\t" + preshared);

    host.set("private-key", "/dev/null", "peer", peer, "preshared-key", "/dev/null");
    assertThat(host.show("private-key")).isEqualTo("(none)");
    assertThat(host.show("preshared-keys")).isEqualTo(peer + "\t(none)");
  }

  @Test
  @Proves({"netns.30", "handshake.own-key"})
  void ownKey_isNoPeers() {
    Keys own = host.keys();
    host.set("peer", own.publicKey());
    assertThat(host.show("peers")).isEqualTo(own.publicKey());
    host.setKey(own);
    assertThat(host.show("public-key")).isEqualTo(own.publicKey());
    assertThat(host.show("peers")).isEmpty();
    host.set("peer", own.publicKey());
    assertThat(host.show("peers")).isEmpty();

    host.setKey(Keys.generate());
    host.set("peer", own.publicKey());
    assertThat(host.show("peers")).isEqualTo(own.publicKey());
  }

  @Test
  @Proves({"netns.31", "handshake.clamped"})
  void privateKey_isClamped() {
    String key = host.keys().privateKey().substring(1);
    host.setKey(new Keys("/" + key, ""));
    assertThat(host.show("private-key")).isEqualTo("+" + key);
  }
}
