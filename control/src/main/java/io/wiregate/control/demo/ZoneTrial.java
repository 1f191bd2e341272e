package io.wiregate.control.demo;

import io.wiregate.control.demo.WebServer.Visit;
import java.io.IOException;
import tools.jackson.databind.JsonNode;

/// What a zone's clients try, and what came of it. One thread at a time.
final class ZoneTrial {
  private final JsonNode zone;
  private final DemoGateway gateway;
  private final DemoClient client;
  private final DemoClient friend;
  double connectMillis = -1;
  double ping4Millis = -1;
  double ping6Millis = -1;
  boolean isHeardOverIpv6;
  Visit friend4 = new Visit(0, false, 0);
  Visit friend6 = new Visit(0, false, 0);
  Visit web4 = new Visit(0, false, 0);
  Visit web6 = new Visit(0, false, 0);
  Visit transfer = new Visit(0, false, 0);

  ZoneTrial(JsonNode zone, DemoGateway gateway, DemoClient client, DemoClient friend) {
    this.zone = zone;
    this.gateway = gateway;
    this.client = client;
    this.friend = friend;
  }

  String name() {
    return zone.path("name").asString();
  }

  int port() {
    return zone.path("port").asInt();
  }

  boolean shouldReachInternet() {
    return zone.path("internet").asBoolean();
  }

  boolean shouldReachPeers() {
    return zone.path("peerToPeer").asBoolean();
  }

  /// Adds both peers, connects them, and tries everything but what takes long.
  void connect() throws IOException, InterruptedException {
    client.configure(gateway.addPeer("demo", name()));
    friend.configure(gateway.addPeer("friend", name()));
    String gateway4 = zone.path("gatewayAddresses").path(0).asString();
    String gateway6 = zone.path("gatewayAddresses").path(1).asString();
    connectMillis = client.pingMillis(gateway4);
    friend.pingMillis(gateway4); // the gateway calls nobody
    ping4Millis = client.quickestPingMillis(gateway4);
    ping6Millis = client.quickestPingMillis(gateway6);
    client.route(DemoNetwork.WEB_4 + "/32", DemoNetwork.WEB_6 + "/128");
    web4 = WebServer.knock(client.place(), DemoNetwork.WEB_4);
    web6 = WebServer.knock(client.place(), DemoNetwork.WEB_6);
    friend4 = WebServer.knock(client.place(), friend.address(false));
    friend6 = WebServer.knock(client.place(), friend.address(true));
  }

  void transfer() {
    if (shouldReachInternet()) {
      transfer = WebServer.read(client.place(), DemoNetwork.WEB_4);
    } else if (shouldReachPeers()) {
      transfer = WebServer.read(client.place(), friend.address(false));
    }
  }

  /// The same tunnel over the other family outside.
  void roamToIpv6() {
    client.connectTo("[" + DemoNetwork.GATEWAY_6 + "]:" + port());
    String gateway6 = zone.path("gatewayAddresses").path(1).asString();
    isHeardOverIpv6 =
        client.pingMillis(gateway6) >= 0 && gateway.endpoint("demo", name()).startsWith("[");
  }

  boolean transfers() {
    return shouldReachInternet() || shouldReachPeers();
  }

  boolean isAsItShouldBe() {
    return connectMillis >= 0
        && ping4Millis >= 0
        && ping6Millis >= 0
        && isHeardOverIpv6
        && (!transfers() || transfer.isWhole())
        && isAs(shouldReachInternet(), web4)
        && isAs(shouldReachInternet(), web6)
        && isAs(shouldReachPeers(), friend4)
        && isAs(shouldReachPeers(), friend6);
  }

  /// A refusal must be told, not found out by waiting.
  private static boolean isAs(boolean wanted, Visit visit) {
    return wanted ? visit.bytes() > 0 : visit.isRefused();
  }
}
