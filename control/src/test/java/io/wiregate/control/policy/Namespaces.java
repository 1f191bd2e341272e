package io.wiregate.control.policy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/// Network namespaces of one test, with names nobody else has. They go when this is closed.
final class Namespaces implements AutoCloseable {
  private final String prefix =
      "wgp" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt()) + "-";
  private final List<String> names = new ArrayList<>();

  /// Creates one, with its loopback up.
  ///
  /// @return its full name
  String add(String name) {
    String full = prefix + name;
    run("", "ip", "netns", "add", full);
    names.add(full);
    ip(full, "link set lo up");
    return full;
  }

  static List<String> inside(String namespace) {
    return List.of("ip", "netns", "exec", namespace);
  }

  /// Runs `ip` commands in the namespace, in one process, and after them those that begin with
  /// `-6`, in another.
  static void ip(String namespace, String... commands) {
    batch(List.of(commands), List.of("ip", "-n", namespace, "-batch", "-"), "");
    batch(List.of(commands), List.of("ip", "-6", "-n", namespace, "-batch", "-"), "-6 ");
  }

  private static void batch(List<String> commands, List<String> command, String prefix) {
    StringBuilder chosen = new StringBuilder();
    for (String line : commands) {
      if (line.startsWith("-6 ") == prefix.equals("-6 ")) {
        chosen.append(line.substring(prefix.length())).append('\n');
      }
    }
    if (!chosen.isEmpty()) {
      run(chosen.toString(), command.toArray(String[]::new));
    }
  }

  static String exec(String namespace, String... command) {
    List<String> whole = new ArrayList<>(inside(namespace));
    whole.addAll(List.of(command));
    return run("", whole.toArray(String[]::new));
  }

  /// Sets values under `net`, in one process.
  static void sysctl(String namespace, String... settings) {
    List<String> whole = new ArrayList<>(inside(namespace));
    whole.addAll(List.of("sysctl", "-q", "-w"));
    whole.addAll(List.of(settings));
    run("", whole.toArray(String[]::new));
  }

  private static String run(String input, String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      try (OutputStream stdin = process.getOutputStream()) {
        stdin.write(input.getBytes(StandardCharsets.UTF_8));
      }
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new AssertionError(String.join(" ", command) + ": " + output + "\n" + input);
      }
      return output;
    } catch (IOException failure) {
      throw new AssertionError(String.join(" ", command), failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new AssertionError(interrupted);
    }
  }

  @Override
  public void close() {
    for (String name : names) {
      run("", "ip", "netns", "del", name);
    }
  }
}
