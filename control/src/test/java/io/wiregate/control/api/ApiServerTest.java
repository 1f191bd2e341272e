package io.wiregate.control.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wiregate.control.TestGateway;
import io.wiregate.control.TestGateway.Answer;
import io.wiregate.control.config.ListenAddress;
import io.wiregate.control.metrics.Metrics;
import io.wiregate.dataplane.noise.BouncyCastleX25519;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.os.net.IpAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

@SuppressWarnings("NullAway.Init")
final class ApiServerTest {
  private static TestGateway gateway;

  @BeforeAll
  static void start() {
    gateway = new TestGateway(Map.of("WIREGATE_API_HOSTS", "vpn.corp"));
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void zones_list_showsAllFive() {
    JsonNode items = gateway.get("/api/v1/zones").json().path("items");
    assertThat(items).hasSize(5);
    assertThat(items.path(0).path("name").asString()).isEqualTo("main");
    assertThat(items.path(2).path("port").asInt()).isEqualTo(4431);
  }

  @ParameterizedTest
  @CsvSource({"/livez, ok", "/startupz, ok", "/readyz, ok"})
  void health_ofAStartedGateway_isOkWithoutToken(String path, String status) {
    Answer answer = gateway.get(path, "Authorization", "none");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().path("status").asString()).isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource({
    "none",
    "Bearer",
    "Bearer x",
    "Basic abc",
    "Bearer wgt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
  })
  void api_withoutValidToken_answers401(String header) {
    Answer answer = gateway.get("/api/v1/zones", "Authorization", header);
    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.header("WWW-Authenticate")).startsWith("Bearer");
  }

  @Test
  void tokenFile_afterStart_isForItsOwnerOnly() throws IOException {
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(gateway.state.resolve("admin.token"))))
        .isEqualTo("rw-------");
    assertThat(gateway.progress.toString()).doesNotContain(gateway.token());
  }

  @Test
  void path_unknown_answers404AndMethodUnknown405() {
    assertThat(gateway.get("/api/v1/nothing").status()).isEqualTo(404);
    Answer answer = gateway.send("PUT", "/api/v1/peers", "{}");
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.header("Allow")).contains("GET").contains("POST");
    assertThat(answer.header("Content-Type")).startsWith("application/problem+json");
  }

  /// java.net.http sets `Host` itself.
  private static String statusFor(String path, String host) throws IOException {
    int port = URI.create(gateway.appliance.url()).getPort();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      String request =
          "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      BufferedReader reader =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      return String.valueOf(reader.readLine()).substring(9, 12);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, 200",
    "localhost:8080, 200",
    "127.0.0.1:1, 200",
    "127.0.0.9, 200",
    "[::1]:8080, 200",
    "VPN.corp:8080, 200",
    "evil.example, 421",
    "vpn.corp.evil.example, 421",
    "192.0.2.1, 421",
    "localhost.evil.example:8080, 421"
  })
  void host_notOurs_isRefused(String host, String status) throws IOException {
    assertThat(statusFor("/metrics", host)).isEqualTo(status);
    assertThat(statusFor("/livez", host)).isEqualTo("200");
  }

  @Test
  void answer_anyOrigin_allowsNoOtherSite() {
    Answer answer = gateway.get("/api/v1/zones", "Origin", "https://evil.example");
    assertThat(answer.header("Access-Control-Allow-Origin")).isEmpty();
    assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
    assertThat(answer.header("Server")).isEmpty();
  }

  @Test
  void metrics_scrape_showsEveryOutcomeOfEveryZoneEvenAtZero() {
    gateway.devices.device("lan").setOutcome(Outcome.IN_REPLAYED, 3);
    String text = gateway.get("/metrics", "Authorization", "none").text();
    for (String zone : List.of("main", "admins", "members", "lan", "guests")) {
      for (Outcome outcome : Outcome.values()) {
        long count = zone.equals("lan") && outcome == Outcome.IN_REPLAYED ? 3 : 0;
        assertThat(text)
            .contains(
                "wiregate_packets_total{outcome=\"%s\",zone=\"%s\"} %d.0"
                    .formatted(outcome.name().toLowerCase(Locale.ROOT), zone, count));
      }
    }
    assertThat(text).contains("wiregate_database_up 1.0").contains("jvm_memory_used_bytes");
  }

  @Test
  void openApi_paths_areTheRoutes() {
    Metrics metrics = new Metrics();
    Set<String> routes = new HashSet<>();
    try (ApiServer server =
        ApiServer.start(
            new ListenAddress(IpAddress.parse("127.0.0.1"), 0),
            List.of(),
            new BouncyCastleX25519(),
            metrics)) {
      server.routes().forEach(route -> routes.add(route.method().name() + " " + route.path()));
    }
    metrics.close();
    Set<String> described = new HashSet<>();
    JsonNode document = gateway.get("/openapi.json").json();
    assertThat(document.path("openapi").asString()).startsWith("3.1");
    for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
      for (String key : path.getValue().propertyNames()) {
        if (!key.equals("parameters")) {
          described.add(key.toUpperCase(Locale.ROOT) + " " + path.getKey());
        }
      }
    }
    assertThat(described).isEqualTo(routes);
  }

  @Test
  void openApi_peer_hasTheFieldsThatAreAnswered() {
    JsonNode document = gateway.get("/openapi.json").json();
    Answer created =
        gateway.post("/api/v1/peers?config=true", "{\"name\":\"x\",\"zone\":\"members\"}");
    JsonNode peer = document.path("components").path("schemas").path("Peer").path("properties");
    assertThat(Set.copyOf(created.json().propertyNames()))
        .isEqualTo(Set.copyOf(peer.propertyNames()));
    JsonNode zone = document.path("components").path("schemas").path("Zone").path("properties");
    assertThat(
            Set.copyOf(gateway.get("/api/v1/zones").json().path("items").path(0).propertyNames()))
        .isEqualTo(Set.copyOf(zone.propertyNames()));
  }

  @Test
  void start_portInUse_namesWhoHoldsIt() throws IOException {
    try (ServerSocket holder = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Metrics metrics = new Metrics()) {
      ListenAddress listen = new ListenAddress(IpAddress.parse("127.0.0.1"), holder.getLocalPort());
      assertThatThrownBy(
              () -> ApiServer.start(listen, List.of(), new BouncyCastleX25519(), metrics))
          .isInstanceOf(ApiException.class)
          .hasMessageContaining("process " + ProcessHandle.current().pid());
    }
  }
}
