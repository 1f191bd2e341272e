package io.wiregate.control.api;

import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.wiregate.control.access.Role;
import io.wiregate.control.api.Idempotency.Answer;
import io.wiregate.control.api.Route.Request;
import io.wiregate.control.api.Views.Page;
import io.wiregate.control.api.Views.PeerView;
import io.wiregate.control.api.Views.StatsView;
import io.wiregate.control.gateway.Gateway;
import io.wiregate.control.gateway.PeerSnapshot;
import io.wiregate.control.metrics.Metrics;
import io.wiregate.control.peer.ClientConfiguration;
import io.wiregate.control.peer.NewPeer;
import io.wiregate.control.peer.Peer;
import io.wiregate.control.peer.PeerException;
import io.wiregate.control.peer.PeerRules;
import io.wiregate.control.peer.PeerStore;
import io.wiregate.control.peer.Peers;
import io.wiregate.control.zone.Zone;
import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.os.crypto.X25519;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Peers over REST.
final class PeerRoutes {
  private final X25519 x25519;
  private final Metrics metrics;
  private final SecureRandom random = new SecureRandom();
  private final JsonMapper json = JsonMapper.shared();

  PeerRoutes(X25519 x25519, Metrics metrics) {
    this.x25519 = x25519;
    this.metrics = metrics;
  }

  List<Route> routes() {
    String peers = "/api/v1/peers";
    String peer = peers + "/{id}";
    return List.of(
        new Route.Guarded(HandlerType.GET, peers, Role.AUDITOR, this::list),
        new Route.Guarded(HandlerType.POST, peers, Role.OPERATOR, this::create),
        new Route.Guarded(HandlerType.GET, peer, Role.AUDITOR, this::get),
        new Route.Guarded(HandlerType.PATCH, peer, Role.OPERATOR, this::change),
        new Route.Guarded(HandlerType.DELETE, peer, Role.OPERATOR, this::delete),
        new Route.Guarded(HandlerType.GET, peer + "/config", Role.OPERATOR, this::config),
        new Route.Guarded(HandlerType.GET, peer + "/stats", Role.AUDITOR, this::stats));
  }

  private void list(Context context, Request request) {
    QueryParameters query =
        new QueryParameters(context, Set.of("zone", "q", "name", "after", "limit"));
    int limit = query.number("limit", 100, 1, 500);
    Peers peers = request.administration().peers();
    PeerStore.Filter filter =
        new PeerStore.Filter(
            zone(peers, query.text("zone")),
            query.text("q"),
            query.text("name"),
            after(query.text("after")),
            limit + 1);
    List<Peer> found =
        request.administration().database().with(handle -> peers.store().list(handle, filter));
    List<PeerView> items = found.stream().limit(limit).map(peer -> view(peers, peer)).toList();
    String next = found.size() > limit ? items.getLast().id().toString() : null;
    context.json(new Page<>(items, next));
  }

  private static @Nullable Short zone(Peers peers, @Nullable String name) {
    if (name == null) {
      return null;
    }
    return peers
        .zone(name)
        .map(Zone::id)
        .orElseThrow(() -> ProblemException.invalid("zone", "There is no zone '" + name + "'."));
  }

  private static @Nullable UUID after(@Nullable String text) {
    if (text != null && !PeerRules.isUuid(text)) {
      throw ProblemException.invalid("after", "after must be the 'next' of the page before.");
    }
    return text == null ? null : UUID.fromString(text);
  }

