package io.wiregate.os.link;

import static io.wiregate.os.link.RtnetlinkConstants.*;

import io.wiregate.os.FileDescriptor;
import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Asks and changes the interfaces, addresses, routes and rules of one network namespace: the one
/// that the thread was in which opened it.
///
/// Every change is acknowledged by the kernel before the method returns. Owner: one thread. Errors
/// carry the kernel's own explanation where it gives one; all changes throw `EPERM` without
/// `CAP_NET_ADMIN`. Source: rtnetlink(7).
public final class Netlink implements AutoCloseable {
  /// `IFNAMSIZ` less the terminating NUL.
  private static final int MAX_NAME_LENGTH = 15;

  private final NetlinkSocket socket;

  private Netlink(NetlinkSocket socket) {
    this.socket = socket;
  }

  /// For the calling thread's namespace.
  public static Netlink open() throws OsException {
    return new Netlink(NetlinkSocket.open(NETLINK_ROUTE));
  }

  /// For another namespace, which the caller may close right after.
  public static Netlink openIn(FileDescriptor namespace) throws OsException {
    return NetworkNamespaces.call(namespace, Netlink::open);
  }

  /// An interface by its name.
  ///
  /// @throws OsException `ENODEV` where there is none of that name
  public Link link(String name) throws OsException {
    if (name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_LENGTH) {
      throw new OsException("RTM_GETLINK " + name, ENODEV); // the kernel would say ERANGE
    }
    NetlinkMessage request = linkRequest(RTM_GETLINK, 0);
    request.putString(IFLA_IFNAME, name);
    return onlyLink(request, "RTM_GETLINK " + name);
  }

  /// An interface by its number.
  ///
  /// @throws OsException `ENODEV` where there is none of that index
  public Link link(int index) throws OsException {
    return onlyLink(linkRequest(RTM_GETLINK, index), "RTM_GETLINK " + index);
  }

