package io.wiregate.control.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PeerRulesTest {
  @ParameterizedTest
  @ValueSource(strings = {"alice", "Zoë's phone", "山田", "a", "node-1.example", "x (old)"})
  void name_ofAPerson_isAccepted(String name) {
    assertThat(PeerRules.name(name)).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " a",
        "a ",
        "-a",
        "a\nPostUp = x",
        "a\u001b[31m",
        "a\"b",
        "a/b",
        "a\u202eb",
        "0190a8b0-0000-7000-8000-000000000000",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      })
  void name_thatCouldDoHarm_isRefused(String name) {
    assertThatThrownBy(() -> PeerRules.name(name)).isInstanceOf(IllegalArgumentException.class);
  }

  @Property
  void name_accepted_hasNoControlCharacter(@ForAll String text) {
    try {
      assertThat(PeerRules.name(text).chars().noneMatch(Character::isISOControl)).isTrue();
    } catch (IllegalArgumentException refused) {
      assertThat(refused).hasMessageStartingWith("must");
    }
  }

  @Test
  void labels_oddOnes_areRefused() {
    assertThat(PeerRules.labels(Map.of("team/x", "blue"))).hasSize(1);
    assertThatThrownBy(() -> PeerRules.labels(Map.of("Team", "blue")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> PeerRules.labels(Map.of("team", "a\0b")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void notes_linesAndTabs_areKept() {
    assertThat(PeerRules.notes("a\n\tb")).isEqualTo("a\n\tb");
    assertThatThrownBy(() -> PeerRules.notes("a\0")).isInstanceOf(IllegalArgumentException.class);
  }
}
