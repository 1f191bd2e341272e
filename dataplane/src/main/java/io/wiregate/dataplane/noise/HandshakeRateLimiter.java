package io.wiregate.dataplane.noise;

import io.wiregate.os.net.IpAddress;
import java.security.SecureRandom;
import org.bouncycastle.crypto.macs.SipHash;
import org.bouncycastle.crypto.params.KeyParameter;

/// Bounds the handshake messages of one source while we are under load: 20 in a second, and 5 at
/// once. A source is an IPv4 address, or the first 64 bits of an IPv6 address, since a host may
/// choose the others freely. Only sources that have shown a valid cookie are counted, so nobody
/// uses up another's share.
///
/// Its table is bounded: a new source that finds it full is refused. Allocates nothing per message.
/// Thread-safe.
public final class HandshakeRateLimiter {
  private static final int COST_NANOS = 1_000_000_000 / 20;
  private static final int MAX_TOKENS_NANOS = 5 * COST_NANOS;

  /// Silence after which a source is forgotten: by then it has all its tokens again.
  private static final long FORGET_NANOS = 1_000_000_000;

  private static final byte FREE = 0;
  private static final byte V4 = 4;
  private static final byte V6 = 6;

  private final int capacity;
  private final int mask;

  // Guarded by this. An open-addressed table with linear probing, at most half full.
  private final byte[] families;
  private final long[] addresses;
  private final long[] lastNanos;
  private final int[] tokens;
  private int count;
  private long sweptNanos;

  // Guarded by this. Strangers choose their addresses: the hash is keyed, or they could choose
  // ones that collide.
  private final SipHash hash = new SipHash(1, 3);

  /// @param capacity sources that are counted at a time; each takes some 42 bytes
  /// @param random for the key of the hash
  /// @param nowNanos the boot clock
  public HandshakeRateLimiter(int capacity, SecureRandom random, long nowNanos) {
    this.capacity = capacity;
    int slots = Integer.highestOneBit(2 * capacity - 1) * 2;
    mask = slots - 1;
    families = new byte[slots];
    addresses = new long[slots];
    lastNanos = new long[slots];
    tokens = new int[slots];
    sweptNanos = nowNanos;
    byte[] key = new byte[16];
    random.nextBytes(key);
    hash.init(new KeyParameter(key));
  }

  /// Counts a message and says whether it may go on.
  ///
  /// @param source an IPv4 address as such, never mapped into IPv6: those share one /64
  /// @param nowNanos the boot clock
  public synchronized boolean allow(IpAddress source, long nowNanos) {
    if (nowNanos - sweptNanos >= FORGET_NANOS) {
      sweep(nowNanos);
    }
    byte family = source.isV6() ? V6 : V4;
    long address = source.isV6() ? source.high() : source.low();
    int slot = find(family, address);
    if (families[slot] == FREE) {
      if (count == capacity) {
        return false;
      }
      count++;
      families[slot] = family;
      addresses[slot] = address;
      lastNanos[slot] = nowNanos;
      tokens[slot] = MAX_TOKENS_NANOS - COST_NANOS;
      return true;
    }
    // Another thread may have read the clock before us and come here after us.
    long elapsed = Math.max(0, nowNanos - lastNanos[slot]);
    int available = (int) Math.min(MAX_TOKENS_NANOS, tokens[slot] + elapsed);
    boolean allowed = available >= COST_NANOS;
    lastNanos[slot] += elapsed;
    tokens[slot] = allowed ? available - COST_NANOS : available;
    return allowed;
  }

  /// The slot of a source, or the free slot where it would go.
  private int find(byte family, long address) {
    int slot = home(family, address);
    while (families[slot] != FREE && (families[slot] != family || addresses[slot] != address)) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private int home(byte family, long address) {
    hash.update(family);
    for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
      hash.update((byte) (address >>> shift));
    }
    return (int) hash.doFinal() & mask;
  }

  private void sweep(long nowNanos) {
    sweptNanos = nowNanos;
    int slot = 0;
    while (count > 0 && slot <= mask) {
      if (families[slot] != FREE && nowNanos - lastNanos[slot] > FORGET_NANOS) {
        remove(slot); // another entry may take its place, so look at this slot again
      } else {
        slot++;
      }
    }
  }

  /// Frees a slot and closes the gap, so that every probe still finds what lies behind it.
  private void remove(int slot) {
    int gap = slot;
    for (int next = gap + 1 & mask; families[next] != FREE; next = next + 1 & mask) {
      int distanceFromHome = next - home(families[next], addresses[next]) & mask;
      if (distanceFromHome >= (next - gap & mask)) {
        families[gap] = families[next];
        addresses[gap] = addresses[next];
        lastNanos[gap] = lastNanos[next];
        tokens[gap] = tokens[next];
        gap = next;
      }
    }
    families[gap] = FREE;
    count--;
  }
}
