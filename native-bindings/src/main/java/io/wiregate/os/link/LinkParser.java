package io.wiregate.os.link;

import static io.wiregate.os.link.RtnetlinkConstants.*;

/// Reads RTM_NEWLINK and RTM_DELLINK messages: `struct ifinfomsg` and its attributes.
final class LinkParser {
  private LinkParser() {}

  static Link link(NetlinkReply reply) {
    reply.seekAttributes(SIZE_OF_IFINFOMSG);
    return new Link(
        reply.fixedInt(4),
        reply.string(IFLA_IFNAME),
        (reply.fixedInt(8) & IFF_UP) != 0,
        reply.intValue(IFLA_MTU, 0),
        Link.State.of(reply.byteValue(IFLA_OPERSTATE, 0)),
        reply.nestedString(IFLA_LINKINFO, IFLA_INFO_KIND),
        reply.intValue(IFLA_GSO_MAX_SIZE, 0),
        reply.intValue(IFLA_GSO_MAX_SEGS, 0));
  }

  /// Whether the message is about the interface itself. Others tell of its membership in a bridge,
  /// where 'deleted' means that it left the bridge.
  static boolean isLinkItself(NetlinkReply reply) {
    return reply.fixedByte(0) == AF_UNSPEC;
  }
}
