package io.wiregate.control.appliance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wiregate.control.ApplianceProcess;
import io.wiregate.os.FileDescriptor;
import io.wiregate.os.OsException;
import io.wiregate.os.link.NetworkNamespaces;
import io.wiregate.os.testing.NetworkNamespace;
import io.wiregate.os.testing.PingSeries;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `wiregate up` as it is run, in a namespace of its own, with stock clients in another.
@RequiresRoot
@RequiresTool({"ip", "nft", "wg", "wireguard-go", "ping", "unshare"})
final class ApplianceProcessTest {
  private static final String GATEWAY = "198.18.0.1";
  private static final String MEMBERS = "10.92.0.0/16";
  private static final String INSIDE = "10.92.0.1";
  private static final String PEERS = "/api/v1/peers";

  private final ApplianceNode node = new ApplianceNode();
  private final NetworkNamespace client = NetworkNamespace.create();

  @BeforeEach
  void connect() {
    NetworkNamespace.connect(
        node.namespace, "eth0", GATEWAY + "/24", client, "eth0", "198.18.0.2/24");
  }

  @AfterEach
  void end() {
    client.close();
    node.close();
  }

  private ApplianceProcess up() throws IOException, InterruptedException {
    return node.up(Map.of());
  }

  private StockClient member(ApplianceProcess appliance, String name)
      throws IOException, InterruptedException {
    StockClient member = new StockClient(client);
    JsonNode peer = appliance.addPeer(name, "members", member.publicKey, "");
    String address = peer.path("addresses").path(0).asString();
    // Two clients in one namespace: each has a /32 of the gateway's side.
    member.connect(appliance.zoneKey("members"), GATEWAY + ":4431", address, MEMBERS);
    return member;
  }

  private String id(ApplianceProcess appliance, String name) throws IOException {
    return JsonMapper.shared()
        .readTree(appliance.call("GET", PEERS + "?name=" + name, null).body())
        .path("items")
        .path(0)
        .path("id")
        .asString();
  }

  /// What it said at the end, without what it said it was doing.
  private static String lastLine(ApplianceProcess appliance) throws IOException {
    return appliance.said().strip().lines().reduce("", (_, line) -> line);
  }

  @Test
  void peer_addedAndDeleted_isUsableAndCutWithinASecondAndOthersStay() throws Exception {
    ApplianceProcess appliance = up();
    StockClient stays = member(appliance, "stays");
    assertThat(stays.pings(INSIDE)).isTrue();
    long handshake = stays.lastHandshake();

    NetworkNamespace other = NetworkNamespace.create();
    try {
      NetworkNamespace.connect(
          node.namespace, "eth1", "198.18.1.1/24", other, "eth0", "198.18.1.2/24");
      StockClient goes = new StockClient(other);
      String address =
          appliance
              .addPeer("goes", "members", goes.publicKey, "")
              .path("addresses")
              .path(0)
              .asString();
      goes.connect(appliance.zoneKey("members"), "198.18.1.1:4431", address, MEMBERS);
      assertThat(goes.pings(INSIDE)).isTrue();

      PingSeries pinging = pingAtLength();
      assertThat(appliance.call("DELETE", PEERS + "/" + id(appliance, "goes"), null).statusCode())
          .isEqualTo(204);
      long deletedNanos = System.nanoTime();
      assertThat(goes.pings(INSIDE)).isFalse();
      assertThat(System.nanoTime() - deletedNanos).isLessThan(TimeUnit.SECONDS.toNanos(5));

      assertThat(pinging.lost()).as("lost around the deletion").isEmpty();
      assertThat(stays.lastHandshake()).isEqualTo(handshake);
    } finally {
      other.close();
    }
  }

  @Test
  void up_timeStampsDamaged_goesOnWithTheWallClockAndSaysSo() throws Exception {
    Files.createDirectories(node.state);
    Files.writeString(node.state.resolve("tai64n"), "@4000000");
    ApplianceProcess appliance = up();

    assertThat(appliance.said()).contains(node.state.resolve("tai64n") + " says", "wall clock");
    assertThat(member(appliance, "alice").pings(INSIDE)).isTrue();
  }

  private PingSeries pingAtLength() {
    return PingSeries.start(client, INSIDE, "0.02", 100);
  }

