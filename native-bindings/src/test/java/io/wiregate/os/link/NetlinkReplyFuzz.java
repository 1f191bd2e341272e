package io.wiregate.os.link;

import static io.wiregate.os.link.RtnetlinkConstants.IFLA_LINKINFO;

import io.wiregate.os.NativeBuffer;

/// What netlink sockets bring: messages, attributes and attributes within them, whose lengths lie.
/// Input: as one recv(2) gives it.
public final class NetlinkReplyFuzz {
  private static final int LARGEST = 512;

  private NetlinkReplyFuzz() {}

  public static void fuzzerTestOneInput(byte[] bytes) {
    int length = Math.min(bytes.length, LARGEST);
    // In a buffer that ends where it does, so that what reads on is refused.
    try (NativeBuffer exact = NativeBuffer.allocate(Math.max(1, length))) {
      exact.copyFrom(0, bytes, 0, length);
      NetlinkReply reply = new NetlinkReply(exact);
      reply.onReceived(length);
      int messages = 0;
      while (reply.advance()) {
        read(reply);
        messages++;
      }
      if (messages > length / NetlinkMessage.HEADER_SIZE) {
        throw new AssertionError("more messages than fit");
      }
    }
  }

  private static void read(NetlinkReply reply) {
    LinkParser.isLinkItself(reply);
    LinkParser.link(reply);
    Netlink.parseAddress(reply, reply.fixedInt(4));
    Netlink.parseRoute(reply, reply.fixedByte(0) == RtnetlinkConstants.AF_INET6);
    Netlink.parseRule(reply, reply.fixedByte(0) == RtnetlinkConstants.AF_INET6);
    NetlinkSocket.explanation(reply);
    reply.nestedString(IFLA_LINKINFO, reply.type());
  }
}
