package io.wiregate.dataplane.route;

import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// A node of a path-compressed binary trie of IPv6 prefixes: a prefix that has an owner, or at
/// which two parts. Immutable. The same as [NodeV4] for 128 bits, apart from it so that IPv4, where
/// most peers live, has nodes of 32 bytes instead of 48.
///
/// @param <T> who can own a prefix
final class NodeV6<T> {
  private final long high;
  private final long low;
  private final int length;
  private final @Nullable T owner;
  private final @Nullable NodeV6<T> zero;
  private final @Nullable NodeV6<T> one;

  private NodeV6(
      long high,
      long low,
      int length,
      @Nullable T owner,
      @Nullable NodeV6<T> zero,
      @Nullable NodeV6<T> one) {
    this.high = high;
    this.low = low;
    this.length = length;
    this.owner = owner;
    this.zero = zero;
    this.one = one;
  }

  static <T> @Nullable T find(@Nullable NodeV6<T> root, long high, long low) {
    @Nullable T found = null;
    @Nullable NodeV6<T> node = root;
    while (node != null && node.holds(high, low)) {
      if (node.owner != null) {
        found = node.owner;
      }
      node = node.child(high, low);
    }
    return found;
  }

  static <T> @Nullable T owner(@Nullable NodeV6<T> root, long high, long low, int length) {
    @Nullable NodeV6<T> node = root;
    while (node != null && node.length < length && node.holds(high, low)) {
      node = node.child(high, low);
    }
    return node != null && node.length == length && node.high == high && node.low == low
        ? node.owner
        : null;
  }

  static <T> NodeV6<T> with(@Nullable NodeV6<T> node, long high, long low, int length, T owner) {
    if (node == null) {
      return new NodeV6<>(high, low, length, owner, null, null);
    }
    int common =
        Math.min(commonBits(high, low, node.high, node.low), Math.min(length, node.length));
    if (common == node.length) {
      if (common == length) {
        return new NodeV6<>(high, low, length, owner, node.zero, node.one);
      }
      return bit(high, low, common)
          ? new NodeV6<>(
              node.high,
              node.low,
              common,
              node.owner,
              node.zero,
              with(node.one, high, low, length, owner))
          : new NodeV6<>(
              node.high,
              node.low,
              common,
              node.owner,
              with(node.zero, high, low, length, owner),
              node.one);
    }
    if (common == length) {
      return parent(high, low, length, owner, node, null);
    }
    NodeV6<T> leaf = new NodeV6<>(high, low, length, owner, null, null);
    return parent(maskedHigh(high, common), maskedLow(low, common), common, null, node, leaf);
  }

  /// @param child goes where its key says, `sibling` to the other side
  private static <T> NodeV6<T> parent(
      long high,
      long low,
      int length,
      @Nullable T owner,
      NodeV6<T> child,
      @Nullable NodeV6<T> sibling) {
    return bit(child.high, child.low, length)
        ? new NodeV6<>(high, low, length, owner, sibling, child)
        : new NodeV6<>(high, low, length, owner, child, sibling);
  }

  /// Only for a prefix that is there.
  static <T> @Nullable NodeV6<T> without(
      @Nullable NodeV6<T> node, long high, long low, int length) {
    if (node == null) {
      return null;
    }
    if (node.length == length) {
      return collapsed(node, null, node.zero, node.one);
    }
    return bit(high, low, node.length)
        ? collapsed(node, node.owner, node.zero, without(node.one, high, low, length))
        : collapsed(node, node.owner, without(node.zero, high, low, length), node.one);
  }

  private static <T> @Nullable NodeV6<T> collapsed(
      NodeV6<T> node, @Nullable T owner, @Nullable NodeV6<T> zero, @Nullable NodeV6<T> one) {
    if (owner == null && (zero == null || one == null)) {
      return zero == null ? one : zero;
    }
    return new NodeV6<>(node.high, node.low, node.length, owner, zero, one);
  }

  static <T> void forEach(@Nullable NodeV6<T> node, BiConsumer<IpPrefix, T> action) {
    if (node == null) {
      return;
    }
    if (node.owner != null) {
      action.accept(new IpPrefix(IpAddress.v6(node.high, node.low), node.length), node.owner);
    }
    forEach(node.zero, action);
    forEach(node.one, action);
  }

  private boolean holds(long high, long low) {
    return commonBits(high, low, this.high, this.low) >= length;
  }

  /// The node towards an address that this one holds; a full address has none.
  private @Nullable NodeV6<T> child(long high, long low) {
    return bit(high, low, length) ? one : zero;
  }

  /// The bit after the first `length`; of none after a full address, false.
  private static boolean bit(long high, long low, int length) {
    if (length < Long.SIZE) {
      return high << length < 0;
    }
    return length < 2 * Long.SIZE && low << length < 0; // a shift counts modulo 64
  }

  private static int commonBits(long high, long low, long otherHigh, long otherLow) {
    return high != otherHigh
        ? Long.numberOfLeadingZeros(high ^ otherHigh)
        : Long.SIZE + Long.numberOfLeadingZeros(low ^ otherLow);
  }

  private static long maskedHigh(long high, int length) {
    return length == 0 ? 0 : length >= Long.SIZE ? high : high & -1L << -length;
  }

  private static long maskedLow(long low, int length) {
    return length <= Long.SIZE ? 0 : low & -1L << -length;
  }
}
