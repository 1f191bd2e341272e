package io.wiregate.control.command;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Calls the API. What the gateway refuses becomes a [CommandFailure] in its words.
final class ApiClient {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final JsonMapper JSON = JsonMapper.shared();

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final String url;
  private final String token;

  ApiClient(String url, String token) {
    this.url = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    this.token = token;
  }

  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  JsonNode get(String path) {
    return json(send("GET", path, null));
  }

  String getText(String path) {
    return send("GET", path, null);
  }

  JsonNode post(String path, JsonNode body) {
    return json(send("POST", path, body));
  }

  void delete(String path) {
    send("DELETE", path, null);
  }

  private String send(String method, String path, @Nullable JsonNode body) {
    HttpResponse<String> response;
    try {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(url + path))
              .timeout(LIMIT)
              .header("Authorization", "Bearer " + token)
              .method(
                  method,
                  body == null
                      ? HttpRequest.BodyPublishers.noBody()
                      : HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)));
      if (body != null) {
        request.header("Content-Type", "application/json");
      }
      response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (ConnectException refused) {
      throw new CommandFailure(
          "No gateway answers at "
              + url
              + ": start it with 'wiregate up', or name another with"
              + " --url.");
    } catch (HttpTimeoutException late) {
      throw new CommandFailure(
          "The gateway at " + url + " does not answer: look at its log, and try again.");
    } catch (IOException failed) {
      throw new CommandFailure(
          "The connection to " + url + " failed (" + failed.getMessage() + "): try again.");
    } catch (IllegalArgumentException malformed) {
      throw new CommandFailure(
          "'" + url + "' is not the URL of an API: write it like http://127.0.0.1:8080.");
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("Interrupted.");
    }
    if (response.statusCode() >= 300) {
      throw new CommandFailure(problem(response));
    }
    return response.body();
  }

  private String problem(HttpResponse<String> response) {
    try {
      JsonNode detail = JSON.readTree(response.body()).path("detail");
      if (detail.isString()) {
        return detail.stringValue();
      }
    } catch (JacksonException notOurs) {
      // Something else answers there.
    }
    return "What answers at "
        + url
        + " is no gateway (status "
        + response.statusCode()
        + "):"
        + " check the URL.";
  }

  private JsonNode json(String body) {
    try {
      return JSON.readTree(body);
    } catch (JacksonException notOurs) {
      throw new CommandFailure("What answers at " + url + " is no gateway: check the URL.");
    }
  }
}
