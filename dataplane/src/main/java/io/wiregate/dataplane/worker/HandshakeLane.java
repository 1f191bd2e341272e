package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.noise.HandshakeRateLimiter;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;

/// Handshake messages of some sources on their way from whoever reads them to handshake threads: a
/// ring whose places are filled again and again, so that no number of strangers' messages takes
/// memory or makes a worker wait. Whoever floods fills the lane that the address falls into, and
/// puts its sources alone under load.
///
/// Any number of threads on either side. The algorithm is Vyukov's bounded queue: each place has a
/// sequence number that says whose turn it is.
final class HandshakeLane {
  /// Messages that may wait. At some 5,000 handshakes per second a full lane is 25 ms of work.
  static final int CAPACITY = 128;

  /// Messages from which on the lane is under load.
  static final int HIGH = CAPACITY / 4;

  /// Diffie-Hellmans for nothing that the sources of the lane may cause, at once and in a second.
  static final int FUTILE_BURST = 256;

  static final int FUTILE_PER_SECOND = 32;

  /// Messages that are refused unread count as one such Diffie-Hellman.
  static final int REFUSED_FOR_A_FUTILE = 16;

  private static final int MASK = CAPACITY - 1;
  private static final long NEVER = Long.MIN_VALUE;
  private static final long STICKY_NANOS = 1_000_000_000L;
  private static final long FUTILE_NANOS = 1_000_000_000L / FUTILE_PER_SECOND;
  private static final VarHandle SEQUENCE = MethodHandles.arrayElementVarHandle(long[].class);

  private final ReceivedHandshake[] messages = new ReceivedHandshake[CAPACITY];
  private final long[] sequences = new long[CAPACITY];
  private final AtomicLong head = new AtomicLong();
  private final AtomicLong tail = new AtomicLong();
  private final HandshakeRateLimiter limiter;
  private volatile long lastHigh = NEVER;

  /// Until when what was futile uses up what is allowed: how far it lies ahead is how much that
  /// was.
  private volatile long futileUntil = NEVER;

  /// @param limiter counts the sources of its messages while it is under load
  HandshakeLane(HandshakeRateLimiter limiter) {
    this.limiter = limiter;
    for (int i = 0; i < CAPACITY; i++) {
      messages[i] = new ReceivedHandshake();
      sequences[i] = i;
    }
  }

  /// Takes a copy of a message.
  ///
  /// @return false where the lane is full
  boolean offer(ReceivedHandshake message) {
    long position = tail.get();
    while (true) {
      long turn = (long) SEQUENCE.getAcquire(sequences, (int) position & MASK) - position;
      if (turn < 0) {
        return false;
      }
      if (turn == 0 && tail.compareAndSet(position, position + 1)) {
        break;
      }
      position = tail.get();
    }
    messages[(int) position & MASK].copyFrom(message);
    SEQUENCE.setRelease(sequences, (int) position & MASK, position + 1);
    return true;
  }

  /// Takes the message that has waited longest.
  ///
  /// @param into gets a copy
  /// @return false where none waits
  boolean poll(ReceivedHandshake into) {
    long position = head.get();
    while (true) {
      long turn = (long) SEQUENCE.getAcquire(sequences, (int) position & MASK) - (position + 1);
      if (turn < 0) {
        return false;
      }
      if (turn == 0 && head.compareAndSet(position, position + 1)) {
        break;
      }
      position = head.get();
    }
    into.copyFrom(messages[(int) position & MASK]);
    into.waitedIn(this);
    SEQUENCE.setRelease(sequences, (int) position & MASK, position + CAPACITY);
    return true;
  }

  /// Counts a message that took a Diffie-Hellman and led nowhere. Beyond some the lane is under
  /// load, however short it is: a thread that keeps up with strangers would spend on them what it
  /// has, and take it from packets. Threads that count at once may count one.
  ///
  /// @param now the boot clock
  void countFutile(long now) {
    charge(FUTILE_NANOS, now);
  }

  /// Counts a message that was refused because the lane is under load: it goes on to be, without a
  /// Diffie-Hellman to show it, while so many come that it would be anyhow.
  ///
  /// @param now the boot clock
  void countRefused(long now) {
    charge(FUTILE_NANOS / REFUSED_FOR_A_FUTILE, now);
  }

  private void charge(long nanos, long now) {
    long until = Math.max(futileUntil, now) + nanos;
    long allowed = now + FUTILE_BURST * FUTILE_NANOS;
    if (until > allowed) {
      lastHigh = now;
    }
    // What is beyond is not held against what comes after the flood.
    futileUntil = Math.min(until, allowed + FUTILE_NANOS);
  }

  /// Whether more arrives here than can be worked on, which is when cookies are asked for (paper,
  /// 5.3). Once it is so it stays so for a second, as in the kernel, so that a flood in bursts does
  /// not slip through.
  boolean isUnderLoad(long now) {
    if (size() >= HIGH) {
      lastHigh = now;
      return true;
    }
    long last = lastHigh;
    return last != NEVER && now - last < STICKY_NANOS;
  }

  HandshakeRateLimiter limiter() {
    return limiter;
  }

  /// Messages that wait, about.
  int size() {
    return (int) Math.max(0, tail.get() - head.get());
  }

  boolean isFull() {
    return size() >= CAPACITY;
  }

  boolean isEmpty() {
    return size() == 0;
  }
}
