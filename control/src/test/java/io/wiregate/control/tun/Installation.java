package io.wiregate.control.tun;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The program under test as the launcher runs it: the launcher itself in a checkout of its own,
/// and the classes of this very build laid out by packaging's `lay-out.sh`, with the same JVM
/// options, modules and class path as users have.
///
/// Not a build by `./wiregate build`: that would compile everything a second time. Made once for
/// each JVM that runs tests, and removed when it ends.
final class Installation {
  private static final Installation INSTANCE = make();

  private final Path checkout;

  private Installation(Path checkout) {
    this.checkout = checkout;
  }

  /// The program `wiregate`.
  static String wiregate() {
    return INSTANCE.checkout.resolve("wiregate").toString();
  }

  /// The program `wiregate-tun`.
  static String wiregateTun() {
    return INSTANCE.checkout.resolve("wiregate-tun").toString();
  }

  private static Installation make() {
    try {
      // Open to all, for the test that is not root.
      Path checkout = Files.createTempDirectory("wiregate-installation");
      Files.setPosixFilePermissions(checkout, PosixFilePermissions.fromString("rwxr-xr-x"));
      Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(checkout)));
      Path source = sourceCheckout();
      copyTree(source.resolve("packaging/launcher"), checkout.resolve("packaging/launcher"));
      copyTree(source.resolve("wiregate"), checkout.resolve("wiregate"));
      Files.createSymbolicLink(checkout.resolve("wiregate-tun"), Path.of("wiregate"));
      Files.createFile(checkout.resolve("pom.xml"));

      Path app = Files.createDirectories(checkout.resolve(".build")).resolve("app-test");
      succeed(
          List.of(
              "bash",
              checkout.resolve("packaging/launcher/lay-out.sh").toString(),
              app.toString(),
              System.getProperty("java.home"),
              jars(Files.createDirectory(checkout.resolve("jars")))));
      Files.writeString(app.resolve("stamp"), System.getProperty("java.home") + "\n" + app + "\n");
      // Newer than everything it is made of: nothing is ever built here.
      Files.setLastModifiedTime(
          app.resolve("stamp"), FileTime.from(Instant.parse("2100-01-01T00:00:00Z")));
      Files.writeString(app.resolve("../current"), "app-test\n");
      train(checkout, app);
      return new Installation(checkout);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The training run of `build.sh`, for starts as fast as users have them.
  private static void train(Path checkout, Path app) {
    String cache = "-XX:AOTCache=" + app.resolve("wiregate.aot");
    String configuration = "-XX:AOTConfiguration=" + app.resolve("aot.conf");
    for (String options :
        List.of(
            "-XX:AOTMode=record " + configuration,
            "-XX:AOTMode=create -XX:-AOTClassLinking " + configuration + " " + cache)) {
      succeed(
          List.of(
              "env",
              "JDK_JAVA_OPTIONS=" + options,
              checkout.resolve("wiregate").toString(),
              "version"));
    }
    if (!Files.isReadable(app.resolve("wiregate.aot"))) {
      throw new AssertionError("the training run left no cache");
    }
  }

  private static Path sourceCheckout() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at.resolve("CONTRIBUTING.md"))) {
        return at;
      }
    }
    throw new IllegalStateException("no checkout of WireGate above the working directory");
  }

  /// The class path of the tests with directories of classes packed, as `lay-out.sh` takes it: what
  /// comes from `target/classes` is not a jar yet.
  private static String jars(Path into) throws IOException {
    ToolProvider jar = ToolProvider.findFirst("jar").orElseThrow();
    List<String> path = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path at = Path.of(entry);
      if (at.endsWith("target/classes")) {
        Path packed = into.resolve(at.getName(at.getNameCount() - 3) + "-0.jar");
        int status = jar.run(System.out, System.err, "cf", packed.toString(), "-C", entry, ".");
        if (status != 0) {
          throw new IllegalStateException("jar failed for " + entry);
        }
        path.add(packed.toString());
      } else if (isOfTheProduct(at)) {
        path.add(entry);
      }
    }
    return String.join(File.pathSeparator, path);
  }

  private static boolean isOfTheProduct(Path jar) {
    String name = jar.getFileName().toString();
    return !name.contains("-tests")
        && Stream.of("native-bindings-", "dataplane-", "bcprov-", "jspecify-", "picocli-")
            .anyMatch(name::startsWith);
  }

  private static void succeed(List<String> command) {
    Ran ran = Ran.of(command);
    if (!ran.succeeded()) {
      throw new AssertionError(String.join(" ", command) + ": " + ran);
    }
  }

  private static void copyTree(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        Files.createDirectories(target.toAbsolutePath().getParent());
        if (!Files.isDirectory(file)) {
          Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
  }

  private static void remove(Path directory) {
    try {
      Files.walkFileTree(
          directory,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.delete(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path at, @Nullable IOException e)
                throws IOException {
              Files.delete(at);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      System.err.println("left behind: " + directory + " (" + e.getMessage() + ")");
    }
  }
}
