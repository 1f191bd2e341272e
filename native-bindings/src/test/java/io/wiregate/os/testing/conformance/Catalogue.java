package io.wiregate.os.testing.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The rules in sections, in the order of their file. A line is `# comment`, `== section`, `name |
/// rule | source`, or `name ! rule | why it cannot be shown here`.
record Catalogue(List<Section> sections) {
  record Section(String title, List<Rule> rules) {}

  /// @param shown whether a test has to prove it
  /// @param note its source, or why it cannot be shown
  record Rule(String name, String text, String note, boolean shown) {}

  /// @throws IllegalArgumentException if a line is none of these, or a name is there twice
  static Catalogue read(Path file) throws IOException {
    List<Section> sections = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (String line : Files.readAllLines(file)) {
      if (line.isBlank() || line.startsWith("# ")) {
        continue;
      }
      if (line.startsWith("== ")) {
        sections.add(new Section(line.substring(3).strip(), new ArrayList<>()));
        continue;
      }
      Rule rule = rule(line);
      if (sections.isEmpty() || !names.add(rule.name)) {
        throw new IllegalArgumentException("twice, or before the first section: " + line);
      }
      sections.getLast().rules.add(rule);
    }
    return new Catalogue(sections);
  }

  private static Rule rule(String line) {
    String[] fields = line.split(" \\| ", -1);
    boolean shown = fields.length == 3;
    String[] head = shown ? new String[] {fields[0], fields[1]} : fields[0].split(" ! ", -1);
    if (head.length != 2 || fields.length < 2) {
      throw new IllegalArgumentException("neither a rule nor a section: " + line);
    }
    return new Rule(head[0].strip(), head[1].strip(), fields[fields.length - 1].strip(), shown);
  }
}
