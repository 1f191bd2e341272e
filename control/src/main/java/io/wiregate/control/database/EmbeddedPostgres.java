package io.wiregate.control.database;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A PostgreSQL server of our own, on a Unix socket in the state directory and nowhere else. A
/// server that a killed run left behind is taken over if it is the same program with the same
/// settings, else stopped first; one that dies is started again. Owner: the appliance. Any thread.
public final class EmbeddedPostgres implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EmbeddedPostgres.class);

  /// Recovery after a crash reads at most `max_wal_size` of log, which takes seconds.
  private static final Duration START_LIMIT = Duration.ofMinutes(2);

  private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
  private static final long POLL_MILLIS = 5;

  private final PostgresCluster cluster;
  private final List<String> command;
  private @Nullable ProcessHandle server; // guarded by this
  private boolean isClosing; // guarded by this
  private boolean isAdopted;

  private EmbeddedPostgres(PostgresCluster cluster, String... settings) {
    this.cluster = cluster;
    this.command = command(cluster, settings);
  }

  /// Starts the server or takes over the one that runs, and returns when it answers.
  ///
  /// @param directory its part of the state directory
  /// @throws DatabaseException says what to do
  public static EmbeddedPostgres start(Path directory) {
    return start(directory, new String[0]);
  }

  /// @param settings beside ours, for tests
  static EmbeddedPostgres start(Path directory, String... settings) {
    EmbeddedPostgres postgres = new EmbeddedPostgres(PostgresCluster.prepare(directory), settings);
    postgres.run();
    return postgres;
  }

  private static List<String> command(PostgresCluster cluster, String... more) {
    List<String> command =
        new ArrayList<>(
            List.of(cluster.binaries().postgres().toString(), "-D", cluster.data().toString()));
    List<String> settings =
        new ArrayList<>(
            List.of(
                "listen_addresses=",
                "unix_socket_directories=" + cluster.run(),
                "unix_socket_permissions=0700",
                "max_connections=120",
                "shared_buffers=64MB",
                "max_wal_size=256MB",
                "fsync=on",
                "synchronous_commit=on",
                "full_page_writes=on",
                "io_method=sync",
                "jit=off",
                "log_checkpoints=off",
                "logging_collector=off"));
    settings.addAll(List.of(more));
    for (String setting : settings) {
      command.add("-c");
      command.add(setting);
    }
    return List.copyOf(command);
  }

  /// What pgjdbc needs beside the URL.
  public ConnectionSettings connection() {
    return ConnectionSettings.unixSocket(
        cluster.socket(), PostgresCluster.DATABASE, PostgresCluster.ROLE);
  }

  /// Whether the server was already there when we came.
  public boolean isAdopted() {
    return isAdopted;
  }

  public static String version() {
    return PostgresBinaries.VERSION;
  }

  /// The server's process, for tests that kill it.
  synchronized long pid() {
    return server == null ? -1 : server.pid();
  }

  private synchronized void run() {
    try {
      ProcessHandle started = adopt().orElse(null);
      isAdopted = started != null;
      if (started == null) {
        started = launch();
      }
      server = started;
      var _ = started.onExit().thenRunAsync(this::restart, Thread::startVirtualThread);
    } catch (IOException failed) {
      throw new DatabaseException(
          "The embedded database does not start ("
              + failed.getMessage()
              + "): "
              + cluster.log()
              + " says more.",
          failed);
    }
  }

  private Optional<ProcessHandle> adopt() throws IOException {
    Optional<PidFile> file = PidFile.read(cluster.data());
    if (file.isEmpty()) {
      return Optional.empty();
    }
    Optional<ProcessHandle> process = ProcessHandle.of(file.get().pid());
    if (process.isEmpty()) {
      return Optional.empty(); // PostgreSQL clears up after its own dead
    }
    if (!file.get().isServerOf(cluster.data(), cluster.user())) {
      // The number was given to a stranger since. PostgreSQL could not tell, and would refuse.
      Files.delete(PidFile.path(cluster.data()));
      return Optional.empty();
    }
    if (file.get().isRunning(command) && becomesReady(process.get())) {
      return process;
    }
    stop(process.get());
    return Optional.empty();
  }

  private ProcessHandle launch() throws IOException {
    // Another session, so that Ctrl-C in a terminal reaches only us, who then stop it in order.
    List<String> whole = new ArrayList<>(List.of("setsid"));
    whole.addAll(cluster.user().prefix());
    whole.addAll(command);
    var toLog = ProcessBuilder.Redirect.appendTo(cluster.log().toFile());
    Process process =
        PostgresCluster.process(whole)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(toLog)
            .redirectError(toLog)
            .start();
    if (!becomesReady(process.toHandle())) {
      process.destroy();
      throw new IOException(PostgresCluster.lastLine(cluster.log()));
    }
    return process.toHandle();
  }

  /// Waits until the server says so in its pid file, or is gone.
  private boolean becomesReady(ProcessHandle process) throws IOException {
    long deadlineNanos = System.nanoTime() + START_LIMIT.toNanos();
    while (process.isAlive() && System.nanoTime() < deadlineNanos) {
      Optional<PidFile> file = PidFile.read(cluster.data());
      if (file.isPresent() && file.get().pid() == process.pid() && file.get().isReady()) {
        return true;
      }
      pause(POLL_MILLIS);
    }
    return false;
  }

  private void restart() {
    long delayMillis = 100;
    while (true) {
      synchronized (this) {
        if (isClosing) {
          return;
        }
        log.warn("the embedded database ended unexpectedly; starting it again");
        try {
          run();
          return;
        } catch (DatabaseException failed) {
          log.error(failed.getMessage());
        }
      }
      pause(delayMillis);
      delayMillis = Math.min(5_000, 2 * delayMillis);
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new DatabaseException("The start of the embedded database was interrupted.");
    }
  }

  /// Leaves the server to itself, as a killed process does.
  synchronized void abandon() {
    isClosing = true;
  }

  /// Stops the server: a fast shutdown, which waits for no client.
  @Override
  public void close() {
    ProcessHandle running;
    synchronized (this) {
      isClosing = true;
      running = server;
    }
    if (running != null) {
      stop(running);
    }
  }

  /// SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one, from which it recovers.
  private static void stop(ProcessHandle process) {
    for (String signal : List.of("INT", "QUIT")) {
      signal(process, signal);
      try {
        process.onExit().get(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        return;
      } catch (TimeoutException stillThere) {
        log.warn("the embedded database does not stop on SIG{}", signal);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        return;
      } catch (java.util.concurrent.ExecutionException impossible) {
        throw new AssertionError(impossible);
      }
    }
  }

  private static void signal(ProcessHandle process, String signal) {
    try {
      int _ =
          new ProcessBuilder("/bin/sh", "-c", "kill -" + signal + " " + process.pid())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor();
    } catch (IOException noShell) {
      process.destroy();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
