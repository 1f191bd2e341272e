package io.wiregate.dataplane.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.AllocationMeter;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.testing.conformance.Proves;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The tables are those of the kernel's `selftest/allowedips.c` and wireguard-go's
/// `allowedips_test.go`.
final class AllowedIpsTest {
  private AllowedIps<String> table = AllowedIps.empty();

  private void insert(String owner, String prefix) {
    table = table.with(IpPrefix.parse(prefix), owner);
  }

  private void insertV6(String owner, int a, int b, int c, int d, int length) {
    table = table.with(new IpPrefix(v6(a, b, c, d), length), owner);
  }

  private static IpAddress v6(int a, int b, int c, int d) {
    return IpAddress.v6(
        (long) a << 32 | Integer.toUnsignedLong(b), (long) c << 32 | Integer.toUnsignedLong(d));
  }

  private void removeAllOf(String owner) {
    Map<IpPrefix, String> all = new HashMap<>();
    table.forEach(all::put);
    all.forEach((prefix, of) -> {
      if (of.equals(owner)) {
        table = table.without(prefix, of);
      }
    });
  }

  private static <T> @Nullable T find(AllowedIps<T> table, IpAddress address) {
    return address.isV6()
        ? table.findV6(address.high(), address.low())
        : table.findV4((int) address.low());
  }

  private void expect(@Nullable String owner, String address) {
    assertThat(find(table, IpAddress.parse(address))).as(address).isEqualTo(owner);
  }

  private void expectV6(String owner, int a, int b, int c, int d) {
    IpAddress address = v6(a, b, c, d);
    assertThat(find(table, address)).as("%s", address).isEqualTo(owner);
  }

  @Test
  @Proves("data.allowed-ips")
  void findV4_tableOfTheSelfTest_isAsThere() {
    insert("a", "192.168.4.0/24");
    insert("b", "192.168.4.4/32");
    insert("c", "192.168.0.0/16");
    insert("d", "192.95.5.64/27");
    insert("c", "192.95.5.65/27"); // replaces, and masks itself
    insert("e", "0.0.0.0/0");
    insert("g", "64.15.112.0/20");
    insert("h", "64.15.123.211/25"); // masks itself
    insert("a", "10.0.0.0/25");
    insert("b", "10.0.0.128/25");
    insert("a", "10.1.0.0/30");
    insert("b", "10.1.0.4/30");
    insert("c", "10.1.0.8/29");
    insert("d", "10.1.0.16/29");

    expect("a", "192.168.4.20");
    expect("a", "192.168.4.0");
    expect("b", "192.168.4.4");
    expect("c", "192.168.200.182");
    expect("c", "192.95.5.68");
    expect("e", "192.95.5.96");
    expect("g", "64.15.116.26");
    expect("g", "64.15.127.3");
    expect("g", "64.15.123.1");
    expect("h", "64.15.123.128");
    expect("h", "64.15.123.129");
    expect("a", "10.0.0.52");
    expect("b", "10.0.0.220");
    expect("a", "10.1.0.2");
    expect("b", "10.1.0.6");
    expect("c", "10.1.0.10");
    expect("d", "10.1.0.20");

    List<String> hosts = List.of("1.0.0.0", "64.0.0.0", "128.0.0.0", "192.0.0.0", "255.0.0.0");
    for (String host : hosts) {
      insert("a", host + "/32");
      expect("a", host);
    }
    removeAllOf("a");
    for (String host : hosts) {
      expect("e", host);
    }
    for (String owner : List.of("b", "c", "d", "e", "g", "h")) {
      removeAllOf(owner);
    }
    assertThat(table.isEmpty()).isTrue();
    expect(null, "10.0.0.1");
  }

