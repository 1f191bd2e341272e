package io.wiregate.control.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.control.CommandLines;
import io.wiregate.control.TestGateway;
import io.wiregate.dataplane.noise.BouncyCastleX25519;
import io.wiregate.dataplane.noise.PrivateKey;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import tools.jackson.databind.json.JsonMapper;

/// The commands against a running appliance, which they find by its state directory.
@SuppressWarnings("NullAway.Init")
final class CommandTest {
  private static final String KEY = "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=";
  private static TestGateway gateway;

  private record Result(int status, String out, String err) {}

  @BeforeAll
  static void start() {
    gateway = new TestGateway(Map.of());
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static Result runAt(Path state, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commandLine =
        CommandLines.main().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--state=" + state);
    int status = commandLine.execute(all.toArray(String[]::new));
    return new Result(status, out.toString(), err.toString());
  }

  private static Result run(String... arguments) {
    return runAt(gateway.state, arguments);
  }

  @Test
  void peerAdd_newPeer_printsItsConfigurationAndNothingElse() {
    Result result = run("peer", "add", "alice", "--zone", "members", "--endpoint", "gw.example");
    assertThat(result.status).isZero();
    Matcher matcher = Pattern.compile("PrivateKey = (.{44})\n").matcher(result.out);
    assertThat(matcher.find()).isTrue();
    try (PrivateKey key = PrivateKey.parse(matcher.group(1), new BouncyCastleX25519())) {
      assertThat(gateway.devices.device("members").peers()).containsKey(key.publicKey());
    }
    assertThat(result.out)
        .contains("[Interface]\n", "[Peer]\n", "Endpoint = gw.example:4431\n")
        .matches("(?s)(([#\\[][^\n]*|[A-Za-z]+ = [^\n]+|)\n)+");
    assertThat(result.err).contains("Added alice").doesNotContain("█", matcher.group(1));
  }

  @Test
  void peerAdd_withQr_showsItOnStandardError() {
    Result result = run("peer", "add", "phone", "--zone", "guests", "--qr", "--preshared-key");
    assertThat(result.status).isZero();
    assertThat(result.out).contains("PresharedKey = ").doesNotContain("█");
    assertThat(result.err).contains("█", "▀");
  }

  @Test
  void peerAdd_withPublicKey_leavesThePrivateKeyOut() {
    Result result = run("peer", "add", "router", "--zone", "main", "--public-key", KEY);
    assertThat(result.status).isZero();
    assertThat(result.out).contains("# PrivateKey").doesNotContain("\nPrivateKey");
    assertThat(run("peer", "config", "router").out).isEqualTo(result.out);
  }

  @Test
  void peer_shownListedAndDeleted() {
    run("peer", "add", "bob", "--zone", "members");
    assertThat(run("peer", "list", "--zone", "members").out).contains("bob", "10.92.0.");
    assertThat(run("peer", "show", "bob").out).contains("never", "0 bytes");
    Result json = run("peer", "show", "bob", "--json");
    assertThat(JsonMapper.shared().readTree(json.out).path("stats").path("receivedBytes").asInt())
        .isZero();
    assertThat(run("peer", "delete", "bob")).isEqualTo(new Result(0, "", ""));
    Result gone = run("peer", "show", "bob");
    assertThat(gone.status).isEqualTo(1);
    assertThat(gone.out).isEmpty();
    assertThat(gone.err).startsWith("wiregate peer show: There is no peer 'bob'").hasLineCount(1);
  }

  @Test
  void peer_nameInTwoZones_needsTheZone() {
    run("peer", "add", "twin", "--zone", "members");
    run("peer", "add", "twin", "--zone", "guests");
    assertThat(run("peer", "show", "twin").err).contains("--zone");
    assertThat(run("peer", "show", "twin", "--zone", "guests").out).contains("10.94.0.");
  }

  @Test
  void zoneList_showsTheZones() {
    assertThat(run("zone", "list").out).contains("admins", "4430", "wg-admins");
    assertThat(JsonMapper.shared().readTree(run("zone", "list", "--json").out).path("items"))
        .hasSize(5);
  }

  @Test
  void usage_wrong_hasStatus2AndOneSentence() {
    for (List<String> arguments :
        List.of(
            List.of("peer", "add", "x"),
            List.of("peer", "add", "x", "--zone", "main", "--public-key", "y"),
            List.of("peer", "frobnicate"))) {
      Result result = run(arguments.toArray(String[]::new));
      assertThat(result.status).isEqualTo(2);
      assertThat(result.out).isEmpty();
      assertThat(result.err.lines().findFirst().orElse(""))
          .startsWith("wiregate peer")
          .contains("--help");
    }
  }

  @Test
  void refusal_ofTheGateway_isItsSentence() {
    run("peer", "add", "same", "--zone", "members");
    Result result = run("peer", "add", "same", "--zone", "members");
    assertThat(result.status).isEqualTo(1);
    assertThat(result.out).isEmpty();
    assertThat(result.err)
        .isEqualTo(
            "wiregate peer add: Zone members has a peer with the name 'same' already: choose another name.\n");
  }

  @Test
  void gateway_thatDoesNotRun_isSaid() {
    Result result = runAt(gateway.state.resolve("none"), "peer", "list");
    assertThat(result.status).isEqualTo(1);
    assertThat(result.err).contains("wiregate up").hasLineCount(1);
    Result refused = run("peer", "list", "--url", "http://127.0.0.1:1");
    assertThat(refused.err).contains("No gateway answers").hasLineCount(1);
  }

  @Test
  void upHelp_listsTheSettings() {
    StringWriter out = new StringWriter();
    CommandLines.main().setOut(new PrintWriter(out)).execute("up", "--help");
    assertThat(out.toString())
        .contains("--listen", "WIREGATE_API_LISTEN", "zones.ZONE.port", "address-quarantine");
  }
}
