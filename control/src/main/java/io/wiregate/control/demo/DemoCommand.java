package io.wiregate.control.demo;

import io.wiregate.control.command.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `wiregate demo`: a gateway, two stock clients for each zone and a piece of internet, each in a
/// network namespace that goes afterwards. Fails unless everything is as the zones' policy says.
@Command(
    name = "demo",
    description = {
      "Shows a whole gateway at work with stock WireGuard clients, and whether it keeps its policy.",
      "Needs root, wireguard-go and wg; everything is in network namespaces of its own, which go"
          + " afterwards, whatever happens."
    },
    mixinStandardHelpOptions = true)
public final class DemoCommand implements Callable<Integer> {
  private static final long CLEANUP_SECONDS = 60;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    checkRoot();
    String wireguardGo = wireguardGo();
    CountDownLatch cleaned = new CountDownLatch(1);
    cleanAtInterrupt(Thread.currentThread(), cleaned);
    long begunNanos = System.nanoTime();
    try (Demo demo = new Demo(wireguardGo, this::say)) {
      List<ZoneTrial> trials = demo.run();
      boolean isWhole = DemoTable.print(trials, spec.commandLine().getOut());
      say(
          "%s, after %.1f s; cleaning up ..."
              .formatted(
                  isWhole
                      ? "everything is as the policy says"
                      : "not everything is as it should be",
                  (System.nanoTime() - begunNanos) / 1e9));
      return isWhole ? 0 : 1;
    } finally {
      cleaned.countDown();
    }
  }

  private void say(String line) {
    spec.commandLine().getErr().println("wiregate demo: " + line);
    spec.commandLine().getErr().flush();
  }

  private static void checkRoot() throws IOException {
    if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
      throw new CommandFailure(
          "The demo makes network namespaces, which needs root: run 'sudo wiregate demo'.");
    }
  }

  private static String wireguardGo() {
    String named = System.getenv("WIREGUARD_GO");
    String client = named == null || named.isEmpty() ? "wireguard-go" : named;
    if (!Programs.isThere(client) || !Programs.isThere("wg")) {
      throw new CommandFailure(
          "The demo needs a stock WireGuard client: 'apt install wireguard-go wireguard-tools', or"
              + " name a wireguard-go in WIREGUARD_GO.");
    }
    if (!Programs.isThere("ip") || !Programs.isThere("nft")) {
      throw new CommandFailure("The demo needs ip and nft: 'apt install iproute2 nftables'.");
    }
    return client;
  }

  /// A signal ends the virtual machine: not before the work is interrupted and has cleaned up.
  private static void cleanAtInterrupt(Thread worker, CountDownLatch cleaned) {
    Runnable clean =
        () -> {
          if (cleaned.getCount() > 0) {
            worker.interrupt();
            try {
              var _ = cleaned.await(CLEANUP_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException _) {
              // the virtual machine is in a hurry
            }
          }
        };
    Runtime.getRuntime().addShutdownHook(new Thread(clean, "cleanup"));
  }
}