  @Test
  @Proves({"data.allowed-ips", "fault.18-source-family"})
  void findV6_tableOfTheSelfTest_isAsThere() {
    insertV6("d", 0x26075300, 0x60006b00, 0, 0xc05f0543, 128);
    insertV6("c", 0x26075300, 0x60006b00, 0, 0, 64);
    insertV6("e", 0, 0, 0, 0, 0);
    insertV6("f", 0, 0, 0, 0, 0); // replaces
    insertV6("g", 0x24046800, 0, 0, 0, 32);
    insertV6("h", 0x24046800, 0x40040800, 0xdeadbeef, 0xdeadbeef, 64); // masks itself
    insertV6("a", 0x24046800, 0x40040800, 0xdeadbeef, 0xdeadbeef, 128);
    insertV6("c", 0x24446800, 0x40e40800, 0xdeaebeef, 0xdefbeef, 128);
    insertV6("b", 0x24446800, 0xf0e40800, 0xeeaebeef, 0, 98);

    expectV6("d", 0x26075300, 0x60006b00, 0, 0xc05f0543);
    expectV6("c", 0x26075300, 0x60006b00, 0, 0xc02e01ee);
    expectV6("f", 0x26075300, 0x60006b01, 0, 0);
    expectV6("g", 0x24046800, 0x40040806, 0, 0x1006);
    expectV6("g", 0x24046800, 0x40040806, 0x1234, 0x5678);
    expectV6("f", 0x240467ff, 0x40040806, 0x1234, 0x5678);
    expectV6("f", 0x24046801, 0x40040806, 0x1234, 0x5678);
    expectV6("h", 0x24046800, 0x40040800, 0x1234, 0x5678);
    expectV6("h", 0x24046800, 0x40040800, 0, 0);
    expectV6("h", 0x24046800, 0x40040800, 0x10101010, 0x10101010);
    expectV6("a", 0x24046800, 0x40040800, 0xdeadbeef, 0xdeadbeef);
    assertThat(table.size()).isEqualTo(8);
  }

  @Test
  @Proves("data.allowed-ips")
  void without_nestedPrefixesOfOneOwner_leavesNothing() {
    insert("a", "192.168.0.0/16");
    insert("a", "192.168.0.0/24");
    removeAllOf("a");
    expect(null, "192.168.0.1");
    assertThat(table.isEmpty()).isTrue();
  }

  @Test
  void without_otherOwnerOrOtherLength_changesNothing() {
    insert("a", "10.0.0.0/8");
    assertThat(table.without(IpPrefix.parse("10.0.0.0/8"), "b")).isSameAs(table);
    assertThat(table.without(IpPrefix.parse("10.0.0.0/9"), "a")).isSameAs(table);
    assertThat(table.without(IpPrefix.parse("::/8"), "a")).isSameAs(table);
    assertThat(table.with(IpPrefix.parse("10.0.0.0/8"), "a")).isSameAs(table);
  }

  @Test
  void with_prefixOfAnother_takesItAwayAndOldTableKeepsIt() {
    insert("a", "10.0.0.0/8");
    AllowedIps<String> before = table;
    insert("b", "10.0.0.0/8");
    assertThat(table.owner(IpPrefix.parse("10.0.0.0/8"))).isEqualTo("b");
    assertThat(before.owner(IpPrefix.parse("10.0.0.0/8"))).isEqualTo("a");
    assertThat(table.owner(IpPrefix.parse("10.0.0.0/9"))).isNull();
    assertThat(table.size()).isEqualTo(1);
  }

  @Test
  @Proves("data.allowed-ips")
  void with_chainOf128Levels_findsEachAndEmpties() {
    List<IpPrefix> chain = new ArrayList<>();
    for (int i = 0; i < 128; i++) {
      long part = ~(1L << i % 64);
      IpAddress address = i < 64 ? IpAddress.v6(-1, part) : IpAddress.v6(part, -1);
      chain.add(new IpPrefix(address, 128));
      chain.add(new IpPrefix(IpAddress.v6(-1, -1), i + 1));
    }
    for (IpPrefix prefix : chain) {
      table = table.with(prefix, prefix.toString());
    }
    for (IpPrefix prefix : chain) {
      assertThat(table.owner(prefix)).isEqualTo(prefix.toString());
    }
    assertThat(table.findV6(-1, -1)).isEqualTo(new IpPrefix(IpAddress.v6(-1, -1), 128).toString());
    assertThat(table.findV6(-1, -2)).isEqualTo(new IpPrefix(IpAddress.v6(-1, -2), 128).toString());
    for (IpPrefix prefix : chain) {
      String owner = table.owner(prefix);
      if (owner != null) {
        table = table.without(prefix, owner);
      }
    }
    assertThat(table.isEmpty()).isTrue();
    assertThat(table.findV6(-1, -1)).isNull();
  }

  @Test
  @Proves("data.allowed-ips")
  void forEach_selfTestList_showsMaskedPrefixesInOrder() {
    insert("a", "192.95.5.93/27");
    insertV6("a", 0x26075300, 0x60006b00, 0, 0xc05f0543, 128);
    insert("a", "10.1.0.20/29");
    insertV6("a", 0x26075300, 0x6d8a6bf8, 0xdab1f1df, 0xc05f1523, 83);
    insertV6("a", 0x26075300, 0x6d8a6bf8, 0xdab1f1df, 0xc05f1523, 21);
    List<IpPrefix> seen = new ArrayList<>();
    table.forEach((prefix, owner) -> seen.add(prefix));
    assertThat(seen)
        .containsExactly(
            IpPrefix.parse("10.1.0.16/29"),
            IpPrefix.parse("192.95.5.64/27"),
            new IpPrefix(v6(0x26075000, 0, 0, 0), 21),
            new IpPrefix(v6(0x26075300, 0x60006b00, 0, 0xc05f0543), 128),
            new IpPrefix(v6(0x26075300, 0x6d8a6bf8, 0xdab1e000, 0), 83));
  }

