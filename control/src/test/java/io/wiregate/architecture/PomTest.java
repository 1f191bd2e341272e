package io.wiregate.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/// Versions of libraries and plugins stand in the parent `pom.xml` and nowhere else.
final class PomTest {
  @Test
  void modulePoms_nameNoVersions() throws Exception {
    List<String> versions = new ArrayList<>();
    List<Path> poms = modulePoms();
    for (Path pom : poms) {
      Document document =
          DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder().parse(pom.toFile());
      NodeList found = document.getElementsByTagName("version");
      for (int i = 0; i < found.getLength(); i++) {
        Element owner = (Element) found.item(i).getParentNode();
        if (!owner.getTagName().equals("parent")) {
          versions.add(
              Checkout.ROOT.relativize(pom)
                  + ": "
                  + owner.getTagName()
                  + " "
                  + found.item(i).getTextContent());
        }
      }
    }
    assertThat(poms).as("modules looked at").hasSizeGreaterThanOrEqualTo(5);
    assertThat(versions).as("versions outside the parent pom.xml").isEmpty();
  }

  private static List<Path> modulePoms() throws Exception {
    try (Stream<Path> directories = Files.list(Checkout.ROOT)) {
      return directories
          .map(directory -> directory.resolve("pom.xml"))
          .filter(Files::exists)
          .toList();
    }
  }
}
