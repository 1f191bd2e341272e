package io.wiregate.control.appliance;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.control.ApplianceProcess;
import io.wiregate.control.database.TestDatabase;
import io.wiregate.os.testing.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A machine for appliances: a network namespace, which does not forward, and a state directory
/// with a fresh database. Closing it ends them and removes both.
final class ApplianceNode implements AutoCloseable {
  final NetworkNamespace namespace = NetworkNamespace.create();
  final Path state = TestDatabase.newDirectory();
  private final List<ApplianceProcess> appliances = new ArrayList<>();
  private final String prefix = NetworkNamespace.unique("a").replace("x", "y");

  ApplianceNode() {
    // A namespace begins with IPv4 as the host has it just then, which is others' to change.
    forwarding("0");
    TestDatabase.copyCluster(state.resolve("postgres"));
  }

  void forwarding(String value) {
    for (String name : List.of("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")) {
      namespace.exec("sysctl", "-q", "-w", name + "=" + value);
    }
  }

  /// Starts one with settings of the caller's.
  ApplianceProcess start(Map<String, String> settings) throws IOException {
    return start(settings, ApplianceProcess.command(namespace.name(), "up", "--state=" + state));
  }

  /// Starts one by a command line of the caller's.
  ApplianceProcess start(Map<String, String> settings, List<String> command) throws IOException {
    Map<String, String> all = new HashMap<>(settings);
    all.put("WIREGATE_INTERFACE_PREFIX", prefix.substring(0, Math.min(8, prefix.length())));
    ApplianceProcess appliance = ApplianceProcess.start(namespace.name(), state, all, command);
    appliances.add(appliance);
    return appliance;
  }

  /// Starts one, and returns when it is ready.
  ApplianceProcess up(Map<String, String> settings) throws IOException, InterruptedException {
    ApplianceProcess appliance = start(settings);
    appliance.awaitReady();
    return appliance;
  }

  /// A command of `wiregate` that ran to its end.
  record Ran(int status, String said) {}

  /// Runs a command against the appliance that runs.
  Ran run(String... arguments) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--state=" + state);
    Path out = state.resolve("said");
    Process process =
        new ProcessBuilder(ApplianceProcess.command(namespace.name(), all.toArray(String[]::new)))
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    return new Ran(process.waitFor(), Files.readString(out));
  }

  void assertNothingIsLeft() throws IOException {
    assertNothingIsLeft("0");
  }

  /// @param forwarding what the kernel's two settings were before
  void assertNothingIsLeft(String forwarding) throws IOException {
    assertThat(namespace.exec("nft", "list", "tables")).isEmpty();
    assertThat(namespace.exec("ip", "-br", "link", "show", "type", "tun")).isEmpty();
    assertThat(
            namespace.exec("sysctl", "-n", "net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"))
        .as(appliances.getLast().said())
        .isEqualTo(forwarding + "\n" + forwarding + "\n");
  }

  static void assertOneSentence(String said) {
    assertThat(said.strip()).hasLineCount(1).startsWith("wiregate").endsWith(".");
  }

  @Override
  public void close() {
    appliances.forEach(ApplianceProcess::close);
    namespace.close();
    TestDatabase.delete(state);
  }
}