  @Test
  void up_killedAndStartedAgain_keepsEverythingAndClientsComeBack() throws Exception {
    ApplianceProcess first = up();
    StockClient member = member(first, "alice");
    assertThat(member.pings(INSIDE)).isTrue();
    String key = first.zoneKey("members");
    String peer = first.call("GET", PEERS, null).body();
    first.process.destroyForcibly().waitFor();

    long begunNanos = System.nanoTime();
    ApplianceProcess second = up();
    System.out.println("restart to ready: " + (System.nanoTime() - begunNanos) / 1_000_000 + " ms");

    assertThat(second.zoneKey("members")).isEqualTo(key);
    assertThat(second.call("GET", PEERS, null).body()).isEqualTo(peer);
    // A client starts anew 15 s after it was last answered (paper, 6.1: keepalive and rekey
    // timeout).
    await().atMost(Duration.ofSeconds(30)).until(() -> member.pings(INSIDE));

    second.process.destroy();
    assertThat(second.awaitEnd()).isZero();
    node.assertNothingIsLeft();
  }

  @Test
  void up_besideARunningOne_isRefusedAndNamesIt() throws Exception {
    ApplianceProcess first = up();
    ApplianceNode.Ran second = node.run("up");
    assertThat(second.status()).isEqualTo(1);
    ApplianceNode.assertOneSentence(second.said());
    assertThat(second.said()).contains("process " + first.process.pid());
    assertThat(node.namespace.exec("nft", "list", "tables")).contains("wiregate");
  }

  /// On a host, and on one that was a router before.
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void sigterm_removesInterfacesAndTableAndRestoresForwarding(String before) throws Exception {
    node.forwarding(before);
    ApplianceProcess appliance = up();
    assertThat(node.namespace.exec("ip", "-br", "link").lines()).hasSize(7);
    assertThat(node.namespace.exec("sysctl", "-n", "net.ipv4.ip_forward")).isEqualTo("1\n");
    appliance.process.destroy();
    assertThat(appliance.awaitEnd()).isZero();
    node.assertNothingIsLeft(before);
  }

  @Test
  void peerAdd_gatewayWithoutEndpoint_addsNoPeer() throws Exception {
    ApplianceProcess appliance = up();
    ApplianceNode.Ran add = node.run("peer", "add", "x", "--zone=members");
    assertThat(add.status()).isEqualTo(1);
    ApplianceNode.assertOneSentence(add.said());
    assertThat(add.said()).contains("--endpoint");
    assertThat(appliance.call("GET", PEERS, null).body()).contains("\"items\":[]");
  }

  @Test
  void up_udpPortTaken_namesTheHolderAndLeavesNothing() throws Exception {
    try (FileDescriptor file = NetworkNamespaces.open(node.namespace.path());
        DatagramSocket _ = NetworkNamespaces.call(file, () -> bound(4432))) {
      ApplianceProcess appliance = node.start(Map.of());
      assertThat(appliance.awaitEnd()).isEqualTo(1);
      assertThat(lastLine(appliance))
          .contains("4432", "lan", "process " + ProcessHandle.current().pid());
      node.assertNothingIsLeft();
    }
  }

  private static DatagramSocket bound(int port) throws OsException {
    try {
      return new DatagramSocket(port);
    } catch (IOException failed) {
      throw new java.io.UncheckedIOException(failed);
    }
  }

  @Test
  void up_withoutTun_saysSoAndLeavesNothing() throws Exception {
    List<String> command = new ArrayList<>(List.of("unshare", "-m", "sh", "-c"));
    command.add("mount -t tmpfs none /dev/net && exec \"$@\"");
    command.add("sh");
    command.addAll(ApplianceProcess.command(node.namespace.name(), "up", "--state=" + node.state));
    ApplianceProcess appliance = node.start(Map.of(), command);
    assertThat(appliance.awaitEnd()).isEqualTo(1);
    assertThat(lastLine(appliance)).contains("/dev/net/tun is missing");
    node.assertNothingIsLeft();
  }

