package io.wiregate.control.demo;

import io.wiregate.control.command.CommandFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One run. Closing it takes away all that it has made.
final class Demo implements AutoCloseable {
  /// The zones of an installation in which nothing is set.
  private static final List<String> ZONES = List.of("main", "admins", "members", "lan", "guests");

  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
  private static final String FRIEND = "-friend";

  private final String wireguardGo;
  private final Consumer<String> say;
  private final String token = token();
  private final Path directory;
  private final DemoNetwork network = new DemoNetwork(token);
  private final List<Process> clients = new ArrayList<>();
  private final List<WebServer> webs = new ArrayList<>();
  private final ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread::new);
  private @Nullable DemoGateway gateway;

  Demo(String wireguardGo, Consumer<String> say) throws IOException {
    this.wireguardGo = wireguardGo;
    this.say = say;
    directory = Files.createTempDirectory("wiregate-demo-");
    // The database's user must reach what is below.
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
  }

  /// Five characters: interfaces have names of at most 15, and their sockets stand in one directory
  /// for all namespaces.
  private static String token() {
    SecureRandom random = new SecureRandom();
    StringBuilder token = new StringBuilder();
    for (int i = 0; i < 5; i++) {
      token.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    return token.toString();
  }

  List<ZoneTrial> run() {
    try {
      return perform();
    } catch (IOException failed) {
      throw new CommandFailure("The demo failed: " + failed.getMessage() + ".", failed);
    } catch (UncheckedIOException failed) {
      throw new CommandFailure("The demo failed: " + failed.getCause() + ".", failed);
    } catch (InterruptedException interrupted) {
      throw new CommandFailure("Interrupted; everything is taken away again.");
    }
  }

  private List<ZoneTrial> perform() throws IOException, InterruptedException {
    List<String> names = new ArrayList<>();
    ZONES.forEach(zone -> names.addAll(List.of(zone, zone + FRIEND)));
    say.accept(
        "making "
            + (names.size() + 2)
            + " network namespaces: a gateway, clients, an internet ...");
    network.build(names);
    say.accept("starting a gateway, and two of " + wireguardGo + " for each zone ...");
    DemoGateway started =
        DemoGateway.start(network.place(DemoNetwork.GATEWAY), directory, "d" + token + "-");
    gateway = started;
    Map<String, DemoClient> all = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      Place place = network.place(names.get(i));
      DemoClient client =
          DemoClient.start(
              wireguardGo, place, "c" + token + "-" + i, directory.resolve("client" + i + ".log"));
      clients.add(client.process());
      all.put(names.get(i), client);
      if (names.get(i).endsWith(FRIEND)) {
        webs.add(WebServer.start(place));
      }
    }
    webs.add(WebServer.start(network.place(DemoNetwork.OUTSIDE)));
    say.accept("the gateway says: " + started.awaitReady());
    List<ZoneTrial> trials = trials(started, all);
    say.accept("adding two peers to each zone, and trying what they reach ...");
    together(trials, ZoneTrial::connect);
    say.accept("transferring " + (WebServer.PAGE_BYTES >> 20) + " MB for each zone, in turns ...");
    trials.forEach(ZoneTrial::transfer);
    say.accept("going on over IPv6 outside ...");
    together(trials, ZoneTrial::roamToIpv6);
    return trials;
  }

  private static List<ZoneTrial> trials(DemoGateway gateway, Map<String, DemoClient> clients) {
    List<ZoneTrial> trials = new ArrayList<>();
    for (JsonNode zone : gateway.zones()) {
      String name = zone.path("name").asString();
      DemoClient client = clients.get(name);
      DemoClient friend = clients.get(name + FRIEND);
      if (client == null || friend == null) {
        throw new CommandFailure("The gateway has a zone that the demo does not know: " + name);
      }
      trials.add(new ZoneTrial(zone, gateway, client, friend));
    }
    return trials;
  }

  private interface Step {
    void run(ZoneTrial trial) throws IOException, InterruptedException;
  }

  private void together(List<ZoneTrial> trials, Step step) throws InterruptedException {
    List<Callable<Boolean>> tasks = new ArrayList<>();
    for (ZoneTrial trial : trials) {
      tasks.add(() -> {
        step.run(trial);
        return true;
      });
    }
    for (Future<Boolean> done : threads.invokeAll(tasks)) {
      try {
        var _ = done.get();
      } catch (ExecutionException failed) {
        throw failed.getCause() instanceof CommandFailure told
            ? told
            : new CommandFailure("The demo failed: " + failed.getCause() + ".", failed);
      }
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
    boolean interrupted = Thread.interrupted();
    try {
      var _ = threads.awaitTermination(15, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      interrupted = true;
    }
    webs.forEach(WebServer::close);
    Programs.end(clients, 5);
    if (gateway != null) {
      gateway.close();
    }
    network.close();
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException | UncheckedIOException left) {
      say.accept(directory + " could not be deleted: delete it yourself");
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
