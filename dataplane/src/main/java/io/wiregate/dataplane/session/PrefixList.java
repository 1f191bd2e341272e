package io.wiregate.dataplane.session;

import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A peer's address ranges, each once, in the order they were given.
///
/// Most of very many peers have one or two, so a few are kept as bare numbers in one array: two
/// take 88 bytes with this object, where a set of [IpPrefix] takes 264 and eleven objects, each of
/// which a collection of the heap has to visit. A peer with more, which stands for networks, has a
/// set, in which each is found at once. Guarded by the table.
final class PrefixList {
  /// So many are looked through one by one.
  static final int FEW = 16;

  private static final int WORDS = 3;
  private static final long V6 = 1L << 32;
  private static final long[] NONE = {};

  /// Of each the upper and the lower half of the address, then the length and whether it is of
  /// IPv6.
  private long[] few = NONE;

  /// All of them, once there were more than a few.
  private @Nullable LinkedHashSet<IpPrefix> many;

  /// @param prefix not in the list
  void addLast(IpPrefix prefix) {
    if (many == null && few.length == WORDS * FEW) {
      many = new LinkedHashSet<>(toList());
      few = NONE;
    }
    if (many != null) {
      many.add(prefix);
      return;
    }
    int at = few.length;
    few = Arrays.copyOf(few, at + WORDS);
    few[at] = prefix.address().high();
    few[at + 1] = prefix.address().low();
    few[at + 2] = kind(prefix);
  }

  /// Takes one out; one that is not there is no error.
  void remove(IpPrefix prefix) {
    if (many != null) {
      many.remove(prefix);
      return;
    }
    for (int at = 0; at < few.length; at += WORDS) {
      if (few[at + 2] == kind(prefix)
          && few[at + 1] == prefix.address().low()
          && few[at] == prefix.address().high()) {
        long[] fewer = Arrays.copyOf(few, few.length - WORDS);
        System.arraycopy(few, at + WORDS, fewer, at, fewer.length - at);
        few = fewer.length == 0 ? NONE : fewer;
        return;
      }
    }
  }

  void clear() {
    few = NONE;
    many = null;
  }

  /// A copy.
  List<IpPrefix> toList() {
    if (many != null) {
      return List.copyOf(many);
    }
    List<IpPrefix> list = new ArrayList<>(few.length / WORDS);
    for (int at = 0; at < few.length; at += WORDS) {
      IpAddress address = new IpAddress((few[at + 2] & V6) != 0, few[at], few[at + 1]);
      list.add(new IpPrefix(address, (int) few[at + 2]));
    }
    return List.copyOf(list);
  }

  private static long kind(IpPrefix prefix) {
    return prefix.length() | (prefix.isV6() ? V6 : 0);
  }
}
