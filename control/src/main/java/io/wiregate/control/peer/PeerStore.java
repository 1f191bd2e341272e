package io.wiregate.control.peer;

import io.wiregate.control.secret.Sealed;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.os.net.IpAddress;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// The table of peers.
public final class PeerStore {
  private static final JsonMapper JSON = JsonMapper.shared();

  private static final String PEER =
      """
      SELECT p.id, p.zone_id, p.name, p.public_key, p.preshared_key IS NOT NULL AS has_preshared_key,
             ARRAY(SELECT host(a.address) FROM peer_addresses a WHERE a.peer_id = p.id
                   ORDER BY family(a.address)) AS addresses,
             p.enabled, p.notes, p.labels::text AS labels, p.created_at, p.updated_at, p.version
      FROM peers p
      """;

  private static final String STORED_PEER =
      """
      SELECT p.id, p.zone_id, p.public_key, p.enabled, p.preshared_key, p.preshared_key_id,
             ARRAY(SELECT host(a.address) FROM peer_addresses a WHERE a.peer_id = p.id
                   ORDER BY family(a.address)) AS addresses
      FROM peers p
      """;

  /// Which peers, and where to go on.
  ///
  /// @param query part of the name or the notes, or the beginning of a key or an address
  /// @param name the whole name
  /// @param after the id of the last one seen
  public record Filter(
      @Nullable Short zone,
      @Nullable String query,
      @Nullable String name,
      @Nullable UUID after,
      int limit) {}

  void insert(Handle handle, UUID id, short zone, NewPeer peer, @Nullable Sealed presharedKey) {
    handle
        .createUpdate(
            """
            INSERT INTO peers (id, zone_id, name, public_key, preshared_key, preshared_key_id,
                               enabled, notes, labels)
            VALUES (:id, :zone, :name, :publicKey, :presharedKey, :presharedKeyId,
                    :enabled, :notes, :labels::jsonb)
            """)
        .bind("id", id)
        .bind("zone", zone)
        .bind("name", peer.name())
        .bind("publicKey", peer.publicKey().toBytes())
        .bind("presharedKey", presharedKey == null ? null : presharedKey.bytes())
        .bind("presharedKeyId", presharedKey == null ? null : presharedKey.keyId())
        .bind("enabled", peer.enabled())
        .bind("notes", peer.notes())
        .bind("labels", JSON.writeValueAsString(peer.labels()))
        .execute();
  }

  public Optional<Peer> find(Handle handle, UUID id) {
    return handle
        .createQuery(PEER + "WHERE p.id = :id")
        .bind("id", id)
        .map((result, context) -> peer(result))
        .findOne();
  }

  /// Ordered by id.
  public List<Peer> list(Handle handle, Filter filter) {
    StringBuilder where = new StringBuilder("WHERE true");
    if (filter.zone != null) {
      where.append(" AND p.zone_id = :zone");
    }
    if (filter.name != null) {
      where.append(" AND p.name = :name");
    }
    if (filter.after != null) {
      where.append(" AND p.id > :after");
    }
    if (filter.query != null) {
      where.append(
          """
           AND (p.name ILIKE :part OR p.notes ILIKE :part
                OR encode(p.public_key, 'base64') LIKE :beginning
                OR EXISTS (SELECT FROM peer_addresses a
                           WHERE a.peer_id = p.id AND host(a.address) LIKE :beginning))
          """);
    }
    Query query = handle.createQuery(PEER + where + " ORDER BY p.id LIMIT :limit");
    if (filter.query != null) {
      String escaped = filter.query.replaceAll("([\\\\%_])", "\\\\$1");
      query.bind("part", "%" + escaped + "%").bind("beginning", escaped + "%");
    }
    return query
        .bind("zone", filter.zone)
        .bind("name", filter.name)
        .bind("after", filter.after)
        .bind("limit", filter.limit)
        .configure(
            org.jdbi.v3.core.statement.SqlStatements.class,
            statements -> statements.setUnusedBindingAllowed(true))
        .map((result, context) -> peer(result))
        .list();
  }

