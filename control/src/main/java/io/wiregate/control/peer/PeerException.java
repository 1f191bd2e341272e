package io.wiregate.control.peer;

import org.jspecify.annotations.Nullable;

/// What was asked for cannot be done; the message is one sentence for whoever asked.
public final class PeerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// Why not.
  public enum Reason {
    /// A value that no state of things would make acceptable.
    INVALID,
    /// Something else has that name, key or address already.
    TAKEN,
    /// The zone has no address left.
    ZONE_FULL,
    /// There is no such peer.
    MISSING,
    /// The peer is not the version that the caller has seen.
    CHANGED
  }

  private final Reason reason;
  private final @Nullable String field;

  PeerException(Reason reason, @Nullable String field, String message) {
    super(message);
    this.reason = reason;
    this.field = field;
  }

  public Reason reason() {
    return reason;
  }

  /// The field at fault, by its name in the API, or null.
  public @Nullable String field() {
    return field;
  }
}
