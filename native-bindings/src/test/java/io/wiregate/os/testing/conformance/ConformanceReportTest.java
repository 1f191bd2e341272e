package io.wiregate.os.testing.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConformanceReportTest {
  @TempDir private Path directory;

  private Catalogue catalogue(String... lines) throws IOException {
    return Catalogue.read(Files.write(directory.resolve("rules"), List.of(lines)));
  }

  private static Observation seen(String rule, String subject, Observation.Result result) {
    return new Observation(rule, "SomeTest.some_test_holds", subject, result);
  }

  @Test
  void text_ruleHeldAndFailed_saysSoForEachSubject() throws IOException {
    Catalogue catalogue = catalogue("== Part", "a.b | Something holds. | paper 5", "c ! No. | why");
    ConformanceReport report =
        new ConformanceReport(
            catalogue,
            List.of(
                seen("a.b", "WireGate", Observation.Result.HELD),
                seen("a.b", "wireguard-go", Observation.Result.HELD),
                seen("a.b", "wireguard-go", Observation.Result.FAILED)));
    assertThat(report.text())
        .contains(
            "| `a.b` Something holds. | paper 5 | yes | **no** | `SomeTest.some_test_holds` |",
            "| `c` No. | – | cannot be shown: why | – | |",
            "WireGate holds 1 of 1 rules; 1 more");
    assertThat(report.faults()).isEmpty();
  }

  @Test
  void faults_ruleWithoutTestAndTestWithoutRule_areNamed() throws IOException {
    ConformanceReport report =
        new ConformanceReport(
            catalogue("== Part", "a.b | Something holds. | paper 5"),
            List.of(seen("x.y", "WireGate", Observation.Result.HELD)));
    assertThat(report.faults())
        .hasSize(2)
        .anyMatch(fault -> fault.contains("proves a.b"))
        .anyMatch(fault -> fault.contains("x.y"));
  }

  @Test
  void read_nameTwice_isRefused() {
    assertThatThrownBy(() -> catalogue("== Part", "a | b | c", "a | d | e"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void parse_whatWasWritten_isTheSame() {
    assertThat(Observation.parse("a.b\tT.m\twireguard-go\tFAILED"))
        .isEqualTo(new Observation("a.b", "T.m", "wireguard-go", Observation.Result.FAILED));
  }

  @Subject("another")
  private static final class Outer {
    private static final class Inner {}
  }

  @Test
  void subject_ofANestedClass_isTheSurroundingOnes() {
    assertThat(Observation.subject(Outer.Inner.class)).isEqualTo("another");
    assertThat(Observation.subject(ConformanceReportTest.class)).isEqualTo(Observation.OURS);
  }
}
