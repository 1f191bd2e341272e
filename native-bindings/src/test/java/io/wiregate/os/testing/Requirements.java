package io.wiregate.os.testing;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.AnnotatedElement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

/// Checks what [RequiresRoot] and [RequiresTool] ask for.
///
/// Not an `ExecutionCondition`: that can only skip a test, and in CI a skipped one would pass for
/// one that succeeded.
final class Requirements implements BeforeAllCallback, BeforeEachCallback {
  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    check(context.getElement());
  }

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    check(context.getElement());
  }

  private static void check(Optional<AnnotatedElement> element) throws IOException {
    if (AnnotationSupport.isAnnotated(element, RequiresRoot.class) && !isRoot()) {
      missing("root, to make interfaces and network namespaces: run it with sudo");
    }
    Optional<RequiresTool> tools = AnnotationSupport.findAnnotation(element, RequiresTool.class);
    if (tools.isPresent()) {
      for (String tool : tools.get().value()) {
        if (!isInPath(tool)) {
          missing("the program '" + tool + "': install the package that has it");
        }
      }
    }
  }

  private static void missing(String what) {
    String message = "this test needs " + what;
    if (System.getenv("CI") != null) {
      throw new AssertionFailedError(message);
    }
    throw new TestAbortedException(message);
  }

  private static boolean isRoot() throws IOException {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
  }

  private static boolean isInPath(String tool) {
    String path = System.getenv("PATH");
    for (String directory : (path == null ? "" : path).split(File.pathSeparator, -1)) {
      if (Files.isExecutable(Path.of(directory, tool))) {
        return true;
      }
    }
    return false;
  }
}
