package io.wiregate.control.demo;

import io.wiregate.control.command.CommandFailure;
import io.wiregate.os.FileDescriptor;
import io.wiregate.os.OsException;
import io.wiregate.os.link.NetworkNamespaces;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// One network namespace. Any thread.
final class Place implements AutoCloseable {
  /// What to do there, on a thread that has moved there: its sockets, and the threads that it
  /// starts, belong there.
  interface Work<T> {
    T run() throws IOException;
  }

  private final String name;
  private final FileDescriptor namespace;

  Place(String name) {
    this.name = name;
    try {
      this.namespace = NetworkNamespaces.open(Path.of("/run/netns", name));
    } catch (OsException failed) {
      throw new CommandFailure("The network namespace " + name + " is gone.", failed);
    }
  }

  String name() {
    return name;
  }

  List<String> inside(String... command) {
    List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", name));
    whole.addAll(List.of(command));
    return whole;
  }

  /// Runs commands of ip(8).
  void ip(List<String> commands) {
    Programs.run(List.of("ip", "-n", name, "-batch", "-"), String.join("\n", commands) + "\n");
  }

  /// @throws UncheckedIOException if the work fails
  <T> T call(Work<T> work) {
    try {
      return NetworkNamespaces.call(
          namespace,
          () -> {
            try {
              return work.run();
            } catch (OsException failed) {
              throw failed;
            } catch (IOException failed) {
              throw new UncheckedIOException(failed);
            }
          });
    } catch (OsException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  @Override
  public void close() {
    namespace.close();
  }
}
