package io.wiregate.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.file.Path;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `packaging/launcher/lay-out.sh` makes of a signed jar.
final class LayOutTest {
  @TempDir private Path directory;

  @Test
  void bouncyCastle_laidOut_isWholeAndNoLongerSigned() throws Exception {
    Path signed =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .map(Path::of)
            .filter(jar -> jar.toString().contains("bcprov-"))
            .findFirst()
            .orElseThrow();
    Path layout = directory.resolve("a layout");
    Process process =
        new ProcessBuilder(
                "bash",
                Checkout.ROOT.resolve("packaging/launcher/lay-out.sh").toString(),
                layout.toString(),
                System.getProperty("java.home"),
                signed.toString())
            .inheritIO()
            .start();
    assertThat(process.waitFor()).isZero();

    Path modules = layout.resolve("modules");
    Path laidOut = modules.resolve(Objects.requireNonNull(signed.getFileName()));
    assertThat(modules.toFile().list()).containsExactly(laidOut.getFileName().toString());
    assertThat(checksums(laidOut)).isEqualTo(checksums(signed));
    try (JarFile before = new JarFile(signed.toFile());
        JarFile after = new JarFile(laidOut.toFile())) {
      assertThat(before.stream().anyMatch(LayOutTest::isOfTheSignature)).isTrue();
      assertThat(after.stream().noneMatch(LayOutTest::isOfTheSignature)).isTrue();
      assertThat(after.isMultiRelease()).isTrue();
      Manifest manifest = after.getManifest();
      assertThat(manifest.getMainAttributes().entrySet())
          .containsAll(before.getManifest().getMainAttributes().entrySet());
      assertThat(manifest.getEntries()).isEmpty(); // which have the digests
      assertThat(module(laidOut)).isEqualTo(module(signed));
    }
  }

  private static ModuleDescriptor module(Path jar) {
    return ModuleFinder.of(jar).findAll().iterator().next().descriptor();
  }

  /// Of everything but what says that it is signed, and the module's description, to which the
  /// JDK's `jar` adds the names of the packages.
  private static SortedMap<String, Long> checksums(Path jar) throws IOException {
    SortedMap<String, Long> checksums = new TreeMap<>();
    try (JarFile file = new JarFile(jar.toFile())) {
      for (JarEntry entry : file.stream().toList()) {
        if (!entry.isDirectory()
            && !isOfTheSignature(entry)
            && !entry.getName().equals(JarFile.MANIFEST_NAME)
            && !entry.getName().endsWith("/module-info.class")) {
          checksums.put(entry.getName(), entry.getCrc());
        }
      }
    }
    return checksums;
  }

  private static boolean isOfTheSignature(JarEntry entry) {
    return entry.getName().matches("META-INF/[^/]*\\.(SF|RSA|DSA|EC)");
  }
}
