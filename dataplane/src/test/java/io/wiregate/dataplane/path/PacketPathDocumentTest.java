package io.wiregate.dataplane.path;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.outcome.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Holds `docs/` to the code: the steps of both walks, the outcomes, and the tests that it names.
final class PacketPathDocumentTest {
  private static final Path ROOT = root();
  private static final Path DOCS = ROOT.resolve("docs");

  /// `/// 3. open: decrypt ...`: the title is what stands before a colon or a semicolon.
  private static final Pattern JAVADOC_STEP =
      Pattern.compile("^/// (\\d+\\. [^:;\\n]+)", Pattern.MULTILINE);

  /// `3. **open**: ...`
  private static final Pattern DOCUMENT_STEP =
      Pattern.compile("^(\\d+\\. )\\*\\*([^*]+)\\*\\*", Pattern.MULTILINE);

  /// `aead.open(of.receivingKey(), batch); // 3`
  private static final Pattern CODE_STEP = Pattern.compile("[;{] // (\\d+)$", Pattern.MULTILINE);

  private static final Pattern TABLE_ROW = Pattern.compile("^\\| `(\\w+)` \\|", Pattern.MULTILINE);
  private static final Pattern OUTCOME =
      Pattern.compile("`((?:IN|OUT|HANDSHAKE|COOKIE)_[A-Z0-9_]+)`");
  private static final Pattern NAMED_TEST = Pattern.compile("`([A-Z]\\w+Test)`");

  @ParameterizedTest
  @ValueSource(strings = {"InboundPath", "OutboundPath"})
  void steps_ofTheDocument_areThoseOfTheJavadoc(String walk) throws IOException {
    List<String> titles =
        JAVADOC_STEP.matcher(source(walk)).results().map(match -> match.group(1).strip()).toList();

    assertThat(titles).hasSizeGreaterThan(3);
    assertThat(
            DOCUMENT_STEP
                .matcher(section(walk))
                .results()
                .map(match -> match.group(1) + match.group(2)))
        .containsExactlyElementsOf(titles);
  }

  @ParameterizedTest
  @ValueSource(strings = {"InboundPath", "OutboundPath"})
  void steps_ofTheJavadoc_areMarkedInTheCode(String walk) throws IOException {
    long steps = JAVADOC_STEP.matcher(source(walk)).results().count();
    List<Integer> marked =
        CODE_STEP
            .matcher(source(walk))
            .results()
            .map(match -> Integer.valueOf(match.group(1)))
            .distinct()
            .sorted()
            .toList();

    List<Integer> all = new ArrayList<>();
    for (int step = 1; step <= steps; step++) {
      all.add(step);
    }
    assertThat(marked).isEqualTo(all);
  }

  @Test
  void outcomes_ofTheTable_areThoseOfTheEnumInItsOrder() throws IOException {
    String table = Files.readString(DOCS.resolve("outcomes.md"));

    assertThat(TABLE_ROW.matcher(table).results().map(match -> match.group(1)))
        .containsExactlyElementsOf(Arrays.stream(Outcome.values()).map(Outcome::name).toList());
  }

  @Test
  void outcomes_namedAnywhere_exist() throws IOException {
    assertThat(named(OUTCOME))
        .isSubsetOf(Arrays.stream(Outcome.values()).map(Outcome::name).toList());
  }

  @Test
  void tests_namedAnywhere_exist() throws IOException {
    Set<String> classes = new TreeSet<>(); // self-tests are among the main ones
    for (String module : List.of("native-bindings", "dataplane", "control")) {
      for (Path file : files(ROOT.resolve(module).resolve("src"), ".java")) {
        classes.add(file.toFile().getName().replace(".java", ""));
      }
    }

    assertThat(named(NAMED_TEST)).isNotEmpty().isSubsetOf(classes);
  }

  private static Set<String> named(Pattern pattern) throws IOException {
    Set<String> names = new TreeSet<>();
    for (Path file : files(DOCS, ".md")) {
      for (MatchResult match : pattern.matcher(Files.readString(file)).results().toList()) {
        names.add(match.group(1));
      }
    }
    return names;
  }

  private static List<Path> files(Path directory, String ending) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(path -> path.toString().endsWith(ending)).toList();
    }
  }

  private static String source(String walk) throws IOException {
    return Files.readString(
        ROOT.resolve("dataplane/src/main/java/io/wiregate/dataplane/path/" + walk + ".java"));
  }

  /// What `docs/packet-path.md` has under the heading that names a class.
  private static String section(String walk) throws IOException {
    String document = Files.readString(DOCS.resolve("packet-path.md"));
    return Arrays.stream(document.split("(?m)^## ", -1))
        .filter(section -> section.lines().findFirst().orElse("").contains("`" + walk + "`"))
        .findFirst()
        .orElseThrow(() -> new AssertionError("packet-path.md has no section of " + walk));
  }

  /// The checkout: tests run in their module's directory, or there.
  private static Path root() {
    Path here = Path.of("").toAbsolutePath();
    Path parent = here.getParent();
    return Files.isDirectory(here.resolve("docs")) || parent == null ? here : parent;
  }
}
