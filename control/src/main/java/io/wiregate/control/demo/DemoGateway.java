package io.wiregate.control.demo;

import io.wiregate.control.command.CommandErrors;
import io.wiregate.control.command.CommandFailure;
import io.wiregate.control.command.PeerCommand;
import io.wiregate.control.command.ZoneCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A real `wiregate up` in a process of its own, and the commands that administer it.
final class DemoGateway implements AutoCloseable {
  private static final long START_SECONDS = 120;
  private static final long STOP_SECONDS = 30;
  private static final String MAIN = "io.wiregate.control.Main";

  private final Place place;
  private final Path state;
  private final Path out;
  private final Path log;
  private final Process process;

  private DemoGateway(Place place, Path directory, Process process) {
    this.place = place;
    this.state = directory.resolve("state");
    this.out = directory.resolve("gateway.out");
    this.log = directory.resolve("gateway.log");
    this.process = process;
  }

  /// @param directory where it keeps everything
  /// @param interfacePrefix that no other run has
  static DemoGateway start(Place place, Path directory, String interfacePrefix) throws IOException {
    Path settings =
        Files.writeString(
            directory.resolve("wiregate.yaml"), "interface-prefix: " + interfacePrefix + "\n");
    List<String> command = new ArrayList<>(place.inside());
    command.addAll(ourselves());
    command.addAll(
        List.of(
            "up",
            "--config=" + settings,
            "--state=" + directory.resolve("state"),
            "--listen=127.0.0.1:0"));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(directory.resolve("gateway.out").toFile())
            .redirectError(directory.resolve("gateway.log").toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("WIREGATE_"));
    return new DemoGateway(place, directory, builder.start());
  }

  /// The command line of this process, up to its arguments.
  private static List<String> ourselves() throws IOException {
    String line = Files.readString(Path.of("/proc/self/cmdline"), StandardCharsets.UTF_8);
    List<String> words = List.of(line.split("\0", -1));
    int main = words.indexOf(MAIN);
    if (main < 0) {
      return List.of(
          Path.of(System.getProperty("java.home"), "bin", "java").toString(),
          "-cp",
          System.getProperty("java.class.path"),
          MAIN);
    }
    return words.subList(0, main + 1);
  }

  /// Returns when it says that it is ready.
  ///
  /// @return what it said
  String awaitReady() throws IOException, InterruptedException {
    long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (System.nanoTime() < deadlineNanos && process.isAlive()) {
      String said = Files.readString(out);
      if (said.startsWith("ready") && said.endsWith("\n")) {
        return said.strip();
      }
      Thread.sleep(20);
    }
    String last = Files.readString(log).lines().reduce("", (_, line) -> line);
    throw new CommandFailure("The gateway did not start: " + last);
  }

  JsonNode zones() {
    return JsonMapper.shared().readTree(command(new ZoneCommand(), "list", "--json")).path("items");
  }

  /// What `wiregate peer add` prints: the configuration.
  String addPeer(String name, String zone) {
    return command(new PeerCommand(), "add", name, "--zone=" + zone);
  }

  /// From where the gateway hears a peer.
  String endpoint(String name, String zone) {
    return JsonMapper.shared()
        .readTree(command(new PeerCommand(), "show", name, "--zone=" + zone, "--json"))
        .path("stats")
        .path("endpoint")
        .asString("");
  }

  /// Runs a command as an administrator on the gateway would.
  private String command(Object command, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--state=" + state);
    StringWriter printed = new StringWriter();
    StringWriter errors = new StringWriter();
    int status =
        place.call(() ->
            CommandErrors.install(new CommandLine(command))
                .setOut(new PrintWriter(printed))
                .setErr(new PrintWriter(errors))
                .execute(all.toArray(String[]::new)));
    if (status != 0) {
      throw new CommandFailure(errors.toString().strip());
    }
    return printed.toString();
  }

  @Override
  public void close() {
    Programs.end(List.of(process), STOP_SECONDS);
  }
}
