package io.wiregate.os.testing;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;

/// For tests that start a Java machine of their own.
public final class ClassPath {
  private ClassPath() {}

  /// Where all classes of this test process are, whatever module they are in: on one path they see
  /// each other.
  public static String all() {
    TreeSet<String> paths = new TreeSet<>();
    for (String property : List.of("jdk.module.path", "java.class.path")) {
      paths.addAll(List.of(System.getProperty(property, "").split(File.pathSeparator, -1)));
    }
    paths.add(module().resolve("target/test-classes").toAbsolutePath().toString());
    paths.remove("");
    return String.join(File.pathSeparator, paths);
  }

  /// The directory of the Maven module under test.
  public static Path module() {
    return Path.of(System.getProperty("basedir", "."));
  }

  /// The program `java` that runs this process.
  public static String java() {
    return Path.of(System.getProperty("java.home"), "bin/java").toString();
  }
}