  @Test
  void up_notRoot_saysSoAndLeavesNothing() throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "ip",
                "netns",
                "exec",
                node.namespace.name(),
                "setpriv",
                "--bounding-set=-net_admin",
                "--inh-caps=-net_admin"));
    List<String> up =
        ApplianceProcess.command(node.namespace.name(), "up", "--state=" + node.state);
    command.addAll(up.subList(4, up.size()));
    ApplianceProcess appliance = node.start(Map.of(), command);
    assertThat(appliance.awaitEnd()).isEqualTo(1);
    assertThat(lastLine(appliance)).contains("root").endsWith(".");
    node.assertNothingIsLeft();
  }

  @Test
  void database_killed_degradesAndHealsAndTunnelsGoOn() throws Exception {
    ApplianceProcess appliance = up();
    StockClient member = member(appliance, "alice");
    assertThat(member.pings(INSIDE)).isTrue();
    Path data = node.state.resolve("postgres/data");
    Path away = node.state.resolve("postgres/away");
    String pid = Files.readAllLines(data.resolve("postmaster.pid")).getFirst();
    ProcessHandle postgres = ProcessHandle.of(Long.parseLong(pid)).orElseThrow();

    // So that it stays dead until it has been seen: it is started again at once.
    Files.move(data, away);
    assertThat(postgres.destroyForcibly()).isTrue();
    awaitReadiness(appliance, "\"status\":\"degraded\"", "\"database\":\"away\"");
    // Three: until the pool has waited longer between two tries than a caller waits for it.
    for (int call = 0; call < 3; call++) {
      assertThat(appliance.call("GET", PEERS, null).statusCode()).isEqualTo(503);
    }
    assertThat(member.pings(INSIDE)).isTrue();

    Files.move(away, data);
    awaitReadiness(appliance, "\"status\":\"ok\"");
    assertThat(appliance.call("GET", PEERS, null).statusCode()).isEqualTo(200);
    assertThat(member.pings(INSIDE)).isTrue();
    // Whoever listens for changes comes back in its own time.
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> assertThat(appliance.said()).contains("went away", "every peer is in line"));
  }

  private static void awaitReadiness(ApplianceProcess appliance, String... parts) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> assertThat(appliance.call("GET", "/readyz", null).body()).contains(parts));
  }

  @Test
  void datagrams_randomAndTruncated_doNoHarm() throws Exception {
    ApplianceProcess appliance = up();
    StockClient member = member(appliance, "alice");
    assertThat(member.pings(INSIDE)).isTrue();
    long handshake = member.lastHandshake();
    Process pinging =
        new ProcessBuilder(client.inside("ping", "-n", "-q", "-i", "0.05", "-c", "60", INSIDE))
            .start();
    try (FileDescriptor file = NetworkNamespaces.open(client.path())) {
      assertThat(NetworkNamespaces.call(file, ApplianceProcessTest::flood)).isEqualTo(50_000);
    }
    String pings =
        new String(
            pinging.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    // The queue of a socket that is flooded may lose one.
    assertThat(Integer.parseInt(pings.replaceAll("(?s).*, (\\d+) received.*", "$1")))
        .as(pings)
        .isGreaterThanOrEqualTo(55);
    assertThat(member.pings(INSIDE)).isTrue();
    assertThat(member.lastHandshake()).isEqualTo(handshake);
    HttpResponse<String> ready = appliance.call("GET", "/readyz", null);
    assertThat(ready.body()).contains("\"status\":\"ok\"");
    assertThat(appliance.said()).doesNotContain("Exception");
  }

  private static int flood() throws OsException {
    Random random = new Random(5);
    int sent = 0;
    try (DatagramSocket socket = new DatagramSocket()) {
      InetAddress address = InetAddress.ofLiteral(GATEWAY);
      int[] ports = {44333, 4430, 4431, 4432, 4433};
      for (int i = 0; i < 50_000; i++) {
        byte[] bytes = new byte[random.nextInt(200)];
        random.nextBytes(bytes);
        if (bytes.length > 4 && i % 2 == 0) {
          // The head of a message, so that what comes after the type is looked at.
          bytes[0] = (byte) (1 + random.nextInt(4));
          bytes[1] = 0;
          bytes[2] = 0;
          bytes[3] = 0;
        }
        socket.send(
            new DatagramPacket(
                bytes, bytes.length, new InetSocketAddress(address, ports[i % ports.length])));
        sent++;
      }
    } catch (IOException failed) {
      throw new java.io.UncheckedIOException(failed);
    }
    return sent;
  }
}
