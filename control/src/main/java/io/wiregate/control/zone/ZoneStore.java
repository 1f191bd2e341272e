package io.wiregate.control.zone;

import io.wiregate.control.config.ZoneSettings;
import io.wiregate.control.database.Database;
import io.wiregate.control.database.DatabaseException;
import io.wiregate.control.secret.Sealed;
import io.wiregate.control.secret.SealingKey;
import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.os.crypto.X25519;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The zones in the database: the first start of an installation makes their keys and networks,
/// every later one brings them in line with the settings.
public final class ZoneStore {
  private static final Logger log = LoggerFactory.getLogger(ZoneStore.class);

  /// Nodes that start together take turns; the number is only ours ("wg").
  private static final long ADVISORY_LOCK = 0x7767_0001L;

  private final SecureRandom random = new SecureRandom();
  private final X25519 x25519;
  private final Path keyFile;

  public ZoneStore(X25519 x25519, Path keyFile) {
    this.x25519 = x25519;
    this.keyFile = keyFile;
  }

  /// What a node needs of the store.
  ///
  /// @param keys opens and seals secrets of zones and peers
  /// @param created whether this call made the installation
  public record Prepared(
      UUID installation,
      List<Zone> zones,
      Map<Short, PrivateKey> privateKeys,
      SealingKey keys,
      boolean created) {}

  private record Row(
      short id,
      int port,
      IpPrefix network4,
      IpPrefix network6,
      int mtu,
      String interfaceName,
      PublicKey publicKey,
      Sealed privateKey) {}

  /// Makes what is missing, and brings in line what has changed.
  ///
  /// @throws DatabaseException if settings contradict what is stored
  public Prepared prepare(Database database, List<ZoneSettings> settings) {
    return database.inTransaction(handle -> prepare(handle, settings));
  }

  private Prepared prepare(Handle handle, List<ZoneSettings> settings) {
    handle.execute("SELECT pg_advisory_xact_lock(?)", ADVISORY_LOCK);
    Optional<UUID> found =
        handle.createQuery("SELECT id FROM installation").mapTo(UUID.class).findOne();
    UUID installation = found.orElseGet(() -> createInstallation(handle));
    Map<Short, Row> rows = rows(handle);
    SealingKey keys = sealingKey(rows);
    IpPrefix ula =
        IpPrefix.parse(
            handle
                .createQuery("SELECT text(ula_prefix) FROM installation")
                .mapTo(String.class)
                .one());
    List<Zone> zones = new ArrayList<>();
    for (ZoneSettings each : settings) {
      zones.add(bring(handle, each, rows.get(each.id()), network6(each, ula), keys, installation));
    }
    Map<Short, PrivateKey> privateKeys =
        rows(handle).values().stream()
            .filter(row -> settings.stream().anyMatch(each -> each.id() == row.id))
            .collect(Collectors.toMap(Row::id, row -> open(row, keys, installation)));
    return new Prepared(installation, zones, privateKeys, keys, found.isEmpty());
  }

  private UUID createInstallation(Handle handle) {
    UUID id = UUID.randomUUID();
    long fortyBits = random.nextLong() & 0xff_ffff_ffffL;
    IpPrefix ula = new IpPrefix(IpAddress.v6(0xfd00L << 48 | fortyBits << 16, 0), 48);
    handle.execute(
        "INSERT INTO installation (id, ula_prefix) VALUES (?, ?::cidr)", id, ula.toString());
    return id;
  }

  /// The key file is made once; where secrets are already sealed, only the right file will do.
  private SealingKey sealingKey(Map<Short, Row> rows) {
    return SealingKey.read(keyFile)
        .orElseGet(() -> {
          if (!rows.isEmpty()) {
            throw new DatabaseException(
                "The database holds zone keys that are sealed with a key file, but "
                    + keyFile
                    + " is missing: bring back the key file of this installation"
                    + " (zone-key-file).");
          }
          return SealingKey.generate(keyFile);
        });
  }

  private static IpPrefix network6(ZoneSettings settings, IpPrefix ula) {
    IpPrefix chosen = settings.network6();
    return chosen != null
        ? chosen
        : new IpPrefix(IpAddress.v6(ula.address().high() | settings.id(), 0), 64);
  }

