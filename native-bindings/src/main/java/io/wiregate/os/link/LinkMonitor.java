package io.wiregate.os.link;

import static io.wiregate.os.link.RtnetlinkConstants.*;

import io.wiregate.os.Errno;
import io.wiregate.os.FileDescriptor;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.internal.Libc;
import java.util.ArrayList;
import java.util.List;

/// Tells what changes in one network namespace: the one of the thread that opened it. Interfaces
/// that move to another namespace are reported as deleted, and what they do there not at all.
///
/// Owner: one thread, which watches [#fd] and calls [#poll]. No call waits. Source: rtnetlink(7).
public final class LinkMonitor implements AutoCloseable {
  private static final int SIZE_OF_SOCKADDR_NL = 12;
  private static final int BUFFER_SIZE = 65536;

  /// So that a flood of changes cannot hold the owner up; the rest is there next time.
  private static final int MAX_READS = 256;

  private static final int GROUPS =
      RTMGRP_LINK
          | RTMGRP_IPV4_IFADDR
          | RTMGRP_IPV6_IFADDR
          | RTMGRP_IPV4_ROUTE
          | RTMGRP_IPV6_ROUTE
          | RTMGRP_IPV4_RULE
          | RTMGRP_IPV6_RULE;

  private final FileDescriptor fd;
  private final NativeBuffer buffer = NativeBuffer.allocate(BUFFER_SIZE);
  private final NetlinkReply reply = new NetlinkReply(buffer);

  /// What happened to an interface.
  ///
  /// @param isDeleted it is gone; the rest says how it was last
  public record Event(Link link, boolean isDeleted) {}

  /// What has happened since the last time.
  ///
  /// @param events in order
  /// @param routingChanged addresses, routes or rules are not what they were
  /// @param resynchronise the kernel had more to say than the socket holds and dropped some of it:
  ///   ask for everything anew ([Netlink]); the events given are still true
  public record Changes(List<Event> events, boolean routingChanged, boolean resynchronise) {}

  private LinkMonitor(FileDescriptor fd) {
    this.fd = fd;
  }

  public static LinkMonitor open() throws OsException {
    return open(0);
  }

  /// @param bufferSize bytes that the kernel keeps for us, 0 for the system's usual
  static LinkMonitor open(int bufferSize) throws OsException {
    int type = SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC;
    int number = Libc.socket(AF_NETLINK, type, NETLINK_ROUTE);
    FileDescriptor fd = new FileDescriptor(OsException.check(number, "socket AF_NETLINK"));
    try (NativeBuffer address = NativeBuffer.allocate(SIZE_OF_SOCKADDR_NL)) {
      if (bufferSize != 0) {
        address.putInt(0, bufferSize);
        Libc.setsockopt(number, SOL_SOCKET, SO_RCVBUF, address.address(0, 4), 4);
      }
      address.putInt(0, AF_NETLINK);
      address.putInt(8, GROUPS);
      OsException.check(
          Libc.bind(number, address.address(0, SIZE_OF_SOCKADDR_NL), SIZE_OF_SOCKADDR_NL),
          "bind AF_NETLINK");
      return new LinkMonitor(fd);
    } catch (OsException e) {
      fd.close();
      throw e;
    }
  }

  /// For another namespace, which the caller may close right after.
  public static LinkMonitor openIn(FileDescriptor namespace) throws OsException {
    return NetworkNamespaces.call(namespace, LinkMonitor::open);
  }

  /// Readable when something has changed.
  public FileDescriptor fd() {
    return fd;
  }

  /// Takes what has been reported.
  public Changes poll() throws OsException {
    List<Event> events = new ArrayList<>();
    boolean routingChanged = false;
    boolean resynchronise = false;
    for (int reads = 0; reads < MAX_READS; reads++) {
      int length = Libc.recv(fd.number(), buffer.address(0, BUFFER_SIZE), BUFFER_SIZE, MSG_TRUNC);
      if (length == -Errno.EAGAIN) {
        break;
      }
      if (length == -Errno.EINTR) {
        continue;
      }
      if (length == -Errno.ENOBUFS || length > BUFFER_SIZE) {
        resynchronise = true;
        continue;
      }
      reply.onReceived(OsException.check(length, "recv AF_NETLINK"));
      while (reply.advance()) {
        switch (reply.type()) {
          case RTM_NEWLINK, RTM_DELLINK -> {
            if (LinkParser.isLinkItself(reply)) {
              events.add(new Event(LinkParser.link(reply), reply.type() == RTM_DELLINK));
            }
          }
          case RTM_NEWADDR, RTM_DELADDR, RTM_NEWROUTE, RTM_DELROUTE, RTM_NEWRULE, RTM_DELRULE ->
              routingChanged = true;
          default -> {}
        }
      }
    }
    return new Changes(List.copyOf(events), routingChanged || resynchronise, resynchronise);
  }

  @Override
  public void close() {
    fd.close();
    buffer.close();
  }
}