  /// 100 owners, 250 prefixes of each family, compared over 10,000 addresses, again after each of
  /// four rounds of removals.
  @Property(tries = 5)
  @Proves("data.allowed-ips-random")
  void find_randomTable_equalsNaive(@ForAll long seed) {
    Random random = new Random(seed);
    List<String> owners = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      owners.add("peer" + i);
    }
    AllowedIps<String> tested = AllowedIps.empty();
    Map<IpPrefix, String> naive = new HashMap<>();
    for (int i = 0; i < 500; i++) {
      IpPrefix prefix = randomPrefix(random, i % 2 == 0);
      String owner = owners.get(random.nextInt(owners.size()));
      tested = tested.with(prefix, owner);
      naive.put(prefix, owner);
    }
    for (int round = 0; round <= 4; round++) {
      assertSame(tested, naive, random);
      int end = round == 4 ? owners.size() : 20;
      for (String owner : owners.subList(0, end)) {
        for (IpPrefix prefix : List.copyOf(naive.keySet())) {
          if (owner.equals(naive.get(prefix))) {
            naive.remove(prefix);
            tested = tested.without(prefix, owner);
          }
        }
      }
      owners.subList(0, end).clear();
    }
    assertThat(tested.isEmpty()).isTrue();
    tested.forEach((prefix, owner) -> assertThat(prefix).isNull());
  }

  /// Of few bits, so that prefixes nest.
  private static IpPrefix randomPrefix(Random random, boolean isV6) {
    return isV6
        ? new IpPrefix(randomAddress(random, true), random.nextInt(129))
        : new IpPrefix(randomAddress(random, false), random.nextInt(33));
  }

  private static IpAddress randomAddress(Random random, boolean isV6) {
    return isV6
        ? IpAddress.v6(fewBits(random), fewBits(random))
        : IpAddress.v4((int) fewBits(random));
  }

  private static long fewBits(Random random) {
    long bits = random.nextLong();
    bits &= random.nextLong();
    return bits & random.nextLong();
  }

  private static void assertSame(
      AllowedIps<String> tested, Map<IpPrefix, String> naive, Random random) {
    assertThat(tested.size()).isEqualTo(naive.size());
    Map<IpPrefix, String> listed = new HashMap<>();
    tested.forEach(listed::put);
    assertThat(listed).isEqualTo(naive);
    List<IpPrefix> longestFirst =
        naive.keySet().stream().sorted((a, b) -> b.length() - a.length()).toList();
    for (int i = 0; i < 10_000; i++) {
      IpAddress address = randomAddress(random, i % 2 == 0);
      String expected = null;
      for (IpPrefix prefix : longestFirst) {
        if (prefix.contains(address)) {
          expected = naive.get(prefix);
          break;
        }
      }
      assertThat(find(tested, address)).isEqualTo(expected);
    }
  }

  @Test
  void find_afterWarmUp_allocatesNothing() {
    for (int i = 0; i < 1000; i++) {
      table = table.with(new IpPrefix(IpAddress.v4(i << 12), 20 + i % 13), "a");
      table = table.with(new IpPrefix(IpAddress.v6((long) i << 40, 0), 20 + i % 109), "a");
    }
    int[] found = {0};
    assertThat(
            AllocationMeter.allocatedBytes(() -> {
              found[0]++;
              if (table.findV4(found[0] << 11) != null) {
                found[0]++;
              }
              if (table.findV6((long) found[0] << 39, 1) != null) {
                found[0]++;
              }
            }))
        .isZero();
  }

  @Test
  void with_amongManyPrefixes_allocatesThePathOnly() {
    for (int i = 0; i < 200_000; i++) {
      table = table.with(new IpPrefix(IpAddress.v4(i * 0x9e3779b1), 32), "a");
    }
    IpPrefix prefix = IpPrefix.parse("203.0.113.7/32");
    AllowedIps<String> large = table;
    long bytes = AllocationMeter.allocatedBytes(() -> table = large.with(prefix, "b")) / 1000;
    assertThat(bytes).isBetween(32L, 33 * 32L + 64);
  }
}
