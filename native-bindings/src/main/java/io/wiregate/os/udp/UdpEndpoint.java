package io.wiregate.os.udp;

import io.wiregate.os.net.IpAddress;
import java.util.Objects;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/// Where datagrams come from or go to: the remote address and port, and the local address that the
/// other side knows us by. Immutable, so any thread may read one that another has published.
public final class UdpEndpoint {
  private static final int MAX_PORT = 65535;

  private final IpAddress address;
  private final int port;
  private final int scope;
  private final @Nullable IpAddress localAddress;
  private final int localInterface;

  /// @param address the remote address
  /// @param port the remote port, 0 to 65535
  /// @param scope the interface of a link-local IPv6 address (`sin6_scope_id`), else 0
  /// @param localAddress the address to send from; null leaves the choice to the routing table
  /// @param localInterface the interface to send through, 0 for the routing table's choice
  public UdpEndpoint(
      IpAddress address,
      int port,
      int scope,
      @Nullable IpAddress localAddress,
      int localInterface) {
    if (port < 0 || port > MAX_PORT) {
      throw new IllegalArgumentException("port " + port + " is not within 0 to " + MAX_PORT);
    }
    if (scope < 0) {
      throw new IllegalArgumentException("no interface has the number " + scope);
    }
    this.address = address;
    this.port = port;
    this.scope = scope;
    this.localAddress = localAddress;
    this.localInterface = localInterface;
  }

  /// A remote address to send to from wherever the routing table says.
  public static UdpEndpoint of(IpAddress address, int port) {
    return new UdpEndpoint(address, port, 0, null, 0);
  }

  /// Reads `192.0.2.1:51820` or `[fe80::1%3]:51820`, where `%3` is an interface's number.
  ///
  /// @throws IllegalArgumentException if it is none; the message shows the text
  public static UdpEndpoint parse(String text) {
    return parse(text, name -> 0);
  }

  /// Reads an endpoint whose interface may also be given by its name, as in `[fe80::1%eth0]:51820`
  /// (RFC 4007, 11). One that has the name of a number is meant before that number, as in glibc.
  ///
  /// @param numbers the number of an interface of that name, 0 for none
  /// @throws IllegalArgumentException if it is none; the message shows the text
  public static UdpEndpoint parse(String text, ToIntFunction<String> numbers) {
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("'" + text + "' has no port: write ADDRESS:PORT");
    }
    String host = text.substring(0, colon);
    int port = number(text.substring(colon + 1), MAX_PORT, text);
    if (!host.startsWith("[")) {
      if (host.indexOf(':') >= 0) {
        throw new IllegalArgumentException(
            "'" + text + "': an IPv6 address stands in brackets, as in [2001:db8::1]:51820");
      }
      return of(IpAddress.parse(host), port);
    }
    if (!host.endsWith("]")) {
      throw new IllegalArgumentException("'" + text + "' lacks the closing bracket");
    }
    String inside = host.substring(1, host.length() - 1);
    int percent = inside.indexOf('%');
    int scope = percent < 0 ? 0 : scope(inside.substring(percent + 1), numbers, text);
    IpAddress address = IpAddress.parse(percent < 0 ? inside : inside.substring(0, percent));
    if (!address.isV6()) {
      throw new IllegalArgumentException("'" + text + "': only IPv6 addresses stand in brackets");
    }
    return new UdpEndpoint(address, port, scope, null, 0);
  }

  private static int scope(String zone, ToIntFunction<String> numbers, String text) {
    int number = zone.isEmpty() ? 0 : numbers.applyAsInt(zone);
    return number != 0 ? number : number(zone, Integer.MAX_VALUE, text);
  }

  private static int number(String digits, int maximum, String text) {
    if (!digits.matches("[0-9]{1,10}") || Long.parseLong(digits) > maximum) {
      throw new IllegalArgumentException(
          "'" + text + "': '" + digits + "' is no number from 0 to " + maximum);
    }
    return Integer.parseInt(digits);
  }

  public IpAddress address() {
    return address;
  }

  public int port() {
    return port;
  }

  public int scope() {
    return scope;
  }

  public boolean isV6() {
    return address.isV6();
  }

  /// The address to send from, null where the routing table decides.
  public @Nullable IpAddress localAddress() {
    return localAddress;
  }

  public int localInterface() {
    return localInterface;
  }

  /// Whether the remote side is the same, whatever the local one.
  public boolean hasRemoteOf(UdpEndpoint other) {
    return port == other.port && scope == other.scope && address.equals(other.address);
  }

  /// Whether both addresses and the interfaces are the same, whatever the port.
  public boolean hasAddressesOf(UdpEndpoint other) {
    return scope == other.scope
        && localInterface == other.localInterface
        && address.equals(other.address)
        && Objects.equals(localAddress, other.localAddress);
  }

  /// The same remote side with the local side forgotten.
  public UdpEndpoint withoutLocal() {
    return localAddress == null && localInterface == 0
        ? this
        : new UdpEndpoint(address, port, scope, null, 0);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof UdpEndpoint that && port == that.port && hasAddressesOf(that);
  }

  @Override
  public int hashCode() {
    return Objects.hash(address, port, scope);
  }

  /// The remote side as [#parse] reads it.
  @Override
  public String toString() {
    if (!address.isV6()) {
      return address + ":" + port;
    }
    return "[" + address + (scope == 0 ? "" : "%" + scope) + "]:" + port;
  }
}