  private void create(Context context, Request request) {
    String key = context.header("Idempotency-Key");
    Idempotency.checkKey(key);
    // Before anything is created: who wants a configuration gets both or neither.
    QueryParameters query = new QueryParameters(context, Set.of("config", "endpoint"));
    boolean wantsConfig = query.flag("config");
    String endpoint = wantsConfig ? endpoint(query, request) : "";
    byte[] bytes = RequestBody.bytes(context, "application/json");
    RequestBody body = RequestBody.parse(bytes);
    AtomicReference<@Nullable PrivateKey> made = new AtomicReference<>();
    AtomicReference<@Nullable PeerView> created = new AtomicReference<>();
    AtomicReference<@Nullable String> config = new AtomicReference<>();
    NewPeer wanted = newPeer(body, made);
    Answer answer =
        request
            .administration()
            .database()
            .inTransaction(handle ->
                Idempotency.run(
                    handle,
                    request.caller(),
                    key,
                    bytes,
                    () -> {
                      Peers peers = request.administration().peers();
                      Peer peer = create(peers, wanted, handle);
                      PeerView view = view(peers, peer);
                      created.set(view);
                      if (wantsConfig) {
                        Zone zone = peers.zone(peer.zoneId()).orElseThrow();
                        config.set(
                            ClientConfiguration.write(peer, zone, wanted.presharedKey(), endpoint));
                      }
                      return new Answer(
                          201,
                          "/api/v1/peers/" + peer.id(),
                          etag(peer),
                          json.writeValueAsString(view),
                          false);
                    }));
    PeerView view = created.get();
    PrivateKey privateKey = made.get();
    String text = answer.body();
    if (view != null) {
      request.administration().reconciler().refresh(view.id());
      if (privateKey != null || wantsConfig) {
        text = json.writeValueAsString(whole(view, privateKey, config.get()));
      }
    }
    if (privateKey != null) {
      privateKey.close();
    }
    if (answer.isRepeated()) {
      context.header("Idempotency-Replayed", "true");
    }
    context
        .status(answer.status())
        .header("Location", answer.location())
        .header("ETag", answer.etag())
        .contentType("application/json")
        .result(text);
  }

  /// With what is answered once and stored nowhere.
  private static PeerView whole(
      PeerView view, @Nullable PrivateKey privateKey, @Nullable String config) {
    if (privateKey == null) {
      return view.with(null, config);
    }
    String made = privateKey.toBase64();
    String withKey =
        config == null
            ? null
            : config.replace(ClientConfiguration.PRIVATE_KEY_LINE, "PrivateKey = " + made);
    return view.with(made, withKey);
  }

  private Peer create(Peers peers, NewPeer wanted, org.jdbi.v3.core.Handle handle) {
    try {
      return peers.create(handle, wanted);
    } catch (PeerException refused) {
      if (refused.reason() == PeerException.Reason.ZONE_FULL) {
        metrics.countExhausted(wanted.zone());
      }
      throw refused;
    }
  }

  private NewPeer newPeer(RequestBody body, AtomicReference<@Nullable PrivateKey> made) {
    String name = body.requiredText("name", PeerRules::name);
    String zone = body.requiredText("zone", text -> text);
    var publicKey = body.text("publicKey", io.wiregate.dataplane.noise.PublicKey::parse);
    boolean makeKey = !body.has("publicKey");
    PresharedKey presharedKey = body.text("presharedKey", PresharedKey::parse);
    var addresses = body.texts("addresses", io.wiregate.os.net.IpAddress::parse);
    Boolean enabled = body.flag("enabled");
    String notes = body.text("notes", PeerRules::notes);
    var labels = body.pairs("labels", PeerRules::labels);
    body.check();
    if (makeKey) {
      PrivateKey privateKey = PrivateKey.generate(random, x25519);
      made.set(privateKey);
      publicKey = privateKey.publicKey();
    }
    if (name == null || zone == null || publicKey == null) {
      throw new AssertionError("a missing field passed the check");
    }
    return new NewPeer(
        zone,
        name,
        publicKey,
        presharedKey == null ? PresharedKey.none() : presharedKey,
        addresses == null ? List.of() : addresses,
        enabled == null || enabled,
        notes == null ? "" : notes,
        labels == null ? java.util.Map.of() : labels);
  }

  private void get(Context context, Request request) {
    Peers peers = request.administration().peers();
    UUID id = id(context);
    Peer peer = request.administration().database().with(handle -> peers.get(handle, id));
    context.header("ETag", etag(peer));
    if (etag(peer).equals(context.header("If-None-Match"))) {
      context.status(304);
      return;
    }
    context.json(view(peers, peer));
  }

