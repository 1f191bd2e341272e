package io.wiregate.control.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class UuidV7Test {
  @Test
  void next_many_areOrderedAsPostgresOrdersThem() {
    UuidV7 ids = new UuidV7();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      texts.add(ids.next().toString());
    }
    assertThat(texts).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void next_any_isOfVersion7AndOfNow() {
    var id = new UuidV7().next();
    assertThat(id.version()).isEqualTo(7);
    assertThat(id.variant()).isEqualTo(2);
    assertThat(id.getMostSignificantBits() >>> 16)
        .isBetween(System.currentTimeMillis() - 60_000, System.currentTimeMillis() + 1_000);
  }
}
