package io.wiregate.control.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.wiregate.control.gateway.DeviceSnapshot;
import io.wiregate.control.gateway.Gateway;
import io.wiregate.control.gateway.PeerSnapshot;
import io.wiregate.control.gateway.Reconciler;
import io.wiregate.dataplane.outcome.Outcome;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.ToLongFunction;

/// The appliance's counters. Series are bounded: by zone, fate and route, never by peer or caller.
/// Any thread.
public final class Metrics implements AutoCloseable {
  private static final DeviceSnapshot NOTHING = new DeviceSnapshot(Map.of(), Map.of());

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics collections = new JvmGcMetrics();
  private final Map<String, DeviceSnapshot> snapshots = new ConcurrentHashMap<>();
  private final Map<String, Counter> full = new ConcurrentHashMap<>();
  private volatile Runnable refresh = () -> {};

  public Metrics() {
    new JvmMemoryMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    collections.bindTo(registry);
  }

  /// Counts what the gateway does from now on.
  ///
  /// @param isDatabaseThere asked at every scrape
  public void watch(Gateway gateway, Reconciler reconciler, BooleanSupplier isDatabaseThere) {
    Gauge.builder("wiregate.database.up", () -> isDatabaseThere.getAsBoolean() ? 1 : 0)
        .description("Whether the database answers.")
        .register(registry);
    for (Gateway.Open open : gateway.zones()) {
      String zone = open.zone().name();
      zone(zone);
      Gauge.builder("wiregate.peers", () -> reconciler.counts().getOrDefault(open.zone().id(), 0))
          .description("Enabled peers.")
          .tag("zone", zone)
          .register(registry);
    }
    refresh =
        () ->
            gateway
                .zones()
                .forEach(open -> snapshots.put(open.zone().name(), open.device().snapshot()));
  }

  private void zone(String zone) {
    for (Outcome outcome : Outcome.values()) {
      FunctionCounter.builder(
              "wiregate.packets",
              snapshots,
              all -> snapshot(all, zone).outcomes().getOrDefault(outcome, 0L))
          .description("Packets and handshake messages by what became of them.")
          .tag("zone", zone)
          .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
          .register(registry);
    }
    bytes(zone, "received", PeerSnapshot::receivedBytes);
    bytes(zone, "sent", PeerSnapshot::sentBytes);
    Gauge.builder("wiregate.peers.connected", () -> connected(snapshot(snapshots, zone)))
        .description("Peers with a handshake in the last three minutes.")
        .tag("zone", zone)
        .register(registry);
    full.put(
        zone,
        Counter.builder("wiregate.addresses.exhausted")
            .description("Peers that were refused since the zone had no address left.")
            .tag("zone", zone)
            .register(registry));
  }

  private void bytes(String zone, String direction, ToLongFunction<PeerSnapshot> figure) {
    FunctionCounter.builder(
            "wiregate.tunnel.bytes",
            snapshots,
            all -> snapshot(all, zone).peers().values().stream().mapToLong(figure).sum())
        .description("Bytes of peers that are there now.")
        .tag("zone", zone)
        .tag("direction", direction)
        .register(registry);
  }

  private static DeviceSnapshot snapshot(Map<String, DeviceSnapshot> snapshots, String zone) {
    return snapshots.getOrDefault(zone, NOTHING);
  }

  private static long connected(DeviceSnapshot snapshot) {
    Instant now = Instant.now();
    return snapshot.peers().values().stream().filter(peer -> peer.isConnected(now)).count();
  }

  /// Counts a peer that found no address.
  public void countExhausted(String zone) {
    Counter counter = full.get(zone);
    if (counter != null) {
      counter.increment();
    }
  }

  /// Counts a request.
  ///
  /// @param route as declared, e.g. `/api/v1/peers/{id}`
  public void countRequest(String method, String route, int status, long nanos) {
    Timer.builder("wiregate.http.requests")
        .description("Requests to the API.")
        .tag("method", method)
        .tag("route", route)
        .tag("status", Integer.toString(status))
        .register(registry)
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  /// In Prometheus' text format.
  public String scrape() {
    refresh.run();
    return registry.scrape();
  }

  @Override
  public void close() {
    collections.close();
    registry.close();
  }
}
