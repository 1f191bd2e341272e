package io.wiregate.control;

import io.wiregate.control.access.Tokens;
import io.wiregate.control.api.Administration;
import io.wiregate.control.api.ApiServer;
import io.wiregate.control.config.Configuration;
import io.wiregate.control.database.ConnectionSettings;
import io.wiregate.control.database.Database;
import io.wiregate.control.database.DatabaseAwayException;
import io.wiregate.control.database.EmbeddedPostgres;
import io.wiregate.control.database.Migrations;
import io.wiregate.control.database.Notifications;
import io.wiregate.control.gateway.ChangeListener;
import io.wiregate.control.gateway.Gateway;
import io.wiregate.control.gateway.Reconciler;
import io.wiregate.control.gateway.ZoneDevices;
import io.wiregate.control.metrics.Metrics;
import io.wiregate.control.peer.Peers;
import io.wiregate.control.state.StateDirectory;
import io.wiregate.control.system.NodeAddress;
import io.wiregate.control.zone.Zone;
import io.wiregate.control.zone.ZoneStore;
import io.wiregate.dataplane.noise.BouncyCastleX25519;
import io.wiregate.os.crypto.X25519;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Everything that `wiregate up` runs, started in order and closed in the reverse one. Owner: the
/// command.
public final class Appliance implements AutoCloseable {
  private static final long RETRY_MILLIS = 500;
  private static final long REMIND_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Configuration configuration;
  private final Consumer<String> progress;
  private final X25519 x25519 = new BouncyCastleX25519();
  private final Map<Part, AutoCloseable> parts = new EnumMap<>(Part.class); // guarded by this
  private boolean isClosed; // guarded by this
  private final CountDownLatch startEnded = new CountDownLatch(1);
  private @Nullable ApiServer api;
  private @Nullable CompletableFuture<Database> connecting;

  /// What there is to close, in that order: first whoever asks, last whoever is asked.
  private enum Part {
    API,
    CHANGES,
    GATEWAY,
    DATABASE,
    POSTGRES,
    METRICS,
    STATE
  }

  private Appliance(Configuration configuration, Consumer<String> progress) {
    this.configuration = configuration;
    this.progress = progress;
  }

  /// Starts everything, and returns when every zone listens and the API answers. Whatever it throws
  /// has a message for the operator.
  ///
  /// @param devices makes the data plane
  /// @param progress is told what happens, a line at a time
  /// @param started gets the appliance before it starts, so that it can be closed from elsewhere
  public static Appliance start(
      Configuration configuration,
      BiFunction<Configuration, Consumer<String>, ZoneDevices> devices,
      Consumer<String> progress,
      Consumer<Appliance> started) {
    Appliance appliance = new Appliance(configuration, progress);
    started.accept(appliance);
    try {
      appliance.run(devices);
      return appliance;
    } catch (RuntimeException failed) {
      appliance.close();
      appliance.awaitConnecting();
      throw failed;
    } finally {
      appliance.startEnded.countDown();
    }
  }

