package io.wiregate.dataplane.session;

/// When something is due for one peer. The walk stores and clears deadlines; the worker that owns
/// the peer looks at them when the earliest may have come. Cancelling costs a store: the wheel
/// finds out when it wakes.
///
/// The words are the kernel's (`timers.c`), the rules the paper's section 6. Any thread may report
/// events; only the peer's worker calls [#takeDue]. Two threads that report at the same time may
/// each win; a deadline is then off by the time between them.
public final class PeerTimers {
  /// Nothing is due, and nothing will be.
  public static final long NEVER = Long.MAX_VALUE;

  // What takeDue() finds.
  public static final int SEND_KEEPALIVE = 1;
  public static final int NEW_HANDSHAKE = 2;
  public static final int RETRANSMIT_HANDSHAKE = 4;
  public static final int ZERO_KEYS = 8;

  // Deadlines; NEVER where the timer is not set.
  private volatile long newHandshakeAt = NEVER;
  private volatile long keepaliveAt = NEVER;
  private volatile long persistentKeepaliveAt = NEVER;
  private volatile long retransmitAt = NEVER;
  private volatile long zeroKeysAt = NEVER;

  private volatile long persistentKeepaliveNanos;
  private volatile int handshakeAttempts;

  PeerTimers() {}

  /// A packet (not a keepalive) was sent.
  public void onDataSent(long now) {
    if (newHandshakeAt == NEVER) {
      newHandshakeAt = now + Limits.NEW_HANDSHAKE_TIMEOUT + jitter(now);
    }
  }

  /// A packet (not a keepalive) was received.
  public void onDataReceived(long now) {
    if (keepaliveAt == NEVER) {
      keepaliveAt = now + Limits.KEEPALIVE_TIMEOUT;
    }
  }

  /// Anything that proves our identity was sent: data, keepalive, initiation, response.
  public void onAnyAuthenticatedSent(long now) {
    if (keepaliveAt != NEVER) {
      keepaliveAt = NEVER;
    }
    onAnyAuthenticatedTraversal(now);
  }

  /// Anything authenticated was received.
  public void onAnyAuthenticatedReceived(long now) {
    if (newHandshakeAt != NEVER) {
      newHandshakeAt = NEVER;
    }
    onAnyAuthenticatedTraversal(now);
  }

  private void onAnyAuthenticatedTraversal(long now) {
    long interval = persistentKeepaliveNanos;
    if (interval != 0) {
      persistentKeepaliveAt = now + interval;
    }
  }

  /// An initiation left. Repeats follow until there is an answer.
  public void onHandshakeInitiated(long now) {
    retransmitAt = now + Limits.REKEY_TIMEOUT + jitter(now);
  }

  /// Somebody wants a session: the attempts are counted anew.
  public void onHandshakeWanted() {
    handshakeAttempts = 0;
  }

  /// Both sides have the session.
  public void onHandshakeComplete() {
    retransmitAt = NEVER;
    handshakeAttempts = 0;
  }

  /// A session was derived, by either side.
  public void onSessionDerived(long now) {
    zeroKeysAt = now + Limits.ZERO_KEYS_AFTER;
  }

  /// Counts one more repetition.
  ///
  /// @return false where there have been enough, and the handshake is given up
  public boolean onRetransmit(long now) {
    int attempts = handshakeAttempts;
    if (attempts > Limits.MAX_HANDSHAKE_RETRIES) {
      keepaliveAt = NEVER;
      if (zeroKeysAt == NEVER) {
        zeroKeysAt = now + Limits.ZERO_KEYS_AFTER;
      }
      return false;
    }
    handshakeAttempts = attempts + 1;
    return true;
  }

  /// Repetitions of the handshake that is under way.
  public int handshakeAttempts() {
    return handshakeAttempts;
  }

  /// Sets how long nothing may pass before a keepalive is sent regardless; 0 for ever. Takes effect
  /// at the next message, as in the kernel.
  void setPersistentKeepalive(long nanos) {
    persistentKeepaliveNanos = nanos;
    if (nanos == 0) {
      persistentKeepaliveAt = NEVER;
    }
  }

  /// Everything off, as when the interface goes down.
  public void stop() {
    newHandshakeAt = NEVER;
    keepaliveAt = NEVER;
    persistentKeepaliveAt = NEVER;
    retransmitAt = NEVER;
    zeroKeysAt = NEVER;
    handshakeAttempts = 0;
  }

  /// The earliest deadline, or [#NEVER].
  public long nextDeadline() {
    long next = Math.min(newHandshakeAt, keepaliveAt);
    next = Math.min(next, persistentKeepaliveAt);
    next = Math.min(next, retransmitAt);
    return Math.min(next, zeroKeysAt);
  }

  /// Takes what is due: a set of the constants above. What was due is no longer set.
  public int takeDue(long now) {
    int due = 0;
    if (retransmitAt <= now) {
      retransmitAt = NEVER;
      due |= RETRANSMIT_HANDSHAKE;
    }
    if (newHandshakeAt <= now) {
      newHandshakeAt = NEVER;
      due |= NEW_HANDSHAKE;
    }
    if (keepaliveAt <= now) {
      keepaliveAt = NEVER;
      due |= SEND_KEEPALIVE;
    }
    if (persistentKeepaliveAt <= now) {
      // Set again even where nothing can be sent, as the kernel's keepalive asks for a session
      // then. It may have been turned off while another thread was setting the deadline.
      long interval = persistentKeepaliveNanos;
      persistentKeepaliveAt = interval == 0 ? NEVER : now + interval;
      due |= interval == 0 ? 0 : SEND_KEEPALIVE;
    }
    if (zeroKeysAt <= now) {
      zeroKeysAt = NEVER;
      due |= ZERO_KEYS;
    }
    return due;
  }

  /// A number between 0 and [Limits#MAX_JITTER] that looks random: it parts two sides that act at
  /// once, it keeps no secret.
  private static long jitter(long now) {
    return (SourceHash.mix(now) >>> 1) % Limits.MAX_JITTER;
  }
}
