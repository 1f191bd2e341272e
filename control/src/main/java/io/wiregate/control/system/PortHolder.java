package io.wiregate.control.system;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Finds out who holds a port, from `/proc` (proc(5), `/proc/net/tcp`): for the message that says
/// that it is taken.
public final class PortHolder {
  private static final String TCP_LISTEN = "0A";

  private PortHolder() {}

  /// E.g. `process 4711 (nginx)`; empty where it cannot be seen, as without root.
  public static Optional<String> ofTcp(int port) {
    return holder(List.of("tcp", "tcp6"), port, true);
  }

  public static Optional<String> ofUdp(int port) {
    return holder(List.of("udp", "udp6"), port, false);
  }

  private static Optional<String> holder(List<String> tables, int port, boolean listeningOnly) {
    try {
      Set<String> sockets = new HashSet<>();
      for (String table : tables) {
        collect(Path.of("/proc/net", table), port, listeningOnly, sockets);
      }
      return sockets.isEmpty() ? Optional.empty() : process(sockets);
    } catch (IOException unreadable) {
      return Optional.empty();
    }
  }

  private static void collect(Path table, int port, boolean listeningOnly, Set<String> sockets)
      throws IOException {
    if (!Files.exists(table)) {
      return;
    }
    String suffix = String.format(Locale.ROOT, ":%04X", port);
    for (String line : Files.readAllLines(table)) {
      List<String> fields = List.of(line.strip().split("\\s+", -1));
      if (fields.size() > 9
          && fields.get(1).endsWith(suffix)
          && (!listeningOnly || fields.get(3).equals(TCP_LISTEN))) {
        sockets.add("socket:[" + fields.get(9) + "]");
      }
    }
  }

  private static Optional<String> process(Set<String> sockets) throws IOException {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
      for (Path process : processes) {
        if (holdsOne(process, sockets)) {
          String name = Files.readString(process.resolve("comm")).strip();
          return Optional.of("process " + process.getFileName() + " (" + name + ")");
        }
      }
    }
    return Optional.empty();
  }

  private static boolean holdsOne(Path process, Set<String> sockets) {
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path descriptor : descriptors) {
        if (sockets.contains(Files.readSymbolicLink(descriptor).toString())) {
          return true;
        }
      }
    } catch (IOException goneOrForbidden) {
      return false;
    }
    return false;
  }
}