  /// Returns when the start has ended, one way or the other.
  public void awaitStart() {
    try {
      startEnded.await();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// A database that was still coming up closes itself once it is up.
  private void awaitConnecting() {
    CompletableFuture<Database> running = connecting;
    if (running != null) {
      var _ = running.handle((database, failed) -> database).join();
    }
  }

  private void run(BiFunction<Configuration, Consumer<String>, ZoneDevices> devices) {
    StateDirectory state = closing(Part.STATE, StateDirectory.open(configuration.stateDirectory()));
    // The database's start is mostly waiting: meanwhile, the API's classes load.
    CompletableFuture<Database> database =
        CompletableFuture.supplyAsync(
            () -> connect(state), task -> Thread.ofPlatform().name("database").start(task));
    connecting = database;
    Metrics metrics = closing(Part.METRICS, new Metrics());
    ApiServer server =
        ApiServer.start(configuration.apiListen(), configuration.apiHosts(), x25519, metrics);
    api = closing(Part.API, server);
    administer(state, server, metrics, joined(database), devices);
  }

  private void administer(
      StateDirectory state,
      ApiServer server,
      Metrics metrics,
      Database database,
      BiFunction<Configuration, Consumer<String>, ZoneDevices> devices) {
    ZoneStore.Prepared prepared =
        new ZoneStore(x25519, configuration.zoneKeyFile()).prepare(database, configuration.zones());
    if (prepared.created()) {
      progress.accept("made the keys and networks of " + prepared.zones().size() + " zones");
    }
    Tokens tokens = new Tokens(database);
    if (tokens.prepareBootstrap(state.adminToken(), configuration.database().isEmbedded())) {
      progress.accept("wrote the administrator's token to " + state.adminToken());
    }
    ZoneDevices opened = devices.apply(configuration, progress);
    Gateway gateway =
        closing(Part.GATEWAY, Gateway.open(opened, prepared.zones(), prepared.privateKeys()));
    progress.accept(opened.description());
    for (Zone zone : prepared.zones()) {
      progress.accept(
          "zone "
              + zone.name()
              + ": UDP port "
              + zone.port()
              + ", "
              + zone.interfaceName()
              + ", "
              + zone.network4()
              + ", "
              + zone.network6());
    }
    Peers peers =
        new Peers(prepared.zones(), prepared.keys(), x25519, configuration.addressQuarantine());
    Reconciler reconciler = new Reconciler(database, peers, gateway);
    ChangeListener changes =
        closing(Part.CHANGES, ChangeListener.start(new Notifications(database), reconciler));
    metrics.watch(gateway, reconciler, changes::isHearing);
    server.administer(
        new Administration(
            database, tokens, peers, gateway, reconciler, changes::isHearing, this::endpoint));
    StateDirectory.writePublic(state.apiUrl(), server.url() + "\n");
    opened.rehearse();
  }

  private Database connect(StateDirectory state) {
    ConnectionSettings settings;
    if (configuration.database().isEmbedded()) {
      EmbeddedPostgres postgres = closing(Part.POSTGRES, EmbeddedPostgres.start(state.postgres()));
      progress.accept(
          (postgres.isAdopted() ? "took over the embedded" : "started the embedded")
              + " PostgreSQL "
              + EmbeddedPostgres.version());
      settings = postgres.connection();
    } else {
      settings = ConnectionSettings.external(configuration.database());
    }
    Database database =
        closing(Part.DATABASE, new Database(settings, configuration.database().connections()));
    migrate(database);
    return database;
  }

  /// Waits for a database that is away, for as long as it takes.
  private void migrate(Database database) {
    long saidNanos = 0;
    while (!isClosed()) {
      String failure = configuration.database().isEmbedded() ? null : database.failure();
      if (failure == null) {
        try {
          Migrations.run(database);
          return;
        } catch (DatabaseAwayException away) {
          failure = String.valueOf(away.getMessage());
        }
      }
      if (saidNanos == 0 || System.nanoTime() - saidNanos > REMIND_NANOS) {
        saidNanos = System.nanoTime();
        progress.accept("waiting for the database " + database.where() + ": " + failure);
      }
      pause();
    }
    throw interrupted();
  }

  private synchronized boolean isClosed() {
    return isClosed;
  }

  private static IllegalStateException interrupted() {
    return new IllegalStateException("The start was interrupted.");
  }

  private static void pause() {
    try {
      Thread.sleep(RETRY_MILLIS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static <T> T joined(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException failed) {
      throw failed.getCause() instanceof RuntimeException cause ? cause : failed;
    }
  }

  private String endpoint() {
    String configured = configuration.endpoint();
    return configured != null ? configured : NodeAddress.towardInternet().orElse("");
  }

  /// Where the API answers.
  public String url() {
    return Objects.requireNonNull(api).url();
  }

  /// Remembers to close a part; at once, where everything else is closed already.
  private synchronized <T extends AutoCloseable> T closing(Part part, T closeable) {
    parts.put(part, closeable);
    if (isClosed) {
      close();
      throw interrupted();
    }
    return closeable;
  }

  @Override
  public synchronized void close() {
    isClosed = true;
    parts.forEach(this::close);
    parts.clear();
  }

  private void close(Part part, AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception failed) {
      progress.accept(
          part.name().toLowerCase(Locale.ROOT) + " did not close: " + failed.getMessage());
    }
  }
}
