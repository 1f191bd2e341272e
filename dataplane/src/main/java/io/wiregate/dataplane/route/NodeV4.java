package io.wiregate.dataplane.route;

import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// A node of a path-compressed binary trie of IPv4 prefixes: a prefix that has an owner, or at
/// which two parts. Immutable; 32 bytes, so that two share a cache line. [NodeV6] is the same for
/// 128 bits.
///
/// @param <T> who can own a prefix
final class NodeV4<T> {
  private final int key;
  private final int length;
  private final @Nullable T owner;
  private final @Nullable NodeV4<T> zero;
  private final @Nullable NodeV4<T> one;

  private NodeV4(
      int key, int length, @Nullable T owner, @Nullable NodeV4<T> zero, @Nullable NodeV4<T> one) {
    this.key = key;
    this.length = length;
    this.owner = owner;
    this.zero = zero;
    this.one = one;
  }

  static <T> @Nullable T find(@Nullable NodeV4<T> root, int address) {
    @Nullable T found = null;
    @Nullable NodeV4<T> node = root;
    while (node != null && node.holds(address)) {
      if (node.owner != null) {
        found = node.owner;
      }
      node = node.child(address);
    }
    return found;
  }

  static <T> @Nullable T owner(@Nullable NodeV4<T> root, int key, int length) {
    @Nullable NodeV4<T> node = root;
    while (node != null && node.length < length && node.holds(key)) {
      node = node.child(key);
    }
    return node != null && node.length == length && node.key == key ? node.owner : null;
  }

  static <T> NodeV4<T> with(@Nullable NodeV4<T> node, int key, int length, T owner) {
    if (node == null) {
      return new NodeV4<>(key, length, owner, null, null);
    }
    int common = Math.min(commonBits(key, node.key), Math.min(length, node.length));
    if (common == node.length) {
      if (common == length) {
        return new NodeV4<>(key, length, owner, node.zero, node.one);
      }
      return bit(key, common)
          ? new NodeV4<>(
              node.key, common, node.owner, node.zero, with(node.one, key, length, owner))
          : new NodeV4<>(
              node.key, common, node.owner, with(node.zero, key, length, owner), node.one);
    }
    if (common == length) {
      return parent(key, length, owner, node, null);
    }
    NodeV4<T> leaf = new NodeV4<>(key, length, owner, null, null);
    return parent(masked(key, common), common, null, node, leaf);
  }

  /// @param child goes where its key says, `sibling` to the other side
  private static <T> NodeV4<T> parent(
      int key, int length, @Nullable T owner, NodeV4<T> child, @Nullable NodeV4<T> sibling) {
    return bit(child.key, length)
        ? new NodeV4<>(key, length, owner, sibling, child)
        : new NodeV4<>(key, length, owner, child, sibling);
  }

  /// Only for a prefix that is there.
  static <T> @Nullable NodeV4<T> without(@Nullable NodeV4<T> node, int key, int length) {
    if (node == null) {
      return null;
    }
    if (node.length == length) {
      return collapsed(node, null, node.zero, node.one);
    }
    return bit(key, node.length)
        ? collapsed(node, node.owner, node.zero, without(node.one, key, length))
        : collapsed(node, node.owner, without(node.zero, key, length), node.one);
  }

  private static <T> @Nullable NodeV4<T> collapsed(
      NodeV4<T> node, @Nullable T owner, @Nullable NodeV4<T> zero, @Nullable NodeV4<T> one) {
    if (owner == null && (zero == null || one == null)) {
      return zero == null ? one : zero;
    }
    return new NodeV4<>(node.key, node.length, owner, zero, one);
  }

  static <T> void forEach(@Nullable NodeV4<T> node, BiConsumer<IpPrefix, T> action) {
    if (node == null) {
      return;
    }
    if (node.owner != null) {
      action.accept(new IpPrefix(IpAddress.v4(node.key), node.length), node.owner);
    }
    forEach(node.zero, action);
    forEach(node.one, action);
  }

  private boolean holds(int address) {
    return commonBits(address, key) >= length;
  }

  /// The node towards an address that this one holds; a full address has none.
  private @Nullable NodeV4<T> child(int address) {
    return bit(address, length) ? one : zero;
  }

  /// The bit after the first `length`; of none after a full address, false.
  private static boolean bit(int key, int length) {
    return length < Integer.SIZE && key << length < 0;
  }

  private static int commonBits(int a, int b) {
    return Integer.numberOfLeadingZeros(a ^ b);
  }

  private static int masked(int key, int length) {
    return length == 0 ? 0 : key & -1 << (Integer.SIZE - length);
  }
}
