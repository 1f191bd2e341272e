package io.wiregate.control.api;

import io.javalin.http.Context;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Health as Kubernetes asks for it. Live: the process answers. Started: every zone has come up
/// once. Ready: it may be sent clients, even where something is amiss that they do not notice; that
/// is named.
final class Health {
  /// May be asked under any host: a kubelet calls by the pod's address.
  static final Set<String> PATHS = Set.of("/livez", "/readyz", "/startupz");

  private volatile @Nullable Administration administration;

  void administer(Administration everything) {
    administration = everything;
  }

  void live(Context context) {
    context.json(Map.of("status", "ok"));
  }

  void started(Context context) {
    boolean isStarted = administration != null;
    context.status(isStarted ? 200 : 503).json(Map.of("status", isStarted ? "ok" : "starting"));
  }

  void ready(Context context) {
    Administration everything = administration;
    if (everything == null) {
      context.status(503).json(Map.of("status", "starting"));
      return;
    }
    boolean isDatabaseThere = everything.isDatabaseThere().getAsBoolean();
    List<String> away = everything.gateway().zonesAway();
    context.json(
        Map.of(
            "status",
            isDatabaseThere && away.isEmpty() ? "ok" : "degraded",
            "checks",
            Map.of(
                "database",
                isDatabaseThere ? "ok" : "away",
                "zones",
                away.isEmpty() ? "ok" : "down: " + String.join(", ", away))));
  }
}
