package io.wiregate.control;

import io.wiregate.os.FileDescriptor;
import io.wiregate.os.OsException;
import io.wiregate.os.link.NetworkNamespaces;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A real `wiregate up` in a process of its own inside a network namespace.
public final class ApplianceProcess implements AutoCloseable {
  private static final long START_SECONDS = 90;

  private final String namespace;
  private final Path state;
  private final Path out;
  private final Path err;
  public final Process process;

  private ApplianceProcess(String namespace, Path state, Process process) {
    this.namespace = namespace;
    this.state = state;
    this.out = state.resolve("out");
    this.err = state.resolve("err");
    this.process = process;
  }

  /// The command line that runs `wiregate` inside a namespace.
  public static List<String> command(String namespace, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "ip",
                "netns",
                "exec",
                namespace,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  /// Starts one.
  ///
  /// @param settings environment variables
  public static ApplianceProcess start(
      String namespace, Path state, Map<String, String> settings, String... arguments)
      throws IOException {
    List<String> command = command(namespace, "up", "--state=" + state);
    command.addAll(List.of(arguments));
    return start(namespace, state, settings, command);
  }

  /// Starts one by a command line of the caller's.
  public static ApplianceProcess start(
      String namespace, Path state, Map<String, String> settings, List<String> command)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(state.resolve("out").toFile())
            .redirectError(state.resolve("err").toFile());
    builder.environment().putAll(settings);
    return new ApplianceProcess(namespace, state, builder.start());
  }

  /// What it has said on standard error.
  public String said() throws IOException {
    return Files.readString(err);
  }

  public String token() throws IOException {
    return Files.readString(state.resolve("admin.token")).strip();
  }

  /// Returns when it is ready.
  public void awaitReady() throws IOException, InterruptedException {
    long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (System.nanoTime() < deadlineNanos && process.isAlive()) {
      if (Files.readString(out).startsWith("ready")) {
        return;
      }
      Thread.sleep(10);
    }
    throw new AssertionError("not ready: " + said());
  }

  /// Waits for its end.
  ///
  /// @return the exit status
  public int awaitEnd() throws IOException, InterruptedException {
    if (!process.waitFor(START_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("does not end: " + said());
    }
    return process.exitValue();
  }

  /// Calls the API.
  public HttpResponse<String> call(String method, String path, @Nullable String body)
      throws IOException {
    String url = Files.readString(state.resolve("api.url")).strip();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + path))
            .header("Authorization", "Bearer " + token())
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    try (FileDescriptor file = NetworkNamespaces.open(Path.of("/run/netns", namespace))) {
      return NetworkNamespaces.call(file, () -> send(request.build()));
    }
  }

  private static HttpResponse<String> send(HttpRequest request) throws OsException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request, BodyHandlers.ofString());
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  /// Adds a peer.
  ///
  /// @param more of the body's fields, each with a comma before it
  public JsonNode addPeer(String name, String zone, String publicKey, String more)
      throws IOException {
    HttpResponse<String> answer =
        call(
            "POST",
            "/api/v1/peers",
            "{\"name\":\"%s\",\"zone\":\"%s\",\"publicKey\":\"%s\"%s}"
                .formatted(name, zone, publicKey, more));
    if (answer.statusCode() != 201) {
      throw new AssertionError(answer.body());
    }
    return JsonMapper.shared().readTree(answer.body());
  }

  /// The public key of a zone.
  public String zoneKey(String zone) throws IOException {
    for (JsonNode each :
        JsonMapper.shared().readTree(call("GET", "/api/v1/zones", null).body()).path("items")) {
      if (each.path("name").asString().equals(zone)) {
        return each.path("publicKey").asString();
      }
    }
    throw new AssertionError(zone);
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException interrupted) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
