package io.wiregate.dataplane.route;

import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Which owner an address belongs to, by the longest prefix that holds it: the cryptokey routing
/// table of one interface. A prefix has one owner; giving it to another takes it from the first.
///
/// Immutable: a change gives a new table, which shares all but the way from the root to the change
/// with the old one, so that one change among a million prefixes costs some tens of objects, and
/// the walk of a packet reads a table without a lock. Owners are compared by identity.
///
/// @param <T> who can own a prefix
@SuppressWarnings("ReferenceEquality") // identity is meant
public final class AllowedIps<T> {
  private final @Nullable NodeV4<T> v4;
  private final @Nullable NodeV6<T> v6;
  private final int size;

  private AllowedIps(@Nullable NodeV4<T> v4, @Nullable NodeV6<T> v6, int size) {
    this.v4 = v4;
    this.v6 = v6;
    this.size = size;
  }

  /// A table without prefixes.
  public static <T> AllowedIps<T> empty() {
    return new AllowedIps<>(null, null, 0);
  }

  /// Prefixes.
  public int size() {
    return size;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  /// The owner of the longest prefix that holds an IPv4 address.
  public @Nullable T findV4(int address) {
    return NodeV4.find(v4, address);
  }

  /// The owner of the longest prefix that holds an IPv6 address.
  public @Nullable T findV6(long high, long low) {
    return NodeV6.find(v6, high, low);
  }

  /// The owner of exactly that prefix.
  public @Nullable T owner(IpPrefix prefix) {
    IpAddress address = prefix.address();
    return prefix.isV6()
        ? NodeV6.owner(v6, address.high(), address.low(), prefix.length())
        : NodeV4.owner(v4, (int) address.low(), prefix.length());
  }

  /// A table in which that prefix belongs to `owner`, whoever had it before.
  public AllowedIps<T> with(IpPrefix prefix, T owner) {
    @Nullable T before = owner(prefix);
    if (before == owner) {
      return this;
    }
    IpAddress address = prefix.address();
    int length = prefix.length();
    int newSize = before == null ? size + 1 : size;
    return prefix.isV6()
        ? new AllowedIps<>(
            v4, NodeV6.with(v6, address.high(), address.low(), length, owner), newSize)
        : new AllowedIps<>(NodeV4.with(v4, (int) address.low(), length, owner), v6, newSize);
  }

  /// A table without that prefix, if `owner` has exactly it; else this one.
  public AllowedIps<T> without(IpPrefix prefix, T owner) {
    if (owner(prefix) != owner) {
      return this;
    }
    IpAddress address = prefix.address();
    int length = prefix.length();
    return prefix.isV6()
        ? new AllowedIps<>(v4, NodeV6.without(v6, address.high(), address.low(), length), size - 1)
        : new AllowedIps<>(NodeV4.without(v4, (int) address.low(), length), v6, size - 1);
  }

  /// Shows each prefix with its owner, in order of the address and then of the length, IPv4 first.
  public void forEach(BiConsumer<IpPrefix, T> action) {
    NodeV4.forEach(v4, action);
    NodeV6.forEach(v6, action);
  }
}
