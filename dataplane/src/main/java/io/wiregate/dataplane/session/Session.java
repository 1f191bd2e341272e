package io.wiregate.dataplane.session;

import io.wiregate.os.crypto.AeadKey;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// The keys that one handshake gave, one for each direction (the kernel's keypair).
///
/// Receiving belongs to one worker: the window has no lock. Any worker may send: the counter is
/// atomic. The keys are wiped once no worker can be using them.
public final class Session {
  private static final VarHandle SEND_COUNTER;

  static {
    try {
      SEND_COUNTER = MethodHandles.lookup().findVarHandle(Session.class, "sendCounter", long.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  // Constant.
  private final IndexEntry entry;
  private final int remoteIndex;
  private final boolean weInitiated;
  private final long createdNanos;
  private final AeadKey sendingKey;
  private final AeadKey receivingKey;

  // Owner: the peer's worker.
  private final ReplayWindow replayWindow = new ReplayWindow();
  private boolean askedForRenewal;

  // Any thread.
  private volatile long sendCounter;
  private volatile boolean confirmed;
  private volatile boolean sendingForbidden;

  /// @param entry our index, under which the other side sends
  /// @param remoteIndex the other side's index
  /// @param sendingKey taken over: wiped by [#wipe]
  /// @param receivingKey taken over
  public Session(
      IndexEntry entry,
      int remoteIndex,
      boolean weInitiated,
      long createdNanos,
      AeadKey sendingKey,
      AeadKey receivingKey) {
    this.entry = entry;
    this.remoteIndex = remoteIndex;
    this.weInitiated = weInitiated;
    this.createdNanos = createdNanos;
    this.sendingKey = sendingKey;
    this.receivingKey = receivingKey;
    this.confirmed = weInitiated;
  }

  public Peer peer() {
    return entry.peer();
  }

  public IndexEntry entry() {
    return entry;
  }

  public int localIndex() {
    return entry.index();
  }

  public int remoteIndex() {
    return remoteIndex;
  }

  public boolean weInitiated() {
    return weInitiated;
  }

  public AeadKey sendingKey() {
    return sendingKey;
  }

  public AeadKey receivingKey() {
    return receivingKey;
  }

  /// Owner: the peer's worker.
  public ReplayWindow replayWindow() {
    return replayWindow;
  }

  public long ageNanos(long now) {
    return now - createdNanos;
  }

  /// Whether it may still be used for receiving.
  public boolean mayReceive(long now) {
    return ageNanos(now) < Limits.REJECT_AFTER_TIME;
  }

  /// Whether it may still be used for sending.
  public boolean maySend(long now) {
    return ageNanos(now) < Limits.REJECT_AFTER_TIME
        && !sendingForbidden
        && Long.compareUnsigned(sendCounter, Limits.REJECT_AFTER_MESSAGES) < 0;
  }

  /// Ends sending under these keys, as after a change of our private key; what is on its way to us
  /// is still taken.
  void forbidSending() {
    sendingForbidden = true;
  }

  /// Reserves consecutive counters.
  ///
  /// @return the first; the caller checks with [#isExhausted] that the last one may be used
  public long reserveCounters(int count) {
    return (long) SEND_COUNTER.getAndAdd(this, (long) count);
  }

  /// Whether a range of counters reaches what must not be sent.
  public static boolean isExhausted(long first, int count) {
    return Long.compareUnsigned(first, Limits.REJECT_AFTER_MESSAGES - count) > 0;
  }

  /// Counters reserved so far.
  public long sendCounter() {
    return sendCounter;
  }

  /// For tests of the limits on messages: continues at a counter.
  void continueAt(long counter) {
    sendCounter = counter;
  }

  /// Whether a packet that is sent now should be followed by a handshake.
  public boolean wantsRenewalAfterSending(long now) {
    return sendCounter > Limits.REKEY_AFTER_MESSAGES
        || sendCounter < 0
        || (weInitiated && ageNanos(now) >= Limits.REKEY_AFTER_TIME);
  }

  /// Whether a packet that is received now should be followed by a handshake; true once. Owner: the
  /// peer's worker.
  public boolean wantsRenewalAfterReceiving(long now) {
    if (askedForRenewal || !weInitiated || ageNanos(now) < Limits.REKEY_ON_RECEIVE_AFTER_TIME) {
      return false;
    }
    askedForRenewal = true;
    return true;
  }

  /// Whether the other side has shown that it has these keys too. A responder may not send before
  /// (paper, 5.4.6).
  public boolean isConfirmed() {
    return confirmed;
  }

  void confirm() {
    confirmed = true;
  }

  /// Wipes the keys. Only when no worker can be using them any more.
  public void wipe() {
    sendingKey.close();
    receivingKey.close();
  }
}
