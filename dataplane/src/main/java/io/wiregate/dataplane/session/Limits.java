package io.wiregate.dataplane.session;

/// The numbers of the protocol under the paper's names (section 6), in nanoseconds where they are
/// times.
public final class Limits {
  private static final long SECOND = 1_000_000_000L;

  /// Messages after which the sender asks for a new session.
  public static final long REKEY_AFTER_MESSAGES = 1L << 60;

  /// The first counter, unsigned, that is neither sent nor accepted: 2^64 - 2^13 - 1.
  public static final long REJECT_AFTER_MESSAGES = -(1L << 13) - 1;

  /// Age at which the initiator, when it sends, asks for a new session.
  public static final long REKEY_AFTER_TIME = 120 * SECOND;

  /// Age from which a session is used neither for sending nor for receiving.
  public static final long REJECT_AFTER_TIME = 180 * SECOND;

  /// How long handshakes that nobody answers are repeated.
  public static final long REKEY_ATTEMPT_TIME = 90 * SECOND;

  /// Time between two initiations to one peer.
  public static final long REKEY_TIMEOUT = 5 * SECOND;

  /// Silence after received data that is filled with a keepalive.
  public static final long KEEPALIVE_TIMEOUT = 10 * SECOND;

  /// Age at which the initiator, when it receives, asks for a new session, so that one that only
  /// listens is not cut off either (paper, 6.2).
  public static final long REKEY_ON_RECEIVE_AFTER_TIME =
      REJECT_AFTER_TIME - KEEPALIVE_TIMEOUT - REKEY_TIMEOUT;

  /// Silence of the other side after data was sent that makes us try a new handshake.
  public static final long NEW_HANDSHAKE_TIMEOUT = KEEPALIVE_TIMEOUT + REKEY_TIMEOUT;

  /// Random extra time, so that two sides do not go on colliding: up to a third of a second, as the
  /// kernel has it.
  public static final long MAX_JITTER = SECOND / 3;

  /// Time after the last handshake after which all keys of a peer are wiped.
  public static final long ZERO_KEYS_AFTER = 3 * REJECT_AFTER_TIME;

  /// Attempts after the first after which a handshake is given up (`MAX_TIMER_HANDSHAKES`).
  public static final int MAX_HANDSHAKE_RETRIES = (int) (REKEY_ATTEMPT_TIME / REKEY_TIMEOUT);

  /// Packets that wait for one peer's handshake; the oldest give way.
  public static final int MAX_STAGED_PACKETS = 128;

  /// Peers of one interface, as in the kernel (`MAX_PEERS_PER_DEVICE`).
  public static final int MAX_PEERS = 1 << 20;

  static {
    if (REKEY_ON_RECEIVE_AFTER_TIME <= REKEY_AFTER_TIME || REKEY_AFTER_TIME >= REJECT_AFTER_TIME) {
      throw new AssertionError("a session must be renewed before it is refused");
    }
  }

  private Limits() {}
}
