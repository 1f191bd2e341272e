package io.wiregate.os.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// A network namespace of its own for a test, with the loopback interface up. Its name is unique
/// among all runs on the machine. Closing it ends what was started in it and removes it.
public final class NetworkNamespace implements AutoCloseable {
  private static final int TIMEOUT_SECONDS = 60;

  /// Together with the process's number, which no other run has at the same time.
  private static final AtomicInteger COUNTER = new AtomicInteger();

  private final String name;
  private final List<Process> started = new ArrayList<>();
  private boolean deleted;

  private NetworkNamespace(String name) {
    this.name = name;
  }

  public static NetworkNamespace create() {
    NetworkNamespace namespace = new NetworkNamespace(unique("wgt"));
    run(List.of("ip", "netns", "add", namespace.name));
    namespace.exec("ip", "link", "set", "lo", "up");
    return namespace;
  }

  /// A name that no other interface or namespace on this machine has, at most 15 characters (the
  /// limit for interfaces).
  ///
  /// @param prefix at most 4 characters
  public static String unique(String prefix) {
    return prefix + ProcessHandle.current().pid() + "x" + COUNTER.incrementAndGet();
  }

  /// Joins two namespaces with a pair of virtual Ethernet interfaces, both up, each with an
  /// address.
  ///
  /// @param firstAddress with its length, e.g. `10.0.0.1/24`
  public static void connect(
      NetworkNamespace first,
      String firstInterface,
      String firstAddress,
      NetworkNamespace second,
      String secondInterface,
      String secondAddress) {
    run(
        List.of(
            "ip",
            "-n",
            first.name,
            "link",
            "add",
            firstInterface,
            "type",
            "veth",
            "peer",
            "name",
            secondInterface,
            "netns",
            second.name));
    first.addAddress(firstInterface, firstAddress);
    second.addAddress(secondInterface, secondAddress);
  }

  private void addAddress(String device, String address) {
    if (address.indexOf(':') >= 0) {
      exec("ip", "address", "add", address, "dev", device, "nodad");
    } else {
      exec("ip", "address", "add", address, "dev", device);
    }
    exec("ip", "link", "set", device, "up");
  }

  public String name() {
    return name;
  }

  /// The file that stands for it, for setns(2).
  public Path path() {
    return Path.of("/run/netns", name);
  }

  /// Runs a program in it to its end.
  ///
  /// @return what it printed, errors included
  /// @throws AssertionError if it fails or takes longer than a minute; the message holds its output
  public String exec(String... command) {
    return run(inside(command));
  }

  /// Starts a program in it that runs until the namespace is closed, or ended earlier by the
  /// caller.
  ///
  /// @param log where its output goes
  public Process start(Path log, String... command) {
    try {
      Process process =
          new ProcessBuilder(inside(command))
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      started.add(process);
      return process;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Starts a program in it whose output nobody reads.
  public Process start(String... command) {
    return start(Path.of("/dev/null"), command);
  }

  /// The command line that runs a program in it; `ip netns exec` becomes the program, so that its
  /// process is the program's.
  public List<String> inside(String... command) {
    List<String> line = new ArrayList<>(List.of("ip", "netns", "exec", name));
    line.addAll(List.of(command));
    return line;
  }

  private static String run(List<String> command) {
    Path output = null;
    try {
      output = Files.createTempFile("wiregate-test", ".out");
      // To a file: reading a pipe would wait for children that the program leaves behind.
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      process.getOutputStream().close();
      boolean ended = process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      if (!ended) {
        process.destroyForcibly().waitFor();
      }
      String text = Files.readString(output, StandardCharsets.UTF_8);
      if (!ended || process.exitValue() != 0) {
        String how = ended ? "exit code " + process.exitValue() : "no end within a minute";
        throw new AssertionError(String.join(" ", command) + ": " + how + "\n" + text);
      }
      return text;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted in " + String.join(" ", command), e);
    } finally {
      if (output != null) {
        output.toFile().delete();
      }
    }
  }

  /// Ends the programs that were started in it, politely first, then removes it. A second call does
  /// nothing.
  @Override
  public void close() {
    try {
      started.forEach(Process::destroy);
      for (Process process : started) {
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      delete();
    }
  }

  /// Removes its name only: it goes on for as long as a program is in it, and nobody enters it any
  /// more. A second call does nothing.
  public void delete() {
    if (!deleted) {
      deleted = true;
      run(List.of("ip", "netns", "delete", name));
    }
  }
}
