package io.wiregate.control.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.control.CommandLines;
import io.wiregate.control.doctor.Check.Verdict;
import io.wiregate.control.policy.Nft;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.udp.UdpOffloads;
import io.wiregate.os.udp.UdpSocket;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class DoctorTest {
  @TempDir private Path directory = Path.of("");

  private record Result(int status, String out, String err) {}

  @Test
  @RequiresRoot
  @RequiresTool("nft")
  void doctor_machineThatHasAll_saysSoAndNamesEngines() throws IOException {
    Result result = run(configuration(freeUdpPort()), "--json");

    assertThat(result.status).as(result.out + result.err).isZero();
    JsonNode checks = JsonMapper.shared().readTree(result.out);
    assertThat(found(checks, "tun")).contains("segmentation");
    assertThat(found(checks, "packet cipher")).contains("runs").contains("µs").contains("JDK");
    assertThat(found(checks, "key agreement")).contains("µs");
    assertThat(found(checks, "nftables")).contains("can be read");
    assertThat(found(checks, "zone admins")).contains("is free");
    assertThat(checks.findValuesAsString("verdict")).doesNotContain("FAILURE");
  }

  @Test
  void doctor_portOfAZoneTaken_failsAndNamesWhoHasIt() throws IOException {
    try (UdpSocket taken = UdpSocket.open(false, UdpOffloads.NONE, 1)) {
      taken.bind(0);
      Result result = run(configuration(taken.localPort()));

      assertThat(result.status).isEqualTo(1);
      assertThat(result.out)
          .containsPattern("failure +zone admins +UDP port " + taken.localPort() + " is in use")
          .contains("set zones.admins.port");
    }
  }

  @Test
  void doctor_brokenConfiguration_isOneSentence() throws IOException {
    Path file = Files.writeString(directory.resolve("broken.yaml"), "workers: many\n");
    Result result = run(file);

    assertThat(result.status).isEqualTo(1);
    assertThat(result.err.lines()).hasSize(1);
    assertThat(result.err).contains("workers");
  }

  @Test
  void rights_withoutCapabilities_sayWhichIsMissing() {
    assertThat(MachineChecks.rights(0).verdict()).isEqualTo(Verdict.FAILURE);
    assertThat(MachineChecks.rights(1L << 12).verdict()).isEqualTo(Verdict.WARNING);
    assertThat(MachineChecks.rights(1L << 12).found()).contains("CAP_NET_RAW");
    assertThat(MachineChecks.rights(3L << 12).verdict()).isEqualTo(Verdict.OK);
  }

  @Test
  void effectiveCapabilities_anyFile_areThoseOfTheLine() throws IOException {
    Path status = Files.writeString(directory.resolve("status"), "Name:\tx\nCapEff:\t3000\n");
    assertThat(MachineChecks.effectiveCapabilities(status)).isEqualTo(0x3000);
    assertThat(MachineChecks.effectiveCapabilities(directory.resolve("missing"))).isZero();
  }

  @Test
  void firewall_programMissing_saysHowToGetIt() {
    Nft missing = Nft.onPath().behind(List.of("/nonexistent/program"));
    Check check = MachineChecks.firewall(missing);
    assertThat(check.verdict()).isEqualTo(Verdict.FAILURE);
    assertThat(check.found()).contains("apt install nftables");
  }

  @Test
  void state_pathThatIsAFile_fails() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "");
    assertThat(GatewayChecks.state(file, false).verdict()).isEqualTo(Verdict.FAILURE);
    assertThat(GatewayChecks.state(directory.resolve("new/one"), false).verdict())
        .isEqualTo(Verdict.OK);
  }

  @Test
  void zoneInterface_nameThatIsTaken_fails() {
    assertThat(GatewayChecks.zoneInterface("lo").verdict()).isEqualTo(Verdict.FAILURE);
    assertThat(GatewayChecks.zoneInterface("wg-nobody-has").verdict()).isEqualTo(Verdict.OK);
  }

  @Test
  void doctor_databaseThatIsAway_isAWarningWithoutSecrets() throws IOException {
    Path file = configuration(freeUdpPort());
    Files.writeString(
        file,
        "database:\n  url: jdbc:postgresql://127.0.0.1:1/x?password=secret\n",
        StandardOpenOption.APPEND);
    Result result = run(file);
    assertThat(result.out).containsPattern("warning +database +//127.0.0.1:1/x: ");
    assertThat(result.out + result.err).doesNotContain("secret");
  }

  @Test
  void doctor_databaseUrlWithAPasswordInIt_isRefusedWithoutShowingIt() throws IOException {
    Path file = configuration(freeUdpPort());
    Files.writeString(
        file,
        "database:\n  url: jdbc:postgresql://user:secret@db:5432/x\n",
        StandardOpenOption.APPEND);
    Result result = run(file);
    assertThat(result.status).isEqualTo(1);
    assertThat(result.err).contains("database.url");
    assertThat(result.out + result.err).doesNotContain("secret");
  }

  @Test
  void apiPort_taken_fails() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Check check =
          GatewayChecks.apiPort(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), taken.getLocalPort()));
      assertThat(check.verdict()).isEqualTo(Verdict.FAILURE);
      assertThat(check.found()).contains(String.valueOf(taken.getLocalPort()));
    }
  }

  private static String found(JsonNode checks, String subject) {
    for (JsonNode check : checks) {
      if (check.path("subject").asString().equals(subject)) {
        return check.path("found").asString();
      }
    }
    return "";
  }

  private static int freeUdpPort() throws IOException {
    try (UdpSocket socket = UdpSocket.open(false, UdpOffloads.NONE, 1)) {
      socket.bind(0);
      return socket.localPort();
    }
  }

  /// One zone, on that port; the others are off.
  private Path configuration(int port) throws IOException {
    StringBuilder text = new StringBuilder("zones:\n  admins:\n    port: " + port + "\n");
    for (String zone : List.of("main", "members", "lan", "guests")) {
      text.append("  ").append(zone).append(":\n    enabled: false\n");
    }
    return Files.writeString(directory.resolve("wiregate.yaml"), text);
  }

  private Result run(Path configuration, String... options) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commandLine =
        CommandLines.main().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "doctor",
                "--config=" + configuration,
                "--state=" + directory.resolve("state"),
                "--listen=127.0.0.1:0"));
    arguments.addAll(List.of(options));
    int status = commandLine.execute(arguments.toArray(String[]::new));
    return new Result(status, out.toString(), err.toString());
  }
}
