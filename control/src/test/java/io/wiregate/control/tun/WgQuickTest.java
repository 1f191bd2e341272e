package io.wiregate.control.tun;

import static io.wiregate.control.tun.Implementation.WIREGUARD_GO;
import static io.wiregate.control.tun.Tunnel.CLIENT_4;
import static io.wiregate.control.tun.Tunnel.OUTER_CLIENT_4;
import static io.wiregate.control.tun.Tunnel.OUTER_SERVER_4;
import static io.wiregate.control.tun.Tunnel.SERVER_4;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.NetworkNamespace;
import io.wiregate.os.testing.PingSeries;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// `wg-quick` with `wiregate-tun` in place of wireguard-go, unchanged.
@RequiresRoot
@RequiresTool({"ip", "wg", "wg-quick", "ping", "bash", "nft", "sysctl", "ss"})
@Execution(ExecutionMode.CONCURRENT)
final class WgQuickTest {
  private static final String EVERYWHERE_4 = "203.0.113.1";
  private static final String EVERYWHERE_6 = "2001:db8::1";

  @TempDir private Path directory;

  /// The whole traffic through the tunnel: the mark keeps the tunnel's own datagrams out of it.
  @Test
  @Proves({"netns.15", "proof.wg"})
  void upAndDown_withDefaultRoute_carriesEverythingAndLeavesNothing() throws Exception {
    String name = NetworkNamespace.unique("wg");
    Keys keys = Keys.generate();
    try (Host server = Host.start(WIREGUARD_GO);
        NetworkNamespace client = NetworkNamespace.create()) {
      NetworkNamespace.connect(
          client,
          "eth0",
          OUTER_CLIENT_4 + "/24",
          server.namespace(),
          "eth0",
          OUTER_SERVER_4 + "/24");
      server.setKey(server.keys());
      server.set(
          "listen-port",
          "2000",
          "peer",
          keys.publicKey(),
          "allowed-ips",
          "10.8.0.1/32,fd08::1/128");
      server.up(Tunnel.MTU, SERVER_4 + "/24", "fd08::2/64");
      server.addAddress("lo", EVERYWHERE_4 + "/32");
      server.addAddress("lo", EVERYWHERE_6 + "/128");
      server.awaitListening();
      String configuration =
          """
          [Interface]
          PrivateKey = %s
          Address = 10.8.0.1/24, fd08::1/64

          [Peer]
          PublicKey = %s
          AllowedIPs = 0.0.0.0/0, ::/0
          Endpoint = 192.168.77.2:2000
          """
              .formatted(keys.privateKey(), server.keys().publicKey());
      Path file = Files.writeString(directory.resolve(name + ".conf"), configuration);
      String rulesBefore = client.exec("ip", "rule") + client.exec("ip", "-6", "rule");

      wgQuick(client, "up", file);
      assertThat(client.exec("wg", "show", name, "fwmark").strip()).isEqualTo("0xca6c");
      assertThat(client.exec("ip", "-d", "link", "show", name))
          .contains("tun type tun", "mtu 1420");
      for (String target : new String[] {EVERYWHERE_4, EVERYWHERE_6}) {
        assertThat(PingSeries.start(client, target, "0.002", 100).lost()).isEmpty();
      }
      server.ping(CLIENT_4);

      String saved = client.exec("wg", "showconf", name);
      assertThat(saved).contains("FwMark = 0xca6c", "AllowedIPs = 0.0.0.0/0, ::/0");

      wgQuick(client, "down", file);
      assertThat(client.exec("ip", "link")).doesNotContain(name);
      assertThat(client.exec("ip", "rule") + client.exec("ip", "-6", "rule"))
          .isEqualTo(rulesBefore);
      assertThat(client.exec("nft", "list", "ruleset")).isEmpty();
      Await.until(
          "the program ends",
          Duration.ofSeconds(20),
          () -> client.exec("ip", "netns", "pids", client.name()).lines().count() <= 1);
      assertThat(Path.of("/var/run/wireguard", name + ".sock")).doesNotExist();
    }
  }

  /// Beside an `ip` that knows no interfaces of type `wireguard`, whatever the kernel does: without
  /// it `wg-quick` would prefer the kernel's own.
  private void wgQuick(NetworkNamespace client, String what, Path file) throws Exception {
    Path bin = Files.createDirectories(directory.resolve("bin"));
    Path script = bin.resolve("wg-quick");
    Files.copy(
        Path.of(client.exec("bash", "-c", "type -P wg-quick").strip()),
        script,
        StandardCopyOption.REPLACE_EXISTING);
    String ip = client.exec("bash", "-c", "type -P ip").strip();
    Path wrapper =
        Files.writeString(
            bin.resolve("ip"),
            """
            #!/bin/bash
            [[ $* == "link add "*" type wireguard" ]] && { echo 'Error: Unknown device type.' >&2; exit 2; }
            exec %s "$@"
            """
                .formatted(ip));
    assertThat(wrapper.toFile().setExecutable(true)).isTrue();
    client.exec(
        "env",
        "WG_QUICK_USERSPACE_IMPLEMENTATION=" + Installation.wiregateTun(),
        "bash",
        script.toString(),
        what,
        file.toString());
  }
}
