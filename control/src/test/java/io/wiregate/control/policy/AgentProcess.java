package io.wiregate.control.policy;

import io.wiregate.os.net.IpAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/// A [NamespaceAgent] in a process of its own, inside a network namespace.
final class AgentProcess implements AutoCloseable {
  /// What became of an attempt.
  ///
  /// @param fate `ALLOWED`, `REFUSED` (reset, port unreachable), `PROHIBITED` (another ICMP error)
  ///   or `LOST` (no answer at all)
  /// @param detail after `ALLOWED`, the address from which the other side saw us
  record Result(String fate, String detail) {
    boolean allowed() {
      return fate.equals("ALLOWED");
    }

    /// Somebody said no.
    boolean denied() {
      return fate.equals("REFUSED") || fate.equals("PROHIBITED");
    }
  }

  private final Process process;
  private final Writer commands;
  private final Map<String, CompletableFuture<String>> waiting = new ConcurrentHashMap<>();
  private final AtomicInteger numbers = new AtomicInteger();

  private AgentProcess(Process process) {
    this.process = process;
    this.commands = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
  }

  /// Starts one; it serves when the future completes.
  static CompletableFuture<AgentProcess> start(List<String> prefix, int... ports)
      throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx64m"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(NamespaceAgent.class.getName());
    IntStream.of(ports).mapToObj(String::valueOf).forEach(command::add);
    AgentProcess agent =
        new AgentProcess(new ProcessBuilder(command).redirectError(Redirect.INHERIT).start());
    CompletableFuture<String> ready = new CompletableFuture<>();
    agent.waiting.put(NamespaceAgent.READY, ready);
    Thread.startVirtualThread(agent::read);
    return ready.thenApply(_ -> agent);
  }

  private void read() {
    try (BufferedReader answers =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = answers.readLine(); line != null; line = answers.readLine()) {
        int space = line.indexOf(' ');
        CompletableFuture<String> future = waiting.remove(line.substring(0, space));
        if (future != null) {
          future.complete(line.substring(space + 1));
        }
      }
    } catch (IOException ended) {
      // Whoever still waits learns it below.
    }
    waiting.values().forEach(f -> f.completeExceptionally(new IOException("the agent ended")));
  }

  CompletableFuture<String> tell(String command) {
    return tell(String.valueOf(numbers.incrementAndGet()), command);
  }

  private CompletableFuture<String> tell(String id, String command) {
    CompletableFuture<String> future = new CompletableFuture<>();
    waiting.put(id, future);
    try {
      synchronized (commands) {
        commands.write(id + " " + command + "\n");
        commands.flush();
      }
    } catch (IOException ended) {
      future.completeExceptionally(ended);
    }
    return future;
  }

  /// Tries to start a flow.
  CompletableFuture<Result> attempt(
      IpAddress source, IpAddress destination, Protocol protocol, int port) {
    String verb = protocol.name().toLowerCase(Locale.ROOT);
    return tell(verb + " " + source + " " + destination + " " + port).thenApply(this::result);
  }

  /// Opens a TCP connection that stays.
  ///
  /// @return its name for [#say]
  String open(IpAddress source, IpAddress destination, int port) {
    String id = String.valueOf(numbers.incrementAndGet());
    String answer = tell(id, "open " + source + " " + destination + " " + port).join();
    if (!result(answer).allowed()) {
      throw new AssertionError(source + " to " + destination + ": " + answer);
    }
    return id;
  }

  /// Sends a line over an open connection and waits for its echo.
  Result say(String connection) {
    return result(tell("say " + connection).join());
  }

  private Result result(String answer) {
    int space = answer.indexOf(' ');
    return space < 0
        ? new Result(answer, "")
        : new Result(answer.substring(0, space), answer.substring(space + 1));
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}
