package io.wiregate.os.crypto;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Where IPsec-MB may be loaded, and what installs it. Any thread; cold.
///
/// Only where the kernel lets programs use AVX-512, all parts that the library asks for. It looks
/// at the processor itself, which may offer what the kernel has switched off, and would be ended by
/// the first such instruction; and its code for older processors is slower than BoringSSL's and, in
/// some versions, reads a few bytes beside the key and the message.
final class IpsecMbRequirements {
  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
  private static final Path RELEASE = Path.of("/etc/os-release");
  private static final Set<String> FLAGS =
      Set.of("avx512f", "avx512dq", "avx512cd", "avx512bw", "avx512vl");
  private static final int RELEASE_OF_VERSION_2 = 13;

  private IpsecMbRequirements() {}

  /// Whether this machine is one that it is used on.
  static boolean areMet() {
    return hasAvx512(lines(PROCESSORS));
  }

  /// The command that installs it, by Debian's release.
  static String installCommand() {
    return installCommand(lines(RELEASE));
  }

  static boolean hasAvx512(List<String> processors) {
    return processors.stream()
        .filter(line -> line.startsWith("flags"))
        .findFirst()
        .map(line -> Set.of(line.substring(line.indexOf(':') + 1).strip().split(" +")))
        .filter(flags -> flags.containsAll(FLAGS))
        .isPresent();
  }

  static String installCommand(List<String> release) {
    boolean newer =
        release.stream()
            .filter(line -> line.startsWith("VERSION_ID="))
            .map(line -> line.replaceAll("[^0-9.]", "").replaceAll("\\..*", ""))
            .anyMatch(major -> !major.isEmpty() && Integer.parseInt(major) >= RELEASE_OF_VERSION_2);
    return "apt install " + (newer ? "libipsec-mb2" : "libipsec-mb1");
  }

  private static List<String> lines(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.toList();
    } catch (IOException | UncheckedIOException unreadable) {
      return List.of();
    }
  }
}
