package io.wiregate.control.api;

import io.wiregate.control.access.Caller;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// Makes a repeated request have the effect of one (draft-ietf-httpapi-idempotency-key-header). The
/// key, the change and the answer are committed together, so there is no moment in which one exists
/// without the others; a second request with the key waits for the first. A private key that the
/// server made is not stored: the repeated answer lacks it.
final class Idempotency {
  private static final int LONGEST_KEY = 255;

  /// An answer as it is stored.
  record Answer(int status, String location, String etag, String body, boolean isRepeated) {}

  private Idempotency() {}

  static void checkKey(@Nullable String key) {
    boolean fits =
        key == null
            || (!key.isEmpty()
                && key.length() <= LONGEST_KEY
                && key.chars().allMatch(c -> c >= 0x20 && c < 0x7f));
    if (!fits) {
      throw ProblemException.malformed(
          "Idempotency-Key must have 1 to 255 visible ASCII characters.");
    }
  }

  static Answer run(
      Handle handle, Caller caller, @Nullable String key, byte[] request, Supplier<Answer> work) {
    if (key == null) {
      return work.get();
    }
    byte[] hash = hash(request);
    handle.execute(
        "DELETE FROM idempotent_requests WHERE created_at < now() - interval '24 hours'");
    int claimed =
        handle.execute(
            """
            INSERT INTO idempotent_requests (token_id, key, request_hash) VALUES (?, ?, ?)
            ON CONFLICT (token_id, key) DO NOTHING
            """,
            caller.token(),
            key,
            hash);
    if (claimed == 0) {
      return stored(handle, caller, key, hash);
    }
    Answer answer = work.get();
    handle.execute(
        """
        UPDATE idempotent_requests SET status = ?, location = ?, etag = ?, body = ?
        WHERE token_id = ? AND key = ?
        """,
        answer.status,
        answer.location,
        answer.etag,
        answer.body,
        caller.token(),
        key);
    return answer;
  }

  private static Answer stored(Handle handle, Caller caller, String key, byte[] hash) {
    Optional<Answer> answer =
        handle
            .createQuery(
                """
                SELECT request_hash, status, location, etag, body FROM idempotent_requests
                WHERE token_id = :token AND key = :key
                """)
            .bind("token", caller.token())
            .bind("key", key)
            .map((result, context) -> {
              if (!Arrays.equals(result.getBytes("request_hash"), hash)) {
                throw new ProblemException(
                    Problem.of(
                        422,
                        "idempotency-key",
                        "Idempotency-Key used before",
                        "This Idempotency-Key was used for another request: use a new one."));
              }
              return new Answer(
                  result.getInt("status"),
                  result.getString("location"),
                  result.getString("etag"),
                  result.getString("body"),
                  true);
            })
            .findOne();
    return answer.orElseThrow(() ->
        new ProblemException(
            Problem.of(
                409, "idempotency-key", "Try again", "The first request has just expired.")));
  }

  private static byte[] hash(byte[] request) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update("POST /api/v1/peers\n".getBytes(StandardCharsets.US_ASCII));
      return sha256.digest(request);
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
