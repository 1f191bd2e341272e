package io.wiregate.control.tun;

import static io.wiregate.control.tun.Implementation.WIREGATE;
import static io.wiregate.control.tun.Implementation.WIREGUARD_GO;
import static io.wiregate.control.tun.Tunnel.CLIENT_4;
import static io.wiregate.control.tun.Tunnel.SERVER_4;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.NetworkNamespace;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// How the program begins, goes on and ends, and what it leaves.
@RequiresRoot
@RequiresTool({"ip", "wg", "ping", "bash", "setpriv", "unshare", "mount", "ss"})
@Execution(ExecutionMode.CONCURRENT)
final class LifecycleTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static void leftNothing(Host host) {
    assertThat(host.hasInterface()).as("the interface is there").isFalse();
    assertThat(host.socket()).doesNotExist();
  }

  @Test
  void socket_isOpenToItsOwnerOnly() throws Exception {
    try (Host host = Host.start(WIREGATE)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(host.socket())))
          .isEqualTo("rw-------");
    }
  }

  @Test
  @Proves("interface.gone")
  void sigterm_endsItAndLeavesNothing() {
    for (String signal : new String[] {"TERM", "INT", "HUP"}) {
      try (Host host = Host.start(WIREGATE)) {
        host.exec("kill", "-" + signal, String.valueOf(host.program().pid()));
        host.awaitEnd();
        leftNothing(host);
        assertThat(host.log()).isEmpty();
      }
    }
  }

  @Test
  @Proves("interface.gone")
  void interface_deleted_endsIt() {
    try (Tunnel tunnel = Tunnel.open(WIREGATE, WIREGATE)) {
      Host host = tunnel.server();
      tunnel.client().ping(SERVER_4);
      host.exec("ip", "link", "delete", host.tun());
      assertThat(host.awaitEnd()).isZero();
      leftNothing(host);
      assertThat(host.log()).isEmpty();
    }
  }

  @Test
  @Proves("interface.gone")
  void socket_deleted_endsIt() throws Exception {
    try (Tunnel tunnel = Tunnel.open(WIREGATE, WIREGATE)) {
      Host host = tunnel.server();
      tunnel.client().ping(SERVER_4);
      Files.delete(host.socket());
      assertThat(host.awaitEnd()).isZero();
      leftNothing(host);
      assertThat(host.log()).isEmpty();
    }
  }

  @Test
  void killed_thenStartedAgain_serves() throws Exception {
    try (Tunnel tunnel = Tunnel.open(WIREGATE, WIREGUARD_GO)) {
      Host host = tunnel.client();
      host.ping(SERVER_4);
      host.program().destroyForcibly().waitFor();
      assertThat(host.socket()).as("which nobody could remove").exists();

      host.startAgain(WIREGATE);
      host.setKey(host.keys());
      tunnel.configurePeers(false);
      host.up(Tunnel.MTU, CLIENT_4 + "/24");
      host.exec("ip", "route", "replace", SERVER_4, "dev", host.tun());
      host.ping(SERVER_4);
    }
  }

  @Test
  void secondStart_withTheSameName_isRefusedAndTheFirstGoesOn() {
    try (Tunnel tunnel = Tunnel.open(WIREGATE, WIREGATE);
        NetworkNamespace other = NetworkNamespace.create()) {
      Host host = tunnel.client();
      String name = host.tun();
      Ran here = host.tryExec(Installation.wiregate(), "tun", "-f", name);
      assertThat(here.status()).isEqualTo(1);
      assertThat(here.output())
          .startsWith("wiregate tun: ")
          .contains("an interface named " + name + " exists")
          .hasLineCount(1);

      // Socket files are shared by all namespaces.
      Ran there = Ran.of(other.inside(Installation.wiregate(), "tun", "-f", name));
      assertThat(there.status()).isEqualTo(1);
      assertThat(there.output())
          .startsWith("wiregate tun: ")
          .contains("/var/run/wireguard/" + name + ".sock is served by another program")
          .hasLineCount(1);
      assertThat(other.exec("ip", "-o", "link")).doesNotContain(name);

      host.ping(SERVER_4);
      host.show("listen-port");
    }
  }

  @Test
  void start_withoutPrivilege_saysWhatItNeeds() {
    String name = NetworkNamespace.unique("wg");
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      for (String[] user :
          new String[][] {
            {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"},
            {"setpriv", "--bounding-set=-net_admin"}
          }) {
        String[] command = Arrays.copyOf(user, user.length + 4);
        command[user.length] = Installation.wiregate();
        command[user.length + 1] = "tun";
        command[user.length + 2] = "-f";
        command[user.length + 3] = name;
        Ran ran = Ran.of(namespace.inside(command));
        assertThat(ran.status()).as(ran.output()).isEqualTo(1);
        assertThat(ran.output())
            .startsWith("wiregate tun: ")
            .contains("needs CAP_NET_ADMIN")
            .hasLineCount(1);
      }
    }
  }

  @Test
  void start_withoutTheDevice_saysThatItIsMissing() {
    String name = NetworkNamespace.unique("wg");
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      Ran ran =
          Ran.of(
              namespace.inside(
                  "unshare",
                  "-m",
                  "bash",
                  "-euc",
                  "mount -t tmpfs none /dev/net; exec \"$@\"",
                  "-",
                  Installation.wiregate(),
                  "tun",
                  "-f",
                  name));
      assertThat(ran.status()).as(ran.output()).isEqualTo(1);
      assertThat(ran.output())
          .startsWith("wiregate tun: ")
          .contains("/dev/net/tun is missing")
          .hasLineCount(1);
    }
  }

  @Test
  void start_withABadName_isWrongUsageInTheBackgroundToo() {
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      for (String name : new String[] {"sixteen-bytes-xx", "a/b", "", "..", "a b", "a:b"}) {
        Ran ran = Ran.of(namespace.inside(Installation.wiregateTun(), name));
        assertThat(ran.status()).isEqualTo(2);
        assertThat(ran.output())
            .startsWith("wiregate tun: '" + name + "' cannot name an interface")
            .hasLineCount(1);
      }
    }
  }

  @Test
  void start_inTheBackground_returnsWhenTheSocketIsServed() {
    String name = NetworkNamespace.unique("wg");
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      // In one shell: nothing may pass between the one's end and the other's start.
      String shown =
          namespace.exec(
              "bash", "-euc", "\"$0\" \"$1\"; wg show \"$1\"", Installation.wiregateTun(), name);
      assertThat(shown).isEqualTo("interface: " + name + "\n");

      Ran second = Ran.of(namespace.inside(Installation.wiregate(), "tun", name));
      assertThat(second.status()).isEqualTo(1);
      assertThat(second.output()).contains("an interface named " + name + " exists");

      namespace.exec("ip", "link", "delete", name);
      Await.until(
          "the program ends",
          PATIENCE,
          () -> namespace.exec("ip", "netns", "pids", namespace.name()).lines().count() <= 1);
      assertThat(Files.exists(Path.of("/var/run/wireguard", name + ".sock"))).isFalse();
    }
  }

  @Test
  @Proves({"interface.down", "interface.up"})
  void interface_downAndUp_closesThePortAndOpensItAgain() {
    try (Tunnel tunnel = Tunnel.open(WIREGATE, WIREGUARD_GO)) {
      Host host = tunnel.client();
      host.ping(SERVER_4);
      host.exec("ip", "link", "set", host.tun(), "down");
      host.awaitPortClosed();
      assertThat(host.port()).as("remembered").isEqualTo(Tunnel.CLIENT_PORT);

      // Though the last handshake was a moment ago: the session is gone.
      host.exec("ip", "link", "set", host.tun(), "up");
      host.awaitListening();
      host.ping(SERVER_4);
      tunnel.server().ping(CLIENT_4);
    }
  }

  @Test
  @Proves("message.padding")
  void mtu_changed_countsAtOnce() {
    // Not with wireguard-go: it loses most of what it has to fragment, to itself too.
    try (Tunnel tunnel = Tunnel.open(WIREGATE, WIREGATE)) {
      Host a = tunnel.client();
      Host b = tunnel.server();
      String[] ping = {"ping", "-M", "do", "-c", "1", "-W", "4", "-s", "1392", SERVER_4};
      a.exec(ping);
      a.exec("ip", "link", "set", a.tun(), "mtu", "1300");
      assertThat(a.tryExec(ping).succeeded()).isFalse();
      a.exec("ping", "-M", "do", "-c", "1", "-W", "4", "-s", "1272", SERVER_4);
      a.transferTo(b, SERVER_4, "-n", "5M");

      // Larger than the wire: the messages are fragmented.
      for (Host host : new Host[] {a, b}) {
        host.exec("ip", "link", "set", host.tun(), "mtu", "4000");
      }
      a.exec("ping", "-M", "do", "-c", "1", "-W", "4", "-s", "3972", SERVER_4);
      a.transferTo(b, SERVER_4, "-n", "5M");
      b.transferTo(a, CLIENT_4, "-n", "5M");
    }
  }

  @Test
  @Proves({"interface.namespaces", "netns.35"})
  void interface_movedToAnotherNamespace_goesOn() {
    try (Tunnel tunnel = Tunnel.open(WIREGATE, WIREGUARD_GO);
        NetworkNamespace container = NetworkNamespace.create()) {
      Host host = tunnel.client();
      String tun = host.tun();
      host.ping(SERVER_4);

      host.exec("ip", "link", "set", tun, "netns", container.name());
      host.awaitPortClosed(); // moving an interface takes it down
      container.exec("ip", "address", "add", CLIENT_4 + "/24", "dev", tun);
      container.exec("ip", "link", "set", tun, "up");
      host.awaitListening(); // and the port stays where the program is
      container.exec("ping", "-n", "-c", "1", "-W", "4", SERVER_4);

      container.exec("ip", "link", "set", tun, "down");
      host.awaitPortClosed();
      container.exec("ip", "link", "set", tun, "up");
      host.awaitListening();
      container.exec("ping", "-n", "-c", "1", "-W", "4", SERVER_4);

      // And home again, under another name.
      container.exec("ip", "link", "set", tun, "netns", host.namespace().name());
      host.awaitPortClosed();
      host.exec("ip", "link", "set", tun, "name", "renamed");
      host.addAddress("renamed", CLIENT_4 + "/24");
      host.exec("ip", "link", "set", "renamed", "up");
      host.awaitListening();
      host.ping(SERVER_4);

      host.exec("ip", "link", "delete", "renamed");
      assertThat(host.awaitEnd()).isZero();
      assertThat(host.socket()).doesNotExist();
    }
  }
}
