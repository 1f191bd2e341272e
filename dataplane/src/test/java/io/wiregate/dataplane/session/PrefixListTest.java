package io.wiregate.dataplane.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PrefixListTest {
  private final PrefixList list = new PrefixList();

  private static IpPrefix prefix(String text) {
    return IpPrefix.parse(text);
  }

  @Test
  void addLast_prefixesOfBothFamilies_comeBackAsTheyWere() {
    List<IpPrefix> all =
        List.of(
            prefix("0.0.0.0/0"),
            prefix("::/0"),
            prefix("255.255.255.255/32"),
            prefix("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"),
            prefix("128.0.0.0/1"),
            prefix("fd00::8000:0:0:1/128"),
            prefix("::10.0.0.0/128"));
    all.forEach(list::addLast);

    assertThat(list.toList()).isEqualTo(all);
  }

  /// They differ in nothing but the family.
  @Test
  void remove_prefixOfTheOtherFamily_changesNothing() {
    IpPrefix v4 = new IpPrefix(IpAddress.v4(0), 8);
    IpPrefix v6 = new IpPrefix(IpAddress.v6(0, 0), 8);
    list.addLast(v4);

    list.remove(v6);
    assertThat(list.toList()).containsExactly(v4);

    list.remove(v4);
    assertThat(list.toList()).isEmpty();
  }

  @Test
  void clear_list_isEmptyAndTakesMore() {
    for (int i = 0; i <= PrefixList.FEW; i++) {
      list.addLast(new IpPrefix(IpAddress.v4(i), 32));
    }
    list.clear();
    list.addLast(prefix("10.0.0.0/8"));

    assertThat(list.toList()).containsExactly(prefix("10.0.0.0/8"));
  }

  /// Across the number from which on it is kept as a set, and back.
  @Test
  void addAndRemove_anyOrder_sameAsAListOfObjects() {
    SplittableRandom random = new SplittableRandom(7);
    List<IpPrefix> expected = new ArrayList<>();
    for (int step = 0; step < 2000; step++) {
      int host = random.nextInt(3 * PrefixList.FEW);
      IpPrefix prefix =
          host % 2 == 0
              ? new IpPrefix(IpAddress.v4(host), 32)
              : new IpPrefix(IpAddress.v6(1, host), 127);
      boolean had = expected.remove(prefix);
      list.remove(prefix);
      if (!had || random.nextBoolean()) {
        expected.add(prefix);
        list.addLast(prefix);
      }
      assertThat(list.toList()).isEqualTo(expected);
    }
  }
}
