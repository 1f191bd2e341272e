package io.wiregate.control.api;

import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import io.wiregate.control.access.Caller;
import io.wiregate.control.access.Role;
import io.wiregate.control.api.Route.Request;
import io.wiregate.control.api.Views.Page;
import io.wiregate.control.api.Views.ZoneView;
import io.wiregate.control.config.ListenAddress;
import io.wiregate.control.database.DatabaseAwayException;
import io.wiregate.control.metrics.Metrics;
import io.wiregate.control.peer.PeerException;
import io.wiregate.control.system.PortHolder;
import io.wiregate.os.crypto.X25519;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The HTTP server. It answers from the moment it is started, so that health can be asked for; what
/// it administers comes with [#administer]. Owner: the appliance; requests run on virtual threads.
public final class ApiServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ApiServer.class);
  private static final String BEARER = "Bearer ";
  private static final String NANOS = "wiregate.nanos";
  private static final String ID = "wiregate.id";

  private final Javalin javalin;
  private final ListenAddress listen;
  private final Metrics metrics;
  private final HostCheck hosts;
  private final Health health = new Health();
  private final List<Route> routes = new ArrayList<>();
  private volatile @Nullable Administration administration;

  private ApiServer(ListenAddress listen, List<String> hostNames, X25519 x25519, Metrics metrics) {
    this.listen = listen;
    this.metrics = metrics;
    this.hosts = new HostCheck(hostNames);
    routes.add(new Route.Open("/livez", health::live));
    routes.add(new Route.Open("/readyz", health::ready));
    routes.add(new Route.Open("/startupz", health::started));
    routes.add(new Route.Open("/metrics", this::scrape));
    routes.add(new Route.Open("/openapi.json", OpenApi::answer));
    routes.add(new Route.Guarded(HandlerType.GET, "/api/v1/zones", Role.AUDITOR, ApiServer::zones));
    routes.addAll(new PeerRoutes(x25519, metrics).routes());
    this.javalin = Javalin.create(this::configure);
  }

  /// Starts to answer.
  ///
  /// @param hostNames beside loopback's
  /// @throws ApiException if the port cannot be had
  public static ApiServer start(
      ListenAddress listen, List<String> hostNames, X25519 x25519, Metrics metrics) {
    ApiServer server = new ApiServer(listen, hostNames, x25519, metrics);
    try {
      server.javalin.start(listen.address().toString(), listen.port());
    } catch (RuntimeException failed) {
      server.close();
      String holder = PortHolder.ofTcp(listen.port()).map(who -> " by " + who).orElse("");
      throw new ApiException(
          holder.isEmpty()
              ? "The API cannot listen on "
                  + listen
                  + ": check that the address is this machine's and the port is free, or choose"
                  + " another with --listen."
              : "The API's port "
                  + listen
                  + " is in use"
                  + holder
                  + ": stop it, or choose another with --listen.",
          failed);
    }
    return server;
  }

  /// Everything that the API needs is there.
  public void administer(Administration everything) {
    administration = everything;
    health.administer(everything);
  }

  /// Where clients on this machine call it.
  public String url() {
    boolean everywhere = listen.address().toInetAddress().isAnyLocalAddress();
    String host = everywhere ? (listen.address().isV6() ? "[::1]" : "127.0.0.1") : listen.host();
    return "http://" + host + ":" + javalin.port();
  }

  List<Route> routes() {
    return List.copyOf(routes);
  }

  private void configure(JavalinConfig config) {
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.startup.startupWatcherEnabled = false;
    config.concurrency.useVirtualThreads = true;
    config.http.prefer405over404 = true;
    config.http.maxRequestSize = RequestBody.LARGEST_BYTES + 1;
    config.jsonMapper(new JacksonMapper());
    config.jetty.modifyHttpConfiguration(http -> {
      http.setSendServerVersion(false);
      http.setRequestHeaderSize(8 * 1024);
    });
    config.routes.before(this::begin);
    for (Route route : routes) {
      config.routes.addHttpHandler(route.method(), route.path(), context -> answer(context, route));
    }
    config.routes.after(this::end);
    exceptions(config.routes);
  }

  private void begin(Context context) {
    context.attribute(NANOS, System.nanoTime());
    String id = UUID.randomUUID().toString();
    context.attribute(ID, id);
    context
        .header("X-Request-Id", id)
        .header("Cache-Control", "no-store")
        .header("X-Content-Type-Options", "nosniff");
    if (!Health.PATHS.contains(context.path())) {
      hosts.check(context);
    }
  }

  private void answer(Context context, Route route) {
    switch (route) {
      case Route.Open open -> open.action().answer(context);
      case Route.Guarded guarded -> guarded.action().answer(context, admit(context, guarded));
    }
  }

  private Request admit(Context context, Route.Guarded route) {
    Administration everything = administration;
    if (everything == null) {
      throw new ProblemException(
          Problem.of(
              503, "starting", "Starting", "The gateway is starting: try again in a moment."));
    }
    Caller caller = caller(context, everything);
    if (!caller.role().includes(route.role())) {
      throw new ProblemException(
          Problem.of(
              403,
              "role",
              "Not allowed",
              "The token's role is "
                  + caller.role().text()
                  + ", but this needs "
                  + route.role().text()
                  + ": use another token."));
    }
    return new Request(everything, caller);
  }

  private static Caller caller(Context context, Administration everything) {
    String header = context.header("Authorization");
    boolean isBearer = header != null && header.regionMatches(true, 0, BEARER, 0, BEARER.length());
    String token = isBearer && header != null ? header.substring(BEARER.length()).strip() : "";
    return everything
        .tokens()
        .authenticate(token)
        .orElseThrow(() -> {
          context.header("WWW-Authenticate", "Bearer realm=\"wiregate\"");
          return new ProblemException(
              Problem.of(
                  401,
                  "token",
                  "No valid token",
                  "Send a valid token as 'Authorization: Bearer TOKEN'; the first one is in the"
                      + " file admin.token of the gateway's state directory."));
        });
  }

  private void end(Context context) {
    Long begun = context.attribute(NANOS);
    var endpoint = context.endpoints().matchedHttpEndpoint();
    if (begun != null) {
      // Strangers choose methods and paths; series must not be theirs to make.
      metrics.countRequest(
          endpoint == null ? "other" : context.method().name(),
          endpoint == null ? "none" : endpoint.path,
          context.statusCode(),
          System.nanoTime() - begun);
    }
  }

  private void exceptions(RoutesConfig config) {
    config.exception(ProblemException.class, (failed, context) -> write(context, failed.problem()));
    config.exception(PeerException.class, (failed, context) -> write(context, problem(failed)));
    config.exception(
        DatabaseAwayException.class,
        (failed, context) -> {
          context.header("Retry-After", "2");
          write(
              context,
              Problem.of(
                  503,
                  "database",
                  "Database away",
                  "The database does not answer; nothing was changed, and the gateway goes on"
                      + " serving its peers: try again."));
        });
    config.exception(
        HttpResponseException.class,
        (failed, context) -> {
          String allowed = failed.getDetails().get("availableMethods");
          if (failed.getStatus() == 405 && allowed != null) {
            context.header("Allow", allowed);
          }
          write(context, problem(failed, context));
        });
    config.exception(
        Exception.class,
        (failed, context) -> {
          log.error("request {} failed", context.<String>attribute(ID), failed);
          write(
              context,
              Problem.of(
                  500,
                  "internal",
                  "Internal error",
                  "This should not happen; the gateway's log says more under the request's id."));
        });
  }

  private static Problem problem(PeerException failed) {
    Problem problem =
        switch (failed.reason()) {
          case INVALID -> Problem.of(422, "invalid", "Invalid value", text(failed));
          case TAKEN -> Problem.of(409, "taken", "Already taken", text(failed));
          case ZONE_FULL -> Problem.of(409, "zone-full", "No address left", text(failed));
          case MISSING -> Problem.of(404, "missing", "Not found", text(failed));
          case CHANGED -> Problem.of(412, "changed", "Changed since", text(failed));
        };
    String field = failed.field();
    return field == null
        ? problem
        : problem.naming(List.of(new Problem.FieldError(field, text(failed))));
  }

  private static String text(Exception failed) {
    return String.valueOf(failed.getMessage());
  }

  private static Problem problem(HttpResponseException failed, Context context) {
    return switch (failed.getStatus()) {
      case 404 ->
          Problem.of(404, "missing", "Not found", "There is nothing at " + context.path() + ".");
      case 405 ->
          Problem.of(
              405,
              "method",
              "Method not allowed",
              context.method().name() + " is not possible here.");
      case 413 ->
          Problem.of(413, "too-large", "Body too large", "The body may have at most 65536 bytes.");
      default ->
          Problem.of(
              failed.getStatus(),
              "http-" + failed.getStatus(),
              "Refused",
              text(failed).toLowerCase(Locale.ROOT));
    };
  }

  private static void write(Context context, Problem problem) {
    String id = context.attribute(ID);
    Problem named = id == null ? problem : problem.at("urn:uuid:" + id);
    context.status(problem.status()).json(named);
    context.contentType("application/problem+json");
  }

  private void scrape(Context context) {
    context.contentType("text/plain; version=0.0.4; charset=utf-8").result(metrics.scrape());
  }

  private static void zones(Context context, Request request) {
    List<ZoneView> items =
        request.administration().gateway().zones().stream()
            .map(open -> ZoneView.of(open.zone()))
            .toList();
    context.json(new Page<>(items, null));
  }

  @Override
  public void close() {
    javalin.stop();
  }
}
