package io.wiregate.control.access;

import io.wiregate.control.database.Database;
import io.wiregate.control.peer.UuidV7;
import io.wiregate.control.state.StateDirectory;
import io.wiregate.control.state.StateException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/// Bearer tokens. A token is 256 random bits, of which the database keeps the SHA-256 only; the
/// look-up by hash leaks no part of a token by its time. Any thread.
public final class Tokens {
  private static final Pattern TOKEN = Pattern.compile("wgt_[A-Za-z0-9_-]{43}");
  private static final String BOOTSTRAP = "bootstrap";

  private final Database database;
  private final UuidV7 ids = new UuidV7();

  public Tokens(Database database) {
    this.database = database;
  }

  /// Makes the first administrator's token at the first start; later starts find it in its file.
  ///
  /// @param isOnlyNode whether nobody else's bootstrap token can be in the database, so that one
  ///   whose file was deleted ends with it
  /// @return whether the file was written by this call
  public boolean prepareBootstrap(Path file, boolean isOnlyNode) {
    Optional<String> found = StateDirectory.read(file);
    if (found.isPresent() && !TOKEN.matcher(found.get()).matches()) {
      throw new StateException(
          "The file "
              + file
              + " does not hold a token of wiregate: delete it, and the next start writes a new one.");
    }
    String token = found.orElseGet(Tokens::generate);
    byte[] hash = hash(token);
    database.inTransaction(handle -> {
      if (isOnlyNode) {
        handle.execute("DELETE FROM tokens WHERE name = ? AND hash <> ?", BOOTSTRAP, hash);
      }
      return handle.execute(
          """
          INSERT INTO tokens (id, name, hash, role) VALUES (?, ?, ?, ?)
          ON CONFLICT (hash) DO NOTHING
          """,
          ids.next(),
          BOOTSTRAP,
          hash,
          Role.ADMIN.text());
    });
    if (found.isEmpty()) {
      StateDirectory.writeSecret(file, token + "\n");
    }
    return found.isEmpty();
  }

  private static String generate() {
    byte[] bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    return "wgt_" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /// Finds out who holds a token.
  ///
  /// @throws io.wiregate.control.database.DatabaseAwayException if the database does not answer
  public Optional<Caller> authenticate(String token) {
    if (!TOKEN.matcher(token).matches()) {
      return Optional.empty();
    }
    byte[] hash = hash(token);
    return database.with(handle -> {
      Optional<Caller> caller =
          handle
              .createQuery(
                  """
                  SELECT id, name, role FROM tokens
                  WHERE hash = :hash AND (expires_at IS NULL OR expires_at > now())
                  """)
              .bind("hash", hash)
              .map((result, context) ->
                  new Caller(
                      result.getObject("id", UUID.class),
                      result.getString("name"),
                      Role.parse(result.getString("role"))))
              .findOne();
      caller.ifPresent(found ->
          handle.execute(
              """
              UPDATE tokens SET last_used_at = now()
              WHERE id = ?
                AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
              """,
              found.token()));
      return caller;
    });
  }

  private static byte[] hash(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.US_ASCII));
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
