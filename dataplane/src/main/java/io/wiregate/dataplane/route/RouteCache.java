package io.wiregate.dataplane.route;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Whose the addresses were that one thread looked up lately. A lookup among a million prefixes
/// waits for memory at most of its twenty nodes, a microsecond together; the peers that talk at one
/// time are few beside those that are configured.
///
/// It knows one table, and forgets all when it sees another: a change of the routes counts from the
/// first packet after it. Bounded, and a stranger to the table is not remembered: whoever sends to
/// many addresses costs others what they would have cost without a cache. What it knows stays
/// reachable until the next lookup.
///
/// Owner: one thread.
///
/// @param <T> who can own a prefix
public final class RouteCache<T> {
  private static final int LOG_ENTRIES = 11;

  private final int[] keysV4 = new int[1 << LOG_ENTRIES];
  private final long[] keysV6 = new long[2 << LOG_ENTRIES]; // high, low
  private final @Nullable Object[] ownersV4 = new Object[1 << LOG_ENTRIES];
  private final @Nullable Object[] ownersV6 = new Object[1 << LOG_ENTRIES];
  private AllowedIps<T> table = AllowedIps.empty();

  /// As [AllowedIps#findV4].
  ///
  /// @param current the table as it is now
  @SuppressWarnings("unchecked") // only owners of the table get in
  public @Nullable T findV4(AllowedIps<T> current, int address) {
    forgetOthers(current);
    int at = slot(address);
    @Nullable Object owner = ownersV4[at];
    if (owner != null && keysV4[at] == address) {
      return (T) owner;
    }
    @Nullable T found = current.findV4(address);
    if (found != null) {
      keysV4[at] = address;
      ownersV4[at] = found;
    }
    return found;
  }

  /// As [AllowedIps#findV6].
  ///
  /// @param current the table as it is now
  @SuppressWarnings("unchecked")
  public @Nullable T findV6(AllowedIps<T> current, long high, long low) {
    forgetOthers(current);
    int at = slot(Long.hashCode(high * 31 + low));
    @Nullable Object owner = ownersV6[at];
    if (owner != null && keysV6[2 * at] == high && keysV6[2 * at + 1] == low) {
      return (T) owner;
    }
    @Nullable T found = current.findV6(high, low);
    if (found != null) {
      keysV6[2 * at] = high;
      keysV6[2 * at + 1] = low;
      ownersV6[at] = found;
    }
    return found;
  }

  /// Neighbours get places of their own: networks are filled from one end.
  private static int slot(int hash) {
    return (hash * 0x9E37_79B1) >>> (Integer.SIZE - LOG_ENTRIES);
  }

  @SuppressWarnings("ReferenceEquality") // a table is immutable
  private void forgetOthers(AllowedIps<T> current) {
    if (table != current) {
      table = current;
      Arrays.fill(ownersV4, null);
      Arrays.fill(ownersV6, null);
    }
  }
}
