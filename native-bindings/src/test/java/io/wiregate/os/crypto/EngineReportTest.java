package io.wiregate.os.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wiregate.os.crypto.EngineReport.Candidate;
import io.wiregate.os.crypto.EngineReport.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The engines here are their own speeds.
final class EngineReportTest {
  private final List<Finding> findings = new ArrayList<>();

  @Test
  void choose_laterIsClearlyFaster_takesIt() {
    assertThat(choose(null, usable("a", 100), usable("b", 89))).isEqualTo("b");
    assertThat(findings).extracting(Finding::nanos).containsExactly(100.0, 89.0);
  }

  @Test
  void choose_laterIsHardlyFaster_staysWithTheFirst() {
    assertThat(choose(null, usable("a", 100), usable("b", 91))).isEqualTo("a");
  }

  @Test
  void choose_firstCannotBeUsed_takesTheNextAndSaysWhy() {
    assertThat(choose(null, broken("a"), usable("b", 500))).isEqualTo("b");
    assertThat(findings.getFirst().problem()).isEqualTo("a is broken");
    assertThat(findings.getLast().nanos()).as("one alone is not measured").isZero();
  }

  @Test
  void choose_noneCanBeUsed_givesNone() {
    assertThat(choose(null, broken("a"), broken("b"))).isNull();
  }

  @Test
  void choose_byName_takesItWithoutMeasuring() {
    assertThat(choose("B", usable("a", 1), usable("b", 2))).isEqualTo("b");
    assertThat(findings).extracting(Finding::nanos).containsExactly(0.0, 0.0);
  }

  @Test
  void choose_byNameOfWhatCannotBeUsed_isRefused() {
    assertThatThrownBy(() -> choose("a", broken("a"), usable("b", 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a is broken");
  }

  @Test
  void times_ofThoseThatWereMeasured_areInMicroseconds() {
    choose(null, usable("a", 1234), broken("b"), usable("c", 5000));
    assertThat(new EngineReport("a", findings, null).times()).isEqualTo(" (a 1.23 µs, c 5.00 µs)");
    findings.clear();
    choose("a", usable("a", 1234));
    assertThat(new EngineReport("a", findings, null).times()).isEmpty();
  }

  @SafeVarargs
  private @Nullable String choose(@Nullable String preferred, Candidate<Double>... candidates) {
    List<Supplier<Candidate<Double>>> suppliers = new ArrayList<>();
    for (Candidate<Double> candidate : candidates) {
      suppliers.add(() -> candidate);
    }
    Candidate<Double> chosen =
        EngineReport.choose(
            suppliers,
            speeds -> speeds.stream().mapToDouble(Double::doubleValue).toArray(),
            preferred,
            findings);
    return chosen == null ? null : chosen.id();
  }

  private static Candidate<Double> usable(String id, double nanos) {
    return new Candidate<>(id, id, nanos, null);
  }

  private static Candidate<Double> broken(String id) {
    return new Candidate<>(id, id, null, id + " is broken");
  }
}
