package io.wiregate.os.link;

import static io.wiregate.os.link.RtnetlinkConstants.*;

import io.wiregate.os.Errno;
import io.wiregate.os.FileDescriptor;
import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Asks which connections the kernel follows in one network namespace: the one that the thread was
/// in which opened it. Only the default zone of connection tracking is asked.
///
/// Owner: one thread. Source: the kernel's `nfnetlink_conntrack.h` and `nf_conntrack_netlink.c`.
public final class ConnectionTracking implements AutoCloseable {
  static final int SIZE_OF_NFGENMSG = 4;
  private static final int NFNL_SUBSYS_CTNETLINK = 1;
  private static final int IPCTNL_MSG_CT_NEW = NFNL_SUBSYS_CTNETLINK << 8;
  private static final int IPCTNL_MSG_CT_GET = NFNL_SUBSYS_CTNETLINK << 8 | 1;

  private static final int CTA_TUPLE_ORIG = 1;
  private static final int CTA_TUPLE_REPLY = 2;
  private static final int CTA_TUPLE_IP = 1;
  private static final int CTA_TUPLE_PROTO = 2;
  private static final int CTA_IP_V4_SRC = 1;
  private static final int CTA_IP_V4_DST = 2;
  private static final int CTA_IP_V6_SRC = 3;
  private static final int CTA_IP_V6_DST = 4;
  private static final int CTA_PROTO_NUM = 1;
  private static final int CTA_PROTO_SRC_PORT = 2;
  private static final int CTA_PROTO_DST_PORT = 3;
  private static final int CTA_PROTO_ICMP_ID = 4;
  private static final int CTA_PROTO_ICMPV6_ID = 7;

  // From the identifier's attribute on, in both families.
  private static final int TYPE = 1;
  private static final int CODE = 2;

  /// Where the kernel's modules show their parameters, those that are built in too.
  private static final Path MODULES = Path.of("/sys/module");

  private final NetlinkSocket socket;

  private ConnectionTracking(NetlinkSocket socket) {
    this.socket = socket;
  }

  /// Whether the kernel follows connections anywhere. Where it does not, a question would load the
  /// modules that do.
  public static boolean isLoaded() {
    return Files.exists(MODULES.resolve("nf_conntrack")) || !Files.exists(MODULES);
  }

  /// For the calling thread's namespace.
  ///
  /// @throws OsException `EPROTONOSUPPORT` where the kernel has no netfilter
  public static ConnectionTracking open() throws OsException {
    return new ConnectionTracking(NetlinkSocket.open(NETLINK_NETFILTER));
  }

  /// For another namespace, which the caller may close right after.
  public static ConnectionTracking openIn(FileDescriptor namespace) throws OsException {
    return NetworkNamespaces.call(namespace, ConnectionTracking::open);
  }

  /// What a packet was before its addresses and ports were translated.
  ///
  /// @param packet as it left, after translation
  /// @return as it came, which is the same where nothing was translated; null where no connection
  ///   is known that it belongs to
  /// @throws OsException `EPERM` without `CAP_NET_ADMIN`, `EINVAL` where the kernel has no
  ///   connection tracking
  public @Nullable ConnectionTuple beforeTranslation(ConnectionTuple packet) throws OsException {
    // A connection is found by the packets of either direction as they arrive, before they are
    // translated. An answer to this packet would arrive as its inverse.
    ConnectionTuple answer = packet.inverted();
    if (answer == null) {
      return null;
    }
    NetlinkMessage request = socket.message(IPCTNL_MSG_CT_GET, 0, SIZE_OF_NFGENMSG);
    put(request, answer);
    @Nullable ConnectionTuple[] found = new @Nullable ConnectionTuple[2];
    try {
      socket.request(
          request,
          "IPCTNL_MSG_CT_GET",
          reply -> {
            if (reply.type() == IPCTNL_MSG_CT_NEW) {
              found[0] = parse(reply, CTA_TUPLE_ORIG);
              found[1] = parse(reply, CTA_TUPLE_REPLY);
            }
          });
    } catch (OsException e) {
      if (e.errno() == Errno.ENOENT) {
        return null;
      }
      throw e;
    }
    // The packet goes in the direction that the answer does not go in.
    return answer.equals(found[1]) ? found[0] : answer.equals(found[0]) ? found[1] : null;
  }

  static void put(NetlinkMessage request, ConnectionTuple tuple) {
    boolean isV6 = tuple.source().isV6();
    request.putFixedByte(0, isV6 ? AF_INET6 : AF_INET);
    int whole = request.beginNested(CTA_TUPLE_REPLY);
    int addresses = request.beginNested(CTA_TUPLE_IP);
    request.putAddress(isV6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, tuple.source());
    request.putAddress(isV6 ? CTA_IP_V6_DST : CTA_IP_V4_DST, tuple.destination());
    request.endNested(addresses);
    int protocol = request.beginNested(CTA_TUPLE_PROTO);
    request.putByte(CTA_PROTO_NUM, tuple.protocol());
    if (tuple.isIcmp()) {
      int identifier = isV6 ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID;
      request.putShortBigEndian(identifier, tuple.sourcePort());
      request.putByte(identifier + TYPE, tuple.destinationPort() >>> 8);
      request.putByte(identifier + CODE, tuple.destinationPort() & 0xff);
    } else {
      request.putShortBigEndian(CTA_PROTO_SRC_PORT, tuple.sourcePort());
      request.putShortBigEndian(CTA_PROTO_DST_PORT, tuple.destinationPort());
    }
    request.endNested(protocol);
    request.endNested(whole);
  }

  /// One direction of a connection; null where what it should have is not there.
  static @Nullable ConnectionTuple parse(NetlinkReply reply, int direction) {
    boolean isV6 = reply.fixedByte(0) == AF_INET6;
    reply.seekAttributes(SIZE_OF_NFGENMSG);
    if (!reply.enter(direction) || !reply.enter(CTA_TUPLE_IP)) {
      return null;
    }
    IpAddress source = reply.address(isV6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC);
    IpAddress destination = reply.address(isV6 ? CTA_IP_V6_DST : CTA_IP_V4_DST);
    reply.seekAttributes(SIZE_OF_NFGENMSG);
    if (source == null
        || destination == null
        || source.isV6() != isV6
        || destination.isV6() != isV6
        || !reply.enter(direction)
        || !reply.enter(CTA_TUPLE_PROTO)) {
      return null;
    }
    int protocol = reply.byteValue(CTA_PROTO_NUM, 0);
    if (protocol == (isV6 ? ConnectionTuple.ICMP_V6 : ConnectionTuple.ICMP)) {
      int identifier = isV6 ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID;
      int type = reply.byteValue(identifier + TYPE, 0);
      int code = reply.byteValue(identifier + CODE, 0);
      return new ConnectionTuple(
          source,
          destination,
          protocol,
          reply.shortBigEndianValue(identifier, 0),
          type << 8 | code);
    }
    return new ConnectionTuple(
        source,
        destination,
        protocol,
        reply.shortBigEndianValue(CTA_PROTO_SRC_PORT, 0),
        reply.shortBigEndianValue(CTA_PROTO_DST_PORT, 0));
  }

  @Override
  public void close() {
    socket.close();
  }
}