  private Zone bring(
      Handle handle,
      ZoneSettings settings,
      @Nullable Row row,
      IpPrefix network6,
      SealingKey keys,
      UUID installation) {
    PublicKey publicKey;
    if (row == null) {
      publicKey = insert(handle, settings, network6, keys, installation);
    } else {
      publicKey = row.publicKey;
      update(handle, settings, row, network6);
    }
    return new Zone(
        settings.id(),
        settings.name(),
        settings.port(),
        settings.network4(),
        network6,
        settings.mtu(),
        settings.interfaceName(),
        publicKey,
        settings);
  }

  private PublicKey insert(
      Handle handle, ZoneSettings settings, IpPrefix network6, SealingKey keys, UUID installation) {
    try (PrivateKey privateKey = PrivateKey.generate(random, x25519)) {
      byte[] bytes = privateKey.toBytes();
      Sealed sealed = keys.seal(bytes, place(installation, settings.id()));
      Arrays.fill(bytes, (byte) 0);
      handle.execute(
          """
          INSERT INTO zones (id, name, port, network4, network6, mtu, interface_name,
                             public_key, private_key, private_key_id)
          VALUES (?, ?, ?, ?::cidr, ?::cidr, ?, ?, ?, ?, ?)
          """,
          settings.id(),
          settings.name(),
          settings.port(),
          settings.network4().toString(),
          network6.toString(),
          settings.mtu(),
          settings.interfaceName(),
          privateKey.publicKey().toBytes(),
          sealed.bytes(),
          sealed.keyId());
      handle.execute("INSERT INTO address_pools (zone_id) VALUES (?)", settings.id());
      return privateKey.publicKey();
    }
  }

  private static void update(Handle handle, ZoneSettings settings, Row row, IpPrefix network6) {
    boolean moves = !row.network4.equals(settings.network4()) || !row.network6.equals(network6);
    if (moves) {
      move(handle, settings, row, network6);
    }
    boolean changes =
        moves
            || row.port != settings.port()
            || row.mtu != settings.mtu()
            || !row.interfaceName.equals(settings.interfaceName());
    if (changes) {
      log.info("zone {} is brought in line with its settings", settings.name());
      handle.execute(
          """
          UPDATE zones SET port = ?, network4 = ?::cidr, network6 = ?::cidr, mtu = ?,
                           interface_name = ?, updated_at = now()
          WHERE id = ?
          """,
          settings.port(),
          settings.network4().toString(),
          network6.toString(),
          settings.mtu(),
          settings.interfaceName(),
          settings.id());
    }
  }

  /// Clients carry their addresses in their configurations, so a network moves only while it is
  /// empty.
  private static void move(Handle handle, ZoneSettings settings, Row row, IpPrefix network6) {
    int peers =
        handle
            .createQuery("SELECT count(*) FROM peers WHERE zone_id = :zone")
            .bind("zone", settings.id())
            .mapTo(Integer.class)
            .one();
    if (peers > 0) {
      throw new DatabaseException(
          "zones."
              + settings.name()
              + " has networks "
              + settings.network4()
              + " and "
              + network6
              + " in the settings, but "
              + peers
              + " peers with addresses in "
              + row.network4
              + " and "
              + row.network6
              + ": set these, or delete the peers first.");
    }
    handle.execute("DELETE FROM peer_addresses WHERE zone_id = ?", settings.id());
    handle.execute("UPDATE address_pools SET next_host = 2 WHERE zone_id = ?", settings.id());
  }

  private static Map<Short, Row> rows(Handle handle) {
    return handle
        .createQuery(
            """
            SELECT id, port, text(network4) AS network4, text(network6) AS network6, mtu,
                   interface_name, public_key, private_key, private_key_id
            FROM zones
            """)
        .map((result, context) ->
            new Row(
                result.getShort("id"),
                result.getInt("port"),
                IpPrefix.parse(result.getString("network4")),
                IpPrefix.parse(result.getString("network6")),
                result.getInt("mtu"),
                result.getString("interface_name"),
                PublicKey.of(result.getBytes("public_key")),
                new Sealed(result.getString("private_key_id"), result.getBytes("private_key"))))
        .list()
        .stream()
        .collect(Collectors.toMap(Row::id, Function.identity()));
  }

  private PrivateKey open(Row row, SealingKey keys, UUID installation) {
    byte[] bytes = keys.open(row.privateKey, place(installation, row.id));
    try {
      return PrivateKey.of(bytes, x25519);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private static String place(UUID installation, short zone) {
    return "private key of zone " + zone + " of installation " + installation;
  }
}