  /// Locks the peer until the transaction ends.
  Optional<Long> lock(Handle handle, UUID id) {
    return handle
        .createQuery("SELECT version FROM peers WHERE id = :id FOR UPDATE")
        .bind("id", id)
        .mapTo(Long.class)
        .findOne();
  }

  /// @param presharedKey null leaves it unless `takePresharedKey`
  void update(
      Handle handle,
      UUID id,
      PeerChange change,
      @Nullable Sealed presharedKey,
      boolean takePresharedKey) {
    PublicKey publicKey = change.publicKey();
    Map<String, String> labels = change.labels();
    handle
        .createUpdate(
            """
            UPDATE peers SET
              name = coalesce(:name, name),
              public_key = coalesce(:publicKey, public_key),
              preshared_key = CASE WHEN :take THEN NULL ELSE coalesce(:presharedKey, preshared_key) END,
              preshared_key_id =
                CASE WHEN :take THEN NULL ELSE coalesce(:presharedKeyId, preshared_key_id) END,
              enabled = coalesce(:enabled, enabled),
              notes = coalesce(:notes, notes),
              labels = coalesce(:labels::jsonb, labels),
              updated_at = now(),
              version = version + 1
            WHERE id = :id
            """)
        .bind("id", id)
        .bind("name", change.name())
        .bind("publicKey", publicKey == null ? null : publicKey.toBytes())
        .bind("take", takePresharedKey)
        .bind("presharedKey", presharedKey == null ? null : presharedKey.bytes())
        .bind("presharedKeyId", presharedKey == null ? null : presharedKey.keyId())
        .bind("enabled", change.enabled())
        .bind("notes", change.notes())
        .bind("labels", labels == null ? null : JSON.writeValueAsString(labels))
        .execute();
  }

  void delete(Handle handle, UUID id) {
    handle.createUpdate("DELETE FROM peers WHERE id = :id").bind("id", id).execute();
  }

  public Optional<StoredPeer> findStored(Handle handle, UUID id) {
    return handle
        .createQuery(STORED_PEER + "WHERE p.id = :id")
        .bind("id", id)
        .map((result, context) -> storedPeer(result))
        .findOne();
  }

  public List<StoredPeer> listStored(Handle handle) {
    return handle
        .createQuery(STORED_PEER + "WHERE p.enabled")
        .setFetchSize(1000)
        .map((result, context) -> storedPeer(result))
        .list();
  }

  private static Peer peer(ResultSet result) throws SQLException {
    return new Peer(
        result.getObject("id", UUID.class),
        result.getShort("zone_id"),
        result.getString("name"),
        PublicKey.of(result.getBytes("public_key")),
        result.getBoolean("has_preshared_key"),
        addresses(result),
        result.getBoolean("enabled"),
        result.getString("notes"),
        JSON.readValue(
            result.getString("labels"), new TypeReference<LinkedHashMap<String, String>>() {}),
        result.getTimestamp("created_at").toInstant(),
        result.getTimestamp("updated_at").toInstant(),
        result.getLong("version"));
  }

  private static StoredPeer storedPeer(ResultSet result) throws SQLException {
    byte[] presharedKey = result.getBytes("preshared_key");
    return new StoredPeer(
        result.getObject("id", UUID.class),
        result.getShort("zone_id"),
        PublicKey.of(result.getBytes("public_key")),
        result.getBoolean("enabled"),
        presharedKey == null
            ? null
            : new Sealed(result.getString("preshared_key_id"), presharedKey),
        addresses(result));
  }

  private static List<IpAddress> addresses(ResultSet result) throws SQLException {
    List<IpAddress> addresses = new ArrayList<>();
    for (String text : (String[]) result.getArray("addresses").getArray()) {
      addresses.add(IpAddress.parse(text));
    }
    return List.copyOf(addresses);
  }
}