  private void change(Context context, Request request) {
    Peers peers = request.administration().peers();
    UUID id = id(context);
    Long version = ifMatch(context);
    var change =
        PeerChanges.read(
            RequestBody.parse(
                RequestBody.bytes(context, "application/merge-patch+json", "application/json")));
    Peer peer =
        request
            .administration()
            .database()
            .inTransaction(handle -> peers.change(handle, id, version, change));
    request.administration().reconciler().refresh(id);
    context.header("ETag", etag(peer)).json(view(peers, peer));
  }

  private void delete(Context context, Request request) {
    UUID id = id(context);
    Long version = ifMatch(context);
    request
        .administration()
        .database()
        .inTransaction(handle -> {
          request.administration().peers().delete(handle, id, version);
          return true;
        });
    request.administration().reconciler().refresh(id);
    context.status(204);
  }

  private void config(Context context, Request request) {
    String endpoint = endpoint(new QueryParameters(context, Set.of("endpoint")), request);
    Peers peers = request.administration().peers();
    UUID id = id(context);
    String text =
        request
            .administration()
            .database()
            .with(handle -> {
              Peer peer = peers.get(handle, id);
              Zone zone = peers.zone(peer.zoneId()).orElseThrow();
              try (PresharedKey presharedKey =
                  peers
                      .store()
                      .findStored(handle, id)
                      .map(peers::presharedKey)
                      .orElseGet(PresharedKey::none)) {
                return ClientConfiguration.write(peer, zone, presharedKey, endpoint);
              }
            });
    context.contentType("text/plain; charset=utf-8").result(text);
  }

  /// The host that a configuration names.
  private static String endpoint(QueryParameters query, Request request) {
    String given = query.text("endpoint");
    String endpoint =
        given != null ? checkedEndpoint(given) : request.administration().endpoint().get();
    if (endpoint.isEmpty()) {
      throw new ProblemException(
          Problem.of(
              409,
              "endpoint",
              "No endpoint",
              "This gateway does not know under which host clients reach it: name one with"
                  + " --endpoint (?endpoint=HOST), or set 'endpoint' in its configuration."));
    }
    return endpoint;
  }

  private static String checkedEndpoint(String text) {
    try {
      return io.wiregate.control.config.Settings.host(text);
    } catch (IllegalArgumentException refused) {
      throw ProblemException.invalid(
          "endpoint", "endpoint must be a host name or an IP address, without port.");
    }
  }

  private void stats(Context context, Request request) {
    Peers peers = request.administration().peers();
    UUID id = id(context);
    Peer peer = request.administration().database().with(handle -> peers.get(handle, id));
    PeerSnapshot snapshot =
        request
            .administration()
            .gateway()
            .zone(peer.zoneId())
            .map(Gateway.Open::device)
            .map(device -> device.peer(peer.publicKey()))
            .orElse(null);
    context.json(StatsView.of(id, snapshot, Instant.now()));
  }

  private static PeerView view(Peers peers, Peer peer) {
    return PeerView.of(peer, peers.zone(peer.zoneId()).map(Zone::name).orElse(""));
  }

  private static UUID id(Context context) {
    String text = context.pathParam("id");
    if (!PeerRules.isUuid(text)) {
      throw new ProblemException(
          Problem.of(404, "missing", "Not found", "There is no peer with such an id."));
    }
    return UUID.fromString(text);
  }

  private static String etag(Peer peer) {
    return "\"" + peer.version() + "\"";
  }

  /// @return null where every version will do
  private static @Nullable Long ifMatch(Context context) {
    String header = context.header("If-Match");
    if (header == null || header.strip().equals("*")) {
      return null;
    }
    if (!header.strip().matches("\"[0-9]{1,18}\"")) {
      throw ProblemException.malformed("If-Match must be one ETag that a GET has answered.");
    }
    return Long.valueOf(header.strip().substring(1, header.strip().length() - 1));
  }
}
