package io.wiregate.dataplane.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.AllocationMeter;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class RouteCacheTest {
  private static final int OWNED = 0x0a00_0007;

  private final RouteCache<String> cache = new RouteCache<>();
  private int next;
  private final AllowedIps<String> one =
      AllowedIps.<String>empty()
          .with(IpPrefix.parse("10.0.0.0/24"), "a")
          .with(IpPrefix.parse("fd00::/64"), "a");

  /// Few addresses and few prefixes, so that the same come again, collide, and change owners.
  @Property(tries = 200)
  void find_anyChangesAndLookups_isAsTheTableSays(@ForAll long seed) {
    Random random = new Random(seed);
    AllowedIps<Integer> table = AllowedIps.empty();
    RouteCache<Integer> tested = new RouteCache<>();
    for (int i = 0; i < 5_000; i++) {
      if (random.nextInt(50) == 0) {
        IpAddress address = address(random);
        int length = random.nextInt(address.isV6() ? 129 : 33);
        IpPrefix prefix = new IpPrefix(address, length);
        Integer owner = table.owner(prefix);
        table =
            owner != null && random.nextBoolean()
                ? table.without(prefix, owner)
                : table.with(prefix, random.nextInt(4));
      }
      IpAddress address = address(random);
      if (address.isV6()) {
        assertThat(tested.findV6(table, address.high(), address.low()))
            .isEqualTo(table.findV6(address.high(), address.low()));
      } else {
        assertThat(tested.findV4(table, (int) address.low()))
            .isEqualTo(table.findV4((int) address.low()));
      }
    }
  }

  private static IpAddress address(Random random) {
    int some = random.nextInt(6000);
    return switch (random.nextInt(3)) {
      case 0 -> IpAddress.v4(0x0a00_0000 + some);
      case 1 -> IpAddress.v6(0xfd00_0000_0000_0000L, some);
      default -> IpAddress.v6(some, (long) some << 32); // differs in both halves
    };
  }

  @Test
  void findV4_ownerHasChanged_isTheNewOneAtOnce() {
    assertThat(cache.findV4(one, OWNED)).isEqualTo("a");
    assertThat(cache.findV4(one.with(IpPrefix.parse("10.0.0.7/32"), "b"), OWNED)).isEqualTo("b");
    assertThat(cache.findV4(AllowedIps.empty(), OWNED)).isNull();
  }

  @Test
  void findV6_ownerHasChanged_isTheNewOneAtOnce() {
    assertThat(cache.findV6(one, 0xfd00_0000_0000_0000L, 7)).isEqualTo("a");
    assertThat(
            cache.findV6(one.with(IpPrefix.parse("fd00::7/128"), "b"), 0xfd00_0000_0000_0000L, 7))
        .isEqualTo("b");
    assertThat(cache.findV6(AllowedIps.empty(), 0xfd00_0000_0000_0000L, 7)).isNull();
  }

  @Test
  void find_addressesThatAreRememberedOrNot_allocatesNothing() {
    long allocated =
        AllocationMeter.allocatedBytes(() -> {
          cache.findV4(one, 0x0a00_0000 + (next++ & 511));
          cache.findV6(one, 0xfd00_0000_0000_0000L, next);
        });
    assertThat(allocated).isZero();
  }
}
