package io.wiregate.control.peer;

import io.wiregate.control.config.Configuration;
import io.wiregate.control.config.ConfigurationReader;
import io.wiregate.control.database.Database;
import io.wiregate.control.database.Migrations;
import io.wiregate.control.database.TestDatabase;
import io.wiregate.control.zone.ZoneStore;
import io.wiregate.dataplane.noise.BouncyCastleX25519;
import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.os.crypto.X25519;
import io.wiregate.os.net.IpAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// An installation in a database of its own.
public final class PeerFixture implements AutoCloseable {
  public final X25519 x25519 = new BouncyCastleX25519();
  public final Path directory = TestDatabase.newDirectory();
  public final String url = TestDatabase.newUrl();
  public final Database database = TestDatabase.open(url);
  public final Configuration configuration;
  public final ZoneStore.Prepared prepared;
  public final Peers peers;
  private final SecureRandom random = new SecureRandom();

  /// @param settings as in the environment
  public PeerFixture(Map<String, String> settings) {
    Migrations.run(database);
    configuration = ConfigurationReader.read(null, settings, Map.of());
    prepared = prepare(configuration);
    peers = new Peers(prepared.zones(), prepared.keys(), x25519, configuration.addressQuarantine());
  }

  public ZoneStore.Prepared prepare(Configuration settings) {
    return new ZoneStore(x25519, directory.resolve("zone.key")).prepare(database, settings.zones());
  }

  public PublicKey newKey() {
    try (PrivateKey key = PrivateKey.generate(random, x25519)) {
      return key.publicKey();
    }
  }

  public NewPeer newPeer(String zone, String name, String... addresses) {
    return new NewPeer(
        zone,
        name,
        newKey(),
        PresharedKey.none(),
        List.of(addresses).stream().map(IpAddress::parse).toList(),
        true,
        "",
        Map.of());
  }

  public Peer create(String zone, String name, String... addresses) {
    return create(newPeer(zone, name, addresses));
  }

  public Peer create(NewPeer peer) {
    return database.inTransaction(handle -> peers.create(handle, peer));
  }

  public void delete(UUID id) {
    database.inTransaction(handle -> {
      peers.delete(handle, id, null);
      return true;
    });
  }

  @Override
  public void close() {
    database.close();
    TestDatabase.delete(directory);
  }
}
