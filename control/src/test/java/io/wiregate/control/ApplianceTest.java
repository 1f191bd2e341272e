package io.wiregate.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.wiregate.control.database.EmbeddedPostgres;
import io.wiregate.control.database.TestDatabase;
import io.wiregate.control.state.StateException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

final class ApplianceTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @Test
  void database_awayLater_degradesAndHeals() {
    Path directory = TestDatabase.newDirectory();
    TestDatabase.copyCluster(directory.resolve("postgres"));
    EmbeddedPostgres postgres = EmbeddedPostgres.start(directory.resolve("postgres"));
    try (TestGateway gateway =
        new TestGateway(Map.of("WIREGATE_DATABASE_URL", TestDatabase.urlOf(directory)))) {
      postgres.close();
      await()
          .atMost(LIMIT)
          .until(() -> gateway.get("/readyz").json().path("status").asString().equals("degraded"));
      assertThat(gateway.get("/livez").status()).isEqualTo(200);
      TestGateway.Answer away = gateway.get("/api/v1/peers");
      assertThat(away.status()).isEqualTo(503);
      assertThat(away.header("Content-Type")).startsWith("application/problem+json");
      assertThat(gateway.devices.isClosed()).isFalse();

      postgres = EmbeddedPostgres.start(directory.resolve("postgres"));
      await()
          .atMost(LIMIT)
          .until(() -> gateway.get("/readyz").json().path("status").asString().equals("ok"));
      assertThat(gateway.get("/api/v1/peers").status()).isEqualTo(200);
    } finally {
      postgres.close();
      TestDatabase.delete(directory);
    }
  }

  @Test
  void database_awayAtTheStart_isWaitedForAndSaid() {
    Path directory = TestDatabase.newDirectory();
    TestDatabase.copyCluster(directory.resolve("postgres"));
    Map<String, String> settings = Map.of("WIREGATE_DATABASE_URL", TestDatabase.urlOf(directory));
    List<String> progress = new CopyOnWriteArrayList<>();
    CompletableFuture<TestGateway> starting =
        CompletableFuture.supplyAsync(() -> new TestGateway(settings, progress));
    await()
        .atMost(LIMIT)
        .until(() -> progress.stream().anyMatch(line -> line.startsWith("waiting for the data")));
    assertThat(starting).isNotDone();
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory.resolve("postgres"));
        TestGateway gateway = starting.join()) {
      assertThat(postgres.isAdopted()).isFalse();
      assertThat(gateway.get("/startupz").status()).isEqualTo(200);
    }
    TestDatabase.delete(directory);
  }

  @Test
  void stateDirectory_inUse_isRefused() {
    try (TestGateway gateway = new TestGateway(Map.of())) {
      assertThatThrownBy(() -> new TestGateway(Map.of("WIREGATE_STATE", gateway.state.toString())))
          .isInstanceOf(StateException.class);
      assertThat(gateway.get("/readyz").status()).isEqualTo(200);
    }
  }

  @Test
  void restart_onTheSameState_keepsTokenZonesAndPeers() {
    String url = TestDatabase.newUrl();
    Path state = TestDatabase.newDirectory();
    Map<String, String> settings =
        Map.of("WIREGATE_DATABASE_URL", url, "WIREGATE_STATE", state.toString());
    String zones;
    String token;
    try (TestGateway first = new TestGateway(settings)) {
      first.post("/api/v1/peers", "{\"name\":\"alice\",\"zone\":\"members\"}");
      zones = first.get("/api/v1/zones").text();
      token = first.token();
    }
    try (TestGateway second = new TestGateway(settings)) {
      String bearer = "Bearer " + token;
      assertThat(second.get("/api/v1/zones", "Authorization", bearer).text()).isEqualTo(zones);
      assertThat(second.devices.device("members").peers()).hasSize(1);
    }
    TestDatabase.delete(state);
  }
}
