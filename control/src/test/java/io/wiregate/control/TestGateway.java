package io.wiregate.control;

import io.wiregate.control.config.Configuration;
import io.wiregate.control.config.ConfigurationReader;
import io.wiregate.control.database.TestDatabase;
import io.wiregate.control.gateway.MemoryZoneDevices;
import io.wiregate.control.state.StateDirectory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A whole appliance in this process, on a port of its own and a database of its own, with a data
/// plane in memory.
public final class TestGateway implements AutoCloseable {
  public final Path state;
  public final MemoryZoneDevices devices = new MemoryZoneDevices();
  public final List<String> progress;
  public final Appliance appliance;
  private final boolean isOurs;
  private final HttpClient http = HttpClient.newHttpClient();

  /// An answer, read.
  public record Answer(HttpResponse<String> response) {
    public int status() {
      return response.statusCode();
    }

    public String text() {
      return response.body();
    }

    public JsonNode json() {
      return JsonMapper.shared().readTree(response.body());
    }

    public String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }

    /// The first field at fault.
    public String field() {
      return json().path("errors").path(0).path("field").asString("");
    }
  }

  /// @param settings as in the environment, over those that a test needs
  public TestGateway(Map<String, String> settings) {
    this(settings, new CopyOnWriteArrayList<>());
  }

  /// @param progress gets what is said
  public TestGateway(Map<String, String> settings, List<String> progress) {
    this.progress = progress;
    String given = settings.get("WIREGATE_STATE");
    state = given == null ? TestDatabase.newDirectory() : Path.of(given);
    isOurs = given == null;
    Map<String, String> all =
        new HashMap<>(
            Map.of(
                "WIREGATE_STATE",
                state.toString(),
                "WIREGATE_API_LISTEN",
                "127.0.0.1:0",
                "WIREGATE_ENDPOINT",
                "vpn.example"));
    all.putAll(settings);
    if (!all.containsKey("WIREGATE_DATABASE_URL")) {
      all.put("WIREGATE_DATABASE_URL", TestDatabase.newUrl());
    }
    Configuration configuration = ConfigurationReader.read(null, all, Map.of());
    appliance = Appliance.start(configuration, (_, _) -> devices, progress::add, _ -> {});
  }

  public String token() {
    return StateDirectory.read(StateDirectory.adminToken(state)).orElseThrow();
  }

  public Answer get(String path, String... headers) {
    return send("GET", path, null, headers);
  }

  public Answer post(String path, String body, String... headers) {
    return send("POST", path, body, headers);
  }

  public Answer patch(String path, String body, String... headers) {
    return send("PATCH", path, body, headers);
  }

  public Answer delete(String path, String... headers) {
    return send("DELETE", path, null, headers);
  }

  /// Sends a request.
  ///
  /// @param headers names and values in turn, over those for a token and for JSON
  public Answer send(
      String method,
      String path,
      @org.jspecify.annotations.Nullable String body,
      String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(appliance.url() + path))
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .setHeader("Authorization", "Bearer " + token());
    if (body != null) {
      request.setHeader("Content-Type", "application/json");
    }
    for (int i = 0; i < headers.length; i += 2) {
      request.setHeader(headers[i], headers[i + 1]);
    }
    try {
      return new Answer(http.send(request.build(), BodyHandlers.ofString()));
    } catch (java.io.IOException failed) {
      throw new java.io.UncheckedIOException(failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  @Override
  public void close() {
    appliance.close();
    http.close();
    if (isOurs) {
      TestDatabase.delete(state);
    }
  }
}
