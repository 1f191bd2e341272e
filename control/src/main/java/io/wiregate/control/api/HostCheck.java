package io.wiregate.control.api;

import io.javalin.http.Context;
import io.wiregate.os.net.IpAddress;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/// Refuses requests for a host that is not ours: a page of somebody else's, whose name was made to
/// point here (DNS rebinding), would else speak to the API from within the browser of an
/// administrator. Loopback, the address that the request came in on, and configured names are ours.
final class HostCheck {
  private final Set<String> names = new TreeSet<>(List.of("localhost"));

  HostCheck(List<String> configured) {
    configured.forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
  }

  void check(Context context) {
    String header = context.header("Host");
    String host = host(header == null ? "" : header);
    if (!names.contains(host) && !isOurAddress(host, context.req().getLocalAddr())) {
      throw new ProblemException(
          Problem.of(
              421,
              "host",
              "Misdirected request",
              "This server does not answer for that host: call it by its address, or add the name"
                  + " to api.hosts."));
    }
  }

  /// Without the port.
  private static String host(String header) {
    int colon = header.lastIndexOf(':');
    boolean hasPort = colon >= 0 && colon > header.lastIndexOf(']');
    String host = hasPort ? header.substring(0, colon) : header;
    return host.toLowerCase(Locale.ROOT);
  }

  private static boolean isOurAddress(String host, String local) {
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    try {
      IpAddress address = IpAddress.parse(bracketed ? host.substring(1, host.length() - 1) : host);
      return address.toInetAddress().isLoopbackAddress()
          || address.equals(IpAddress.parse(local.replaceAll("^\\[|(%.*)?]$", "")));
    } catch (IllegalArgumentException name) {
      return false;
    }
  }
}
