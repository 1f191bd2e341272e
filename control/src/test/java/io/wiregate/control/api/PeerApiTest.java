package io.wiregate.control.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.control.TestGateway;
import io.wiregate.control.TestGateway.Answer;
import io.wiregate.control.gateway.PeerSnapshot;
import io.wiregate.dataplane.noise.BouncyCastleX25519;
import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.dataplane.noise.PublicKey;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// One appliance for all: each test's peers have names of their own.
@SuppressWarnings("NullAway.Init")
final class PeerApiTest {
  private static final String PEERS = "/api/v1/peers";
  private static final String KEY = "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=";
  private static final AtomicInteger count = new AtomicInteger();
  private static TestGateway gateway;

  @BeforeAll
  static void start() {
    gateway =
        new TestGateway(
            Map.of(
                "WIREGATE_ZONES_LAN_NETWORK4", "10.93.0.0/30", "WIREGATE_API_HOSTS", "vpn.corp"));
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static String newName() {
    return "peer " + count.incrementAndGet();
  }

  private static String newKey() {
    try (PrivateKey key = PrivateKey.generate(new SecureRandom(), new BouncyCastleX25519())) {
      return key.publicKey().toBase64();
    }
  }

  private static String body(String name, String zone, String key) {
    return "{\"name\":\"%s\",\"zone\":\"%s\",\"publicKey\":\"%s\"}".formatted(name, zone, key);
  }

  private static Answer create(String zone) {
    Answer answer = gateway.post(PEERS, body(newName(), zone, newKey()));
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    return answer;
  }

  private static String path(Answer created) {
    return PEERS + "/" + created.json().path("id").asString();
  }

  @Test
  void post_peer_isStoredAndAtTheDataPlaneAtOnce() {
    String key = newKey();
    Answer answer = gateway.post(PEERS, body("alice", "members", key));
    assertThat(answer.status()).isEqualTo(201);
    assertThat(answer.header("Location")).isEqualTo(path(answer));
    assertThat(gateway.devices.device("members").peers()).containsKey(PublicKey.parse(key));
    JsonNode peer = answer.json();
    assertThat(peer.path("name").asString()).isEqualTo("alice");
    assertThat(peer.path("zone").asString()).isEqualTo("members");
    assertThat(peer.path("publicKey").asString()).isEqualTo(key);
    assertThat(peer.path("addresses")).hasSize(2);
    assertThat(peer.path("enabled").asBoolean()).isTrue();
    assertThat(peer.has("privateKey")).isFalse();
    assertThat(gateway.get(path(answer)).json()).isEqualTo(peer);
  }

  @Test
  void post_withoutKey_answersAPrivateKeyOnceAndStoresNone() {
    Answer answer =
        gateway.post(PEERS, "{\"name\":\"%s\",\"zone\":\"members\"}".formatted(newName()));
    String privateKey = answer.json().path("privateKey").asString();
    try (PrivateKey made = PrivateKey.parse(privateKey, new BouncyCastleX25519())) {
      assertThat(made.publicKey().toBase64()).isEqualTo(answer.json().path("publicKey").asString());
    }
    assertThat(gateway.get(path(answer)).text()).doesNotContain(privateKey);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'zone':'members'} | 422 | name",
        "{'name':'x'} | 422 | zone",
        "{'name':5,'zone':'members'} | 422 | name",
        "{'name':null,'zone':'members'} | 422 | name",
        "{'name':'a\\u0000b','zone':'members'} | 422 | name",
        "{'name':'x','zone':'nowhere'} | 422 | zone",
        "{'name':'x','zone':'members','publicKey':'short'} | 422 | publicKey",
        "{'name':'x','zone':'members','publicKey':'HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykx='} | 422 | publicKey",
        "{'name':'x','zone':'members','publicKey':'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='} | 422 | publicKey",
        "{'name':'x','zone':'members','presharedKey':'x'} | 422 | presharedKey",
        "{'name':'x','zone':'members','enabled':'yes'} | 422 | enabled",
        "{'name':'x','zone':'members','labels':{'a':1}} | 422 | labels",
        "{'name':'x','zone':'members','labels':[]} | 422 | labels",
        "{'name':'x','zone':'members','addresses':'10.92.0.9'} | 422 | addresses",
        "{'name':'x','zone':'members','addresses':['10.92.0']} | 422 | addresses",
        "{'name':'x','zone':'members','addresses':['10.1.0.9']} | 422 | addresses",
        "{'name':'x','zone':'members','adresses':[]} | 422 | adresses",
        "{'name':'x','name':'y','zone':'members'} | 400 | ''",
        "[] | 400 | ''",
        "{ | 400 | ''",
        "{} {} | 400 | ''"
      })
  void post_badBody_namesTheField(String body, int status, String field) {
    Answer answer = gateway.post(PEERS, body.replace('\'', '"'));
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    assertThat(answer.header("Content-Type")).startsWith("application/problem+json");
    assertThat(answer.field()).isEqualTo(field);
    assertThat(answer.json().path("detail").asString()).isNotBlank();
  }

  @Test
  void post_secretAtFault_isNotShown() {
    String almost = KEY.substring(0, 40);
    Answer answer =
        gateway.post(
            PEERS,
            "{\"name\":\"x\",\"zone\":\"members\",\"presharedKey\":\"%s\"}".formatted(almost));
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.text()).doesNotContain(almost);
  }

  @Test
  void post_oversizedOrOtherType_isRefused() {
    String large = "{\"name\":\"" + "a".repeat(70_000) + "\"}";
    assertThat(gateway.post(PEERS, large).status()).isEqualTo(413);
    assertThat(gateway.post(PEERS, "{}", "Content-Type", "text/plain").status()).isEqualTo(415);
  }

  @Test
  void post_duplicate_answers409NamingTheField() {
    String name = newName();
    String key = newKey();
    gateway.post(PEERS, body(name, "members", key));
    Answer sameName = gateway.post(PEERS, body(name, "members", newKey()));
    assertThat(sameName.status()).isEqualTo(409);
    assertThat(sameName.field()).isEqualTo("name");
    Answer sameKey = gateway.post(PEERS, body(newName(), "members", key));
    assertThat(sameKey.status()).isEqualTo(409);
    assertThat(sameKey.field()).isEqualTo("publicKey");
  }

  @Test
  void post_zoneFull_answers409AndIsCounted() {
    create("lan");
    Answer full = gateway.post(PEERS, body(newName(), "lan", newKey()));
    assertThat(full.status()).isEqualTo(409);
    assertThat(full.json().path("type").asString()).isEqualTo("urn:wiregate:problem:zone-full");
    assertThat(gateway.get("/metrics").text())
        .contains("wiregate_addresses_exhausted_total{zone=\"lan\"} 1.0");
  }

  @Test
  void post_sameIdempotencyKey_hasTheEffectOfOne() {
    String body = "{\"name\":\"%s\",\"zone\":\"members\"}".formatted(newName());
    Answer first = gateway.post(PEERS, body, "Idempotency-Key", "k1");
    Answer again = gateway.post(PEERS, body, "Idempotency-Key", "k1");
    assertThat(again.status()).isEqualTo(201);
    assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
    assertThat(again.header("Location")).isEqualTo(first.header("Location"));
    assertThat(again.header("ETag")).isEqualTo(first.header("ETag"));
    assertThat(again.json().path("id")).isEqualTo(first.json().path("id"));
    assertThat(first.json().has("privateKey")).isTrue();
    assertThat(again.json().has("privateKey")).isFalse();
    Answer other =
        gateway.post(PEERS, body(newName(), "members", newKey()), "Idempotency-Key", "k1");
    assertThat(other.status()).isEqualTo(422);
  }

  @Test
  void post_sameIdempotencyKeyAtOnce_makesOnePeer() throws Exception {
    String body = body(newName(), "members", newKey());
    Callable<Answer> work = () -> gateway.post(PEERS, body, "Idempotency-Key", "k2");
    List<String> ids = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (var done : threads.invokeAll(List.of(work, work, work, work))) {
        assertThat(done.get().status()).isEqualTo(201);
        ids.add(done.get().json().path("id").asString());
      }
    }
    assertThat(ids).hasSize(4).containsOnly(ids.getFirst());
  }

  @Test
  void post_failedWithIdempotencyKey_canBeRepeatedRight() {
    assertThat(gateway.post(PEERS, "{\"name\":\"x\"}", "Idempotency-Key", "k3").status())
        .isEqualTo(422);
    assertThat(
            gateway
                .post(PEERS, body(newName(), "members", newKey()), "Idempotency-Key", "k3")
                .status())
        .isEqualTo(201);
  }

  @Test
  void patch_fields_changesThoseOnly() {
    Answer created = create("members");
    String name = newName();
    Answer changed =
        gateway.patch(
            path(created),
            "{\"name\":\"%s\",\"notes\":\"a\\nb\",\"labels\":{\"team\":\"x\"}}".formatted(name),
            "Content-Type",
            "application/merge-patch+json");
    assertThat(changed.status()).as(changed.text()).isEqualTo(200);
    assertThat(changed.json().path("name").asString()).isEqualTo(name);
    assertThat(changed.json().path("labels").path("team").asString()).isEqualTo("x");
    assertThat(changed.json().path("addresses")).isEqualTo(created.json().path("addresses"));
    assertThat(gateway.patch(path(created), "{\"labels\":null}").json().path("labels")).isEmpty();
  }

  @Test
  void patch_enabledAndKey_reachTheDataPlane() {
    Answer created = create("members");
    PublicKey key = PublicKey.parse(created.json().path("publicKey").asString());
    gateway.patch(path(created), "{\"enabled\":false}");
    assertThat(gateway.devices.device("members").peers()).doesNotContainKey(key);
    gateway.patch(path(created), "{\"enabled\":true}");
    assertThat(gateway.devices.device("members").peers()).containsKey(key);
    PublicKey rotated = PublicKey.parse(newKey());
    gateway.patch(path(created), "{\"publicKey\":\"" + rotated + "\"}");
    assertThat(gateway.devices.device("members").peers())
        .doesNotContainKey(key)
        .containsKey(rotated);
  }

  @Test
  void patch_zoneOrUnknownField_isRefused() {
    Answer created = create("members");
    assertThat(gateway.patch(path(created), "{\"zone\":\"guests\"}").field()).isEqualTo("zone");
    assertThat(gateway.patch(path(created), "{\"name\":null}").field()).isEqualTo("name");
  }

  @Test
  void ifMatch_ofAnOlderVersion_answers412() {
    Answer created = create("members");
    String tag = created.header("ETag");
    assertThat(gateway.patch(path(created), "{\"notes\":\"1\"}", "If-Match", tag).status())
        .isEqualTo(200);
    assertThat(gateway.patch(path(created), "{\"notes\":\"2\"}", "If-Match", tag).status())
        .isEqualTo(412);
    assertThat(gateway.delete(path(created), "If-Match", tag).status()).isEqualTo(412);
    assertThat(gateway.delete(path(created), "If-Match", "nonsense").status()).isEqualTo(400);
    assertThat(gateway.delete(path(created), "If-Match", "*").status()).isEqualTo(204);
  }

  @Test
  void ifNoneMatch_ofThisVersion_answers304() {
    Answer created = create("members");
    assertThat(gateway.get(path(created), "If-None-Match", created.header("ETag")).status())
        .isEqualTo(304);
  }

  @Test
  void delete_peer_isGoneEverywhere() {
    Answer created = create("members");
    PublicKey key = PublicKey.parse(created.json().path("publicKey").asString());
    assertThat(gateway.delete(path(created)).status()).isEqualTo(204);
    assertThat(gateway.devices.device("members").peers()).doesNotContainKey(key);
    assertThat(gateway.get(path(created)).status()).isEqualTo(404);
    assertThat(gateway.delete(path(created)).status()).isEqualTo(404);
    assertThat(gateway.get(PEERS + "/not-an-id").status()).isEqualTo(404);
  }

  @Test
  void list_pages_showEveryPeerOnceInOrder() {
    List<String> made = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      made.add(create("guests").json().path("id").asString());
    }
    List<String> seen = new ArrayList<>();
    JsonNode page = gateway.get(PEERS + "?zone=guests&limit=2").json();
    page.path("items").forEach(peer -> seen.add(peer.path("id").asString()));
    while (page.has("next")) {
      page =
          gateway.get(PEERS + "?zone=guests&limit=2&after=" + page.path("next").asString()).json();
      page.path("items").forEach(peer -> seen.add(peer.path("id").asString()));
    }
    assertThat(seen).isEqualTo(made);
  }

  @Test
  void list_query_findsByNameKeyAndAddress() {
    Answer created = gateway.post(PEERS, body("Zoë_x (1)", "admins", newKey()));
    gateway.post(PEERS, body("Zoë x (2)", "admins", newKey()));
    JsonNode peer = created.json();
    String key = peer.path("publicKey").asString().substring(0, 10);
    for (String query : List.of("zoë_", "(1)", key, peer.path("addresses").path(0).asString())) {
      String encoded = URLEncoder.encode(query, StandardCharsets.UTF_8);
      JsonNode items = gateway.get(PEERS + "?q=" + encoded).json().path("items");
      assertThat(items).as(query).hasSize(1);
      assertThat(items.path(0).path("id")).isEqualTo(peer.path("id"));
    }
    assertThat(gateway.get(PEERS + "?q=%25").json().path("items")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "limit=0, limit",
    "limit=501, limit",
    "limit=x, limit",
    "after=x, after",
    "zone=x, zone",
    "zne=members, zne",
    "q=a&q=b, q"
  })
  void list_badParameter_isNamed(String query, String field) {
    Answer answer = gateway.get(PEERS + "?" + query);
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.field()).isEqualTo(field);
  }

  @Test
  void config_ofAPeer_isForWgQuickWithoutThePrivateKey() {
    Answer created = create("members");
    Answer config = gateway.get(path(created) + "/config");
    String zoneKey = gateway.devices.device("members").spec().privateKey().publicKey().toBase64();
    JsonNode addresses = created.json().path("addresses");
    assertThat(config.header("Content-Type")).startsWith("text/plain");
    assertThat(config.text())
        .isEqualTo(
            """
            # %s, zone members
            [Interface]
            # PrivateKey = (the key that only this device has)
            Address = %s/32, %s/128
            MTU = 1420

            [Peer]
            PublicKey = %s
            AllowedIPs = 0.0.0.0/0, ::/0
            Endpoint = vpn.example:4431
            PersistentKeepalive = 25
            """
                .formatted(
                    created.json().path("name").asString(),
                    addresses.path(0).asString(),
                    addresses.path(1).asString(),
                    zoneKey));
    assertThat(gateway.get(path(created) + "/config?endpoint=2001:db8::1").text())
        .contains("Endpoint = [2001:db8::1]:4431\n");
    assertThat(gateway.get(path(created) + "/config?endpoint=a%0Ab").field()).isEqualTo("endpoint");
  }

  @Test
  void post_withConfig_answersWhatGetAnswers() {
    Answer created =
        gateway.post(
            PEERS + "?config=true&endpoint=gw.example", body(newName(), "members", newKey()));
    assertThat(created.status()).isEqualTo(201);
    assertThat(created.json().path("config").asString())
        .contains("Endpoint = gw.example:4431\n")
        .isEqualTo(gateway.get(path(created) + "/config?endpoint=gw.example").text());
    assertThat(gateway.get(path(created)).json().has("config")).isFalse();
  }

  @Test
  void post_withConfigAndServersKey_answersAWholeConfiguration() {
    String body = "{\"name\":\"%s\",\"zone\":\"members\"}".formatted(newName());
    JsonNode peer = gateway.post(PEERS + "?config=true", body).json();
    assertThat(peer.path("config").asString())
        .contains("\nPrivateKey = " + peer.path("privateKey").asString() + "\n")
        .doesNotContain("# PrivateKey");
  }

  @Test
  void post_withConfigThatCannotBe_createsNoPeer() {
    String name = newName();
    for (String query : List.of("config=true&endpoint=a%20b", "config=maybe", "conf=true")) {
      Answer refused = gateway.post(PEERS + "?" + query, body(name, "members", newKey()));
      assertThat(refused.status()).isEqualTo(422);
    }
    assertThat(
            gateway
                .get(PEERS + "?name=" + URLEncoder.encode(name, StandardCharsets.UTF_8))
                .json()
                .path("items"))
        .isEmpty();
  }

  @Test
  void config_withPresharedKey_holdsIt() {
    Answer created =
        gateway.post(
            PEERS,
            "{\"name\":\"%s\",\"zone\":\"main\",\"presharedKey\":\"%s\"}"
                .formatted(newName(), KEY));
    assertThat(created.text()).doesNotContain(KEY);
    assertThat(created.json().path("hasPresharedKey").asBoolean()).isTrue();
    assertThat(gateway.get(path(created) + "/config").text())
        .contains("PresharedKey = " + KEY)
        .contains("AllowedIPs = 10.90.0.0/16, fd");
    gateway.patch(path(created), "{\"presharedKey\":null}");
    assertThat(gateway.get(path(created) + "/config").text()).doesNotContain("PresharedKey");
  }

  @Test
  void stats_ofAPeer_areTheDataPlanes() {
    Answer created = create("members");
    assertThat(gateway.get(path(created) + "/stats").json().path("connected").asBoolean())
        .isFalse();
    gateway
        .devices
        .device("members")
        .setFigures(
            PublicKey.parse(created.json().path("publicKey").asString()),
            new PeerSnapshot(5, 7, Instant.now(), "192.0.2.7:5555"));
    JsonNode stats = gateway.get(path(created) + "/stats").json();
    assertThat(stats.path("connected").asBoolean()).isTrue();
    assertThat(stats.path("receivedBytes").asLong()).isEqualTo(5);
    assertThat(stats.path("sentBytes").asLong()).isEqualTo(7);
    assertThat(stats.path("endpoint").asString()).isEqualTo("192.0.2.7:5555");
  }
}
