package io.wiregate.control.policy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/// The program `nft`. Each call is a process of its own, without a shell; documents go through its
/// standard input. Safe to share between threads.
public final class Nft {
  private static final Duration TIME_LIMIT = Duration.ofSeconds(20);
  private static final JsonMapper JSON = JsonMapper.shared();

  private final List<String> command;

  private Nft(List<String> command) {
    this.command = List.copyOf(command);
  }

  /// The `nft` on the path, in this process's network namespace.
  public static Nft onPath() {
    return new Nft(List.of("nft"));
  }

  /// The same, started by another program: `ip netns exec NAME`.
  public Nft behind(List<String> prefix) {
    List<String> whole = new ArrayList<>(prefix);
    whole.addAll(command);
    return new Nft(whole);
  }

  /// Another program in the place of `nft`.
  static Nft command(String... command) {
    return new Nft(List.of(command));
  }

  /// Whether rules can be read, which needs the program and the right.
  ///
  /// @throws FirewallException if they cannot; the message says why
  public void requireUsable() {
    var _ = list("tables");
  }

  /// Applies the document in one transaction: all of it or nothing.
  ///
  /// @throws FirewallException if it is refused
  void apply(JsonNode document) {
    run("the zone policy", document.toString(), "-j", "-f", "-");
  }

  /// Whether the document would be accepted; nothing changes.
  ///
  /// @throws FirewallException if it would not
  void check(JsonNode document) {
    run("the zone policy", document.toString(), "-c", "-j", "-f", "-");
  }

  /// The objects that `nft -j list ARGUMENTS` prints.
  ///
  /// @throws FirewallException if it fails, for one because there is no such object
  JsonNode list(String... arguments) {
    List<String> whole = new ArrayList<>(List.of("-j", "list"));
    whole.addAll(List.of(arguments));
    String output = run("to list rules", "", whole.toArray(String[]::new));
    if (output.isBlank()) {
      return JsonNodeFactory.instance.arrayNode();
    }
    try {
      return JSON.readTree(output).path("nftables");
    } catch (JacksonException malformed) {
      throw new FirewallException(
          "nft printed something that is not JSON; install a version with JSON support:"
              + " apt install nftables",
          malformed);
    }
  }

  private String run(String what, String input, String... arguments) {
    List<String> whole = new ArrayList<>(command);
    whole.addAll(List.of(arguments));
    Process process;
    try {
      process = new ProcessBuilder(whole).start();
    } catch (IOException missing) {
      throw new FirewallException(
          "the program nft cannot be started, and without it the zones have no firewall: run"
              + " apt install nftables",
          missing);
    }
    try {
      return converse(process, what, input);
    } finally {
      process.destroyForcibly();
    }
  }

  private static String converse(Process process, String what, String input) {
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    Thread readsOutput = reader(process.getInputStream(), output);
    Thread readsErrors = reader(process.getErrorStream(), errors);
    try (OutputStream toProcess = process.getOutputStream()) {
      toProcess.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException ended) {
      // It ended before it read everything; its message and status say why.
    }
    try {
      if (!process.waitFor(TIME_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        throw new FirewallException(
            "nft did not answer within "
                + TIME_LIMIT.toSeconds()
                + " seconds; look for another program that holds the rules: nft list ruleset");
      }
      readsOutput.join();
      readsErrors.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new FirewallException("interrupted while nft was running", interrupted);
    }
    if (process.exitValue() != 0) {
      throw refused(what, errors.toString(StandardCharsets.UTF_8), process.exitValue());
    }
    return output.toString(StandardCharsets.UTF_8);
  }

  private static Thread reader(InputStream from, ByteArrayOutputStream into) {
    return Thread.startVirtualThread(() -> {
      try (from) {
        from.transferTo(into);
      } catch (IOException closed) {
        // The process was ended; what was read until then is all there is.
      }
    });
  }

  private static FirewallException refused(String what, String errors, int status) {
    String message =
        errors
            .lines()
            .map(line -> line.replaceFirst("^.*?Error: ", "").strip())
            .filter(line -> !line.isEmpty())
            .findFirst()
            .orElse("exit status " + status);
    if (message.contains("Operation not permitted")) {
      return new FirewallException(
          "nftables refused " + what + ": " + message + "; run as root or with CAP_NET_ADMIN");
    }
    if (message.contains("not supported")) {
      return new FirewallException(
          "nftables refused "
              + what
              + ": "
              + message
              + "; the kernel needs nf_tables, its NAT and connection tracking: modprobe nf_tables");
    }
    return new FirewallException("nftables refused " + what + ": " + message);
  }
}