  private Link onlyLink(NetlinkMessage request, String call) throws OsException {
    request.putInt(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    List<Link> found = new ArrayList<>();
    socket.request(request, call, reply -> addLink(reply, found));
    if (found.isEmpty()) {
      throw new OsException(call, ENODEV);
    }
    return found.getFirst();
  }

  /// All interfaces.
  public List<Link> links() throws OsException {
    List<Link> links = new ArrayList<>();
    NetlinkMessage request = linkRequest(RTM_GETLINK, 0);
    request.putInt(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    socket.dump(request, "RTM_GETLINK", links::clear, reply -> addLink(reply, links));
    return links;
  }

  private static void addLink(NetlinkReply reply, List<Link> links) {
    if (reply.type() != RTM_NEWLINK) {
      return;
    }
    links.add(LinkParser.link(reply));
  }

  public void setUp(int link) throws OsException {
    setFlags(link, IFF_UP);
  }

  public void setDown(int link) throws OsException {
    setFlags(link, 0);
  }

  private void setFlags(int link, int flags) throws OsException {
    NetlinkMessage request = linkRequest(RTM_NEWLINK, link);
    request.putFixedInt(8, flags);
    request.putFixedInt(12, IFF_UP); // which flags to change
    change(request, "RTM_NEWLINK " + link + (flags == 0 ? " down" : " up"));
  }

  /// Sets the size of the largest packet.
  ///
  /// @throws OsException `EINVAL` where the interface does not allow it
  public void setMtu(int link, int mtu) throws OsException {
    NetlinkMessage request = linkRequest(RTM_NEWLINK, link);
    request.putInt(IFLA_MTU, mtu);
    change(request, "RTM_NEWLINK " + link + " mtu " + mtu);
  }

  /// Bounds the packets that the kernel hands to the interface to be segmented, so that one read
  /// from a TUN interface fits one UDP send.
  ///
  /// @param bytes of the largest packet, of both families (Linux before 6.3 has one limit for both)
  /// @param segments of the largest packet
  public void setGsoMaximum(int link, int bytes, int segments) throws OsException {
    NetlinkMessage request = linkRequest(RTM_NEWLINK, link);
    request.putInt(IFLA_GSO_MAX_SIZE, bytes);
    request.putInt(IFLA_GSO_IPV4_MAX_SIZE, bytes);
    request.putInt(IFLA_GSO_MAX_SEGS, segments);
    change(request, "RTM_NEWLINK " + link + " gso " + bytes + " bytes, " + segments + " segments");
  }

  /// Removes an interface that software has made.
  ///
  /// @throws OsException `EOPNOTSUPP` for others
  public void deleteLink(int link) throws OsException {
    change(linkRequest(RTM_DELLINK, link), "RTM_DELLINK " + link);
  }

  private NetlinkMessage linkRequest(int type, int index) {
    NetlinkMessage request = socket.message(type, 0, SIZE_OF_IFINFOMSG);
    request.putFixedInt(4, index);
    return request;
  }

  /// Gives an interface an address.
  ///
  /// @param skipDuplicateDetection makes an IPv6 address usable at once (`IFA_F_NODAD`), where
  ///   nobody else can have it; IPv4 has no such detection
  /// @throws OsException `EEXIST` where the interface has it, `ENODEV` where there is no interface
  public void addAddress(LinkAddress address, boolean skipDuplicateDetection) throws OsException {
    NetlinkMessage request = addressRequest(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, address);
    if (skipDuplicateDetection && address.address().isV6()) {
      request.putInt(IFA_FLAGS, IFA_F_NODAD);
    }
    change(request, "RTM_NEWADDR " + address);
  }

  /// Takes an address away.
  ///
  /// @throws OsException `EADDRNOTAVAIL` where the interface has it not
  public void removeAddress(LinkAddress address) throws OsException {
    change(addressRequest(RTM_DELADDR, 0, address), "RTM_DELADDR " + address);
  }

  private NetlinkMessage addressRequest(int type, int flags, LinkAddress address) {
    NetlinkMessage request = socket.message(type, flags, SIZE_OF_IFADDRMSG);
    request.putFixedByte(0, family(address.address().isV6()));
    request.putFixedByte(1, address.prefixLength());
    request.putFixedInt(4, address.link());
    request.putAddress(IFA_LOCAL, address.address());
    request.putAddress(IFA_ADDRESS, address.address());
    return request;
  }

  /// All addresses of an interface.
  public List<LinkAddress> addresses(int link) throws OsException {
    List<LinkAddress> addresses = new ArrayList<>();
    NetlinkMessage request = socket.message(RTM_GETADDR, 0, SIZE_OF_IFADDRMSG);
    socket.dump(
        request,
        "RTM_GETADDR",
        addresses::clear,
        reply -> {
          LinkAddress address = reply.type() == RTM_NEWADDR ? parseAddress(reply, link) : null;
          if (address != null) {
            addresses.add(address);
          }
        });
    return addresses;
  }

  static @Nullable LinkAddress parseAddress(NetlinkReply reply, int link) {
    if (reply.fixedInt(4) != link) {
      return null;
    }
    reply.seekAttributes(SIZE_OF_IFADDRMSG);
    // IFA_LOCAL is ours where the two differ (point-to-point); IPv6 mostly lacks it.
    IpAddress address = reply.address(IFA_LOCAL);
    if (address == null) {
      address = reply.address(IFA_ADDRESS);
    }
    int length = reply.fixedByte(1);
    return address == null || length > address.bits()
        ? null
        : new LinkAddress(link, address, length);
  }

  /// Adds a route.
  ///
  /// @throws OsException `EEXIST` where the table has one to that destination with that metric,
  ///   `ENETUNREACH` where the gateway cannot be reached directly
  public void addRoute(Route route) throws OsException {
    change(
        routeRequest(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route),
        "RTM_NEWROUTE " + route.destination());
  }

  /// Adds a route in place of one to that destination with that metric, if there is one.
  public void replaceRoute(Route route) throws OsException {
    change(
        routeRequest(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route),
        "RTM_NEWROUTE " + route.destination());
  }

  /// Removes the first route that has all that is given here.
  ///
  /// @throws OsException `ESRCH` where there is none
  public void removeRoute(Route route) throws OsException {
    change(routeRequest(RTM_DELROUTE, 0, route), "RTM_DELROUTE " + route.destination());
  }

  private NetlinkMessage routeRequest(int type, int flags, Route route) {
    NetlinkMessage request = socket.message(type, flags, SIZE_OF_RTMSG);
    request.putFixedByte(0, family(route.isV6()));
    request.putFixedByte(1, route.destination().length());
    request.putFixedByte(4, route.table() >>> 8 == 0 ? route.table() : RT_TABLE_UNSPEC);
    request.putFixedByte(5, RTPROT_STATIC);
    boolean direct = route.gateway() == null && !route.isV6();
    request.putFixedByte(6, direct ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE);
    request.putFixedByte(7, RTN_UNICAST);
    request.putAddress(RTA_DST, route.destination().address());
    request.putInt(RTA_OIF, route.link());
    request.putInt(RTA_TABLE, route.table());
    if (route.metric() != 0) {
      request.putInt(RTA_PRIORITY, route.metric());
    }
    if (route.gateway() != null) {
      request.putAddress(RTA_GATEWAY, route.gateway());
    }
    if (route.source() != null) {
      request.putAddress(RTA_PREFSRC, route.source());
    }
    return request;
  }

  /// The unicast routes of a table that lead through one interface each.
  public List<Route> routes(boolean isV6, int table) throws OsException {
    List<Route> routes = new ArrayList<>();
    NetlinkMessage request = socket.message(RTM_GETROUTE, 0, SIZE_OF_RTMSG);
    request.putFixedByte(0, family(isV6));
    socket.dump(
        request,
        "RTM_GETROUTE",
        routes::clear,
        reply -> {
          Route route = reply.type() == RTM_NEWROUTE ? parseRoute(reply, isV6) : null;
          if (route != null && route.table() == table) {
            routes.add(route);
          }
        });
    return routes;
  }

  static @Nullable Route parseRoute(NetlinkReply reply, boolean isV6) {
    if (reply.fixedByte(0) != family(isV6)
        || reply.fixedByte(7) != RTN_UNICAST
        || (reply.fixedInt(8) & RTM_F_CLONED) != 0) {
      return null;
    }
    reply.seekAttributes(SIZE_OF_RTMSG);
    int link = reply.intValue(RTA_OIF, 0);
    if (link == 0) {
      return null; // several next hops
    }
    IpAddress destination = reply.address(RTA_DST);
    if (destination == null) {
      destination = isV6 ? IpAddress.v6(0, 0) : IpAddress.v4(0);
    }
    int length = reply.fixedByte(1);
    IpAddress gateway = reply.address(RTA_GATEWAY);
    IpAddress source = reply.address(RTA_PREFSRC);
    if (destination.isV6() != isV6
        || length > destination.bits()
        || (gateway != null && gateway.isV6() != isV6)
        || (source != null && source.isV6() != isV6)) {
      return null; // no kernel says so
    }
    return new Route(
        new IpPrefix(destination, length),
        link,
        reply.intValue(RTA_TABLE, reply.fixedByte(4)),
        reply.intValue(RTA_PRIORITY, 0),
        gateway,
        source);
  }

  /// The number of the interface that a datagram would leave through, by routes, rules and marks.
  ///
  /// @throws OsException what sending it would fail with: `EINVAL` where the source is no address
  ///   of ours, `ENETUNREACH` where there is no route
  public int linkTowards(UdpFlow flow) throws OsException {
    boolean isV6 = flow.destination().isV6();
    NetlinkMessage request = socket.message(RTM_GETROUTE, 0, SIZE_OF_RTMSG);
    request.putFixedByte(0, family(isV6));
    request.putFixedByte(1, flow.destination().bits());
    request.putAddress(RTA_DST, flow.destination());
    IpAddress source = flow.source();
    if (source != null) {
      request.putFixedByte(2, source.bits());
      request.putAddress(RTA_SRC, source);
    }
    if (flow.scope() != 0) {
      request.putInt(RTA_OIF, flow.scope());
    }
    if (flow.mark() != 0) {
      request.putInt(RTA_MARK, flow.mark());
    }
    request.putByte(RTA_IP_PROTO, IPPROTO_UDP);
    request.putShortBigEndian(RTA_SPORT, flow.sourcePort());
    request.putShortBigEndian(RTA_DPORT, flow.destinationPort());
    int[] link = {0};
    socket.request(
        request,
        "RTM_GETROUTE " + flow.destination(),
        reply -> {
          if (reply.type() == RTM_NEWROUTE) {
            reply.seekAttributes(SIZE_OF_RTMSG);
            link[0] = reply.intValue(RTA_OIF, 0);
          }
        });
    return link[0];
  }

  /// Whether a route leads to everybody on a network: `RTN_BROADCAST`, which only IPv4 has.
  ///
  /// @throws OsException `ENETUNREACH` where there is no route
  public boolean isBroadcast(IpAddress destination) throws OsException {
    if (destination.isV6()) {
      return false;
    }
    NetlinkMessage request = socket.message(RTM_GETROUTE, 0, SIZE_OF_RTMSG);
    request.putFixedByte(0, AF_INET);
    request.putFixedByte(1, destination.bits());
    request.putAddress(RTA_DST, destination);
    boolean[] broadcast = new boolean[1];
    socket.request(
        request,
        "RTM_GETROUTE " + destination,
        reply ->
            broadcast[0] |= reply.type() == RTM_NEWROUTE && reply.fixedByte(7) == RTN_BROADCAST);
    return broadcast[0];
  }

  /// Adds a rule.
  ///
  /// @throws OsException `EEXIST` where there is the same already
  public void addRule(RoutingRule rule) throws OsException {
    change(ruleRequest(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule), "RTM_NEWRULE");
  }

  /// Removes the first rule that has all that is given here.
  ///
  /// @throws OsException `ENOENT` where there is none
  public void removeRule(RoutingRule rule) throws OsException {
    change(ruleRequest(RTM_DELRULE, 0, rule), "RTM_DELRULE");
  }

  private NetlinkMessage ruleRequest(int type, int flags, RoutingRule rule) {
    NetlinkMessage request = socket.message(type, flags, SIZE_OF_FIB_RULE_HDR);
    request.putFixedByte(0, family(rule.isV6()));
    request.putFixedByte(4, rule.table() >>> 8 == 0 ? rule.table() : RT_TABLE_UNSPEC);
    request.putFixedByte(7, FR_ACT_TO_TBL);
    request.putFixedInt(8, rule.isInverted() ? FIB_RULE_INVERT : 0);
    request.putInt(FRA_TABLE, rule.table());
    if (rule.priority() != 0) {
      request.putInt(FRA_PRIORITY, rule.priority());
    }
    if (rule.mask() != 0) {
      request.putInt(FRA_FWMARK, rule.mark());
      request.putInt(FRA_FWMASK, rule.mask());
    }
    if (rule.suppressPrefixLength() >= 0) {
      request.putInt(FRA_SUPPRESS_PREFIXLEN, rule.suppressPrefixLength());
    }
    return request;
  }

  /// The rules that lead to a table, in their order.
  public List<RoutingRule> rules(boolean isV6) throws OsException {
    List<RoutingRule> rules = new ArrayList<>();
    NetlinkMessage request = socket.message(RTM_GETRULE, 0, SIZE_OF_FIB_RULE_HDR);
    request.putFixedByte(0, family(isV6));
    socket.dump(
        request,
        "RTM_GETRULE",
        rules::clear,
        reply -> {
          if (reply.type() == RTM_NEWRULE
              && reply.fixedByte(0) == family(isV6)
              && reply.fixedByte(7) == FR_ACT_TO_TBL) {
            rules.add(parseRule(reply, isV6));
          }
        });
    return rules;
  }

  static RoutingRule parseRule(NetlinkReply reply, boolean isV6) {
    reply.seekAttributes(SIZE_OF_FIB_RULE_HDR);
    return new RoutingRule(
        isV6,
        reply.intValue(FRA_PRIORITY, 0),
        reply.intValue(FRA_FWMARK, 0),
        reply.intValue(FRA_FWMASK, 0),
        (reply.fixedInt(8) & FIB_RULE_INVERT) != 0,
        reply.intValue(FRA_TABLE, reply.fixedByte(4)),
        reply.intValue(FRA_SUPPRESS_PREFIXLEN, -1));
  }

  private void change(NetlinkMessage request, String call) throws OsException {
    socket.request(request, call, reply -> {});
  }

  private static int family(boolean isV6) {
    return isV6 ? AF_INET6 : AF_INET;
  }

  @Override
  public void close() {
    socket.close();
  }
}
