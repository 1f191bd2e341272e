package io.wiregate.control.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wiregate.control.config.Configuration;
import io.wiregate.control.config.ConfigurationReader;
import io.wiregate.control.database.DatabaseException;
import io.wiregate.control.peer.PeerFixture;
import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.dataplane.noise.PublicKey;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ZoneStoreTest {
  private final PeerFixture fixture = new PeerFixture(Map.of());

  @AfterEach
  void close() {
    fixture.close();
  }

  private static Configuration with(String variable, String value) {
    return ConfigurationReader.read(null, Map.of(variable, value), Map.of());
  }

  private static List<PublicKey> keys(ZoneStore.Prepared prepared) {
    return prepared.zones().stream().map(Zone::publicKey).toList();
  }

  @Test
  void prepare_again_findsTheSameKeysAndNetworks() {
    ZoneStore.Prepared again = fixture.prepare(fixture.configuration);
    assertThat(fixture.prepared.created()).isTrue();
    assertThat(again.created()).isFalse();
    assertThat(keys(again)).isEqualTo(keys(fixture.prepared)).doesNotHaveDuplicates();
    assertThat(again.zones()).isEqualTo(fixture.prepared.zones());
    for (Zone zone : again.zones()) {
      PrivateKey key = Objects.requireNonNull(again.privateKeys().get(zone.id()));
      assertThat(key.publicKey()).isEqualTo(zone.publicKey());
      assertThat(zone.network6().toString()).startsWith("fd").endsWith("::/64");
    }
  }

  @Test
  void privateKeys_inTheDatabase_areNotInClear() {
    List<byte[]> stored =
        fixture.database.with(handle ->
            handle.createQuery("SELECT private_key FROM zones").mapTo(byte[].class).list());
    for (PrivateKey key : fixture.prepared.privateKeys().values()) {
      String clear = Arrays.toString(key.toBytes()).replaceAll("[\\[\\]]", "");
      assertThat(stored).hasSize(5).noneMatch(bytes -> Arrays.toString(bytes).contains(clear));
    }
  }

  @Test
  void prepare_keyFileMissing_isRefusedAndMakesNone() throws IOException {
    Files.delete(fixture.directory.resolve("zone.key"));
    assertThatThrownBy(() -> fixture.prepare(fixture.configuration))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("zone.key");
    assertThat(fixture.directory.resolve("zone.key")).doesNotExist();
  }

  @Test
  void prepare_anotherKeyFile_isRefused() throws IOException {
    Files.writeString(
        fixture.directory.resolve("zone.key"), Base64.getEncoder().encodeToString(new byte[32]));
    assertThatThrownBy(() -> fixture.prepare(fixture.configuration))
        .hasMessageContaining("zone-key-file");
  }

  @Test
  void prepare_networkMoves_onlyWhileTheZoneIsEmpty() {
    Configuration moved = with("WIREGATE_ZONES_MEMBERS_NETWORK4", "10.80.0.0/24");
    fixture.create("members", "alice");
    assertThatThrownBy(() -> fixture.prepare(moved))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("zones.members");
    Configuration other = with("WIREGATE_ZONES_GUESTS_NETWORK4", "10.80.0.0/24");
    assertThat(fixture.prepare(other).zones().getLast().network4()).hasToString("10.80.0.0/24");
  }

  @Test
  void prepare_portChanges_keepsTheKey() {
    ZoneStore.Prepared changed = fixture.prepare(with("WIREGATE_ZONES_MAIN_PORT", "555"));
    assertThat(changed.zones().getFirst().port()).isEqualTo(555);
    assertThat(keys(changed)).isEqualTo(keys(fixture.prepared));
  }

  @Test
  void prepare_byTwoNodesAtOnce_givesOneSetOfKeys() throws Exception {
    fixture.database.with(
        handle -> handle.execute("TRUNCATE zones, address_pools, installation CASCADE"));
    Callable<List<PublicKey>> node = () -> keys(fixture.prepare(fixture.configuration));
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      var results = threads.invokeAll(List.of(node, node));
      assertThat(results.getFirst().get()).isEqualTo(results.getLast().get());
    }
  }
}
