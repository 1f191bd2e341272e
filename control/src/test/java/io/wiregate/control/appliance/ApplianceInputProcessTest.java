package io.wiregate.control.appliance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wiregate.control.ApplianceProcess;
import io.wiregate.os.FileDescriptor;
import io.wiregate.os.link.NetworkNamespaces;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What users get wrong, and what is not there, against the program as it is run: one sentence
/// each, and nothing half done.
@RequiresRoot
@RequiresTool({"ip", "nft", "sysctl"})
final class ApplianceInputProcessTest {
  private static final String KEY = "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=";

  private final ApplianceNode node = new ApplianceNode();

  @AfterEach
  void end() {
    node.close();
  }

  @Test
  void peerAdd_wrongOrNoRoom_isOneSentenceAndAddsNothing() throws Exception {
    ApplianceProcess appliance = node.up(Map.of("WIREGATE_ZONES_MEMBERS_NETWORK4", "10.92.0.0/30"));
    refused(2, "--public-key", "peer", "add", "a", "--zone=members", "--public-key=short");
    refused(1, "nowhere", "peer", "add", "a", "--zone=nowhere", "--endpoint=h");
    assertThat(appliance.call("GET", "/api/v1/peers", null).body()).contains("\"items\":[]");

    added("guests", KEY);
    added("members", KEY.replace("HIgo", "Higo"));
    String peers = appliance.call("GET", "/api/v1/peers", null).body();
    refused(1, "name", "peer", "add", "a", "--zone=guests", "--endpoint=h");
    refused(1, "key", "peer", "add", "b", "--zone=guests", "--endpoint=h", "--public-key=" + KEY);
    refused(1, "10.92.0.0/30", "peer", "add", "b", "--zone=members", "--endpoint=h");
    assertThat(appliance.call("GET", "/api/v1/peers", null).body()).isEqualTo(peers);
  }

  private void added(String zone, String key) throws Exception {
    ApplianceNode.Ran ran =
        node.run("peer", "add", "a", "--zone=" + zone, "--endpoint=h", "--public-key=" + key);
    assertThat(ran.status()).as(ran.said()).isZero();
  }

  /// @param status 1 for failed, 2 for wrong usage
  /// @param word what the sentence must name
  private void refused(int status, String word, String... arguments) throws Exception {
    ApplianceNode.Ran ran = node.run(arguments);
    assertThat(ran.status()).as(ran.said()).isEqualTo(status);
    ApplianceNode.assertOneSentence(ran.said());
    assertThat(ran.said()).contains(word);
  }

  @Test
  void up_databaseOutOfReach_waitsAndSaysForWhatAndEndsWhenAsked() throws Exception {
    ApplianceProcess appliance =
        node.start(
            Map.of(
                "WIREGATE_DATABASE_URL", "jdbc:postgresql://127.0.0.1:1/wiregate",
                "WIREGATE_DATABASE_USER", "wiregate",
                "WIREGATE_DATABASE_PASSWORD", "secret-of-the-test"));
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptionsMatching(e -> e.getCause() instanceof ConnectException)
        .until(() -> readiness() == 503);
    await().atMost(Duration.ofSeconds(30)).until(() -> appliance.said().contains("127.0.0.1:1"));
    assertThat(appliance.process.isAlive()).isTrue();

    appliance.process.destroy();
    assertThat(appliance.awaitEnd()).isZero();
    assertThat(appliance.said()).doesNotContain("secret-of-the-test", "Exception");
    node.assertNothingIsLeft();
  }

  /// The status of `/readyz`, which is asked without a token.
  private int readiness() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:8080/readyz")).build();
    try (FileDescriptor file = NetworkNamespaces.open(node.namespace.path())) {
      return NetworkNamespaces.call(file, () -> status(request));
    }
  }

  private static int status(HttpRequest request) {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request, BodyHandlers.discarding()).statusCode();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }
}
