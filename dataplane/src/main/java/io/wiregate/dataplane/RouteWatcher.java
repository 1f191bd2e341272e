package io.wiregate.dataplane;

import io.wiregate.dataplane.session.Peer;
import io.wiregate.os.Errno;
import io.wiregate.os.OsException;
import io.wiregate.os.link.LinkMonitor;
import io.wiregate.os.link.Netlink;
import io.wiregate.os.link.UdpFlow;
import io.wiregate.os.poll.Epoll;
import io.wiregate.os.poll.EventFd;
import io.wiregate.os.udp.UdpEndpoint;
import java.util.List;
import java.util.function.Supplier;

/// A thread that hears from the kernel when routes, addresses, rules or interfaces change, in the
/// namespace in which the data plane was started and its sockets are. A peer is answered from the
/// address that it wrote to, even where another one would do; that address is forgotten here once
/// it is gone, or once the way from it to the peer leads through another interface than the one
/// that the peer is heard from. Then the routing table chooses, as where the kernel's route of a
/// peer has become invalid (`wg_socket_send_skb_to_peer`; the interface is compared there for IPv4
/// only).
///
/// So nothing of this is on the walk. A look at all peers costs a request to the kernel for each
/// that has such an address; after one the thread rests for nine times as long and reads no events,
/// so that routes that change all the time take a tenth of a processor at most.
final class RouteWatcher implements AutoCloseable {
  private static final long MONITOR = 1;
  private static final long BELL = 2;
  private static final int REST = 9;
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final Supplier<List<Device>> devices;
  private final LinkMonitor monitor;
  private final Netlink netlink;
  private final Epoll changes;
  private final Epoll bellOnly;
  private final EventFd bell;
  private final Thread thread;
  private volatile boolean wanted;
  private volatile boolean stopping;

  /// @param devices of the data plane
  RouteWatcher(Supplier<List<Device>> devices) throws OsException {
    this.devices = devices;
    monitor = LinkMonitor.open();
    netlink = Netlink.open();
    changes = new Epoll(2);
    bellOnly = new Epoll(1);
    bell = new EventFd();
    changes.add(monitor.fd(), MONITOR);
    changes.add(bell.fd(), BELL);
    bellOnly.add(bell.fd(), BELL);
    thread = Thread.ofPlatform().daemon().name("route-watcher").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /// Has all peers looked at again, as where a route has changed. Any thread, without waiting.
  void lookAgain() {
    wanted = true;
    bell.ring();
  }

  private void run() {
    while (!stopping) {
      if (!wanted) {
        await(changes, -1);
      }
      if (wanted || hasChanged()) {
        wanted = false;
        long begun = System.nanoTime();
        devices.get().forEach(this::look);
        rest(REST * (System.nanoTime() - begun));
      }
    }
  }

  /// What changes meanwhile is heard of afterwards, or that it was too much to be told one by one.
  private void rest(long nanos) {
    long end = System.nanoTime() + nanos;
    for (long left = nanos; left > 0 && !stopping; left = end - System.nanoTime()) {
      await(bellOnly, Math.clamp(left / NANOS_PER_MILLI + 1, 0, 60_000));
    }
  }

  private void await(Epoll events, int millis) {
    try {
      int ready = events.await(millis);
      for (int i = 0; i < ready; i++) {
        if (events.token(i) == BELL) {
          bell.silence();
        }
      }
    } catch (OsException e) {
      throw new IllegalStateException("cannot wait for changes of routes: " + e.getMessage());
    }
  }

  private boolean hasChanged() {
    try {
      LinkMonitor.Changes told = monitor.poll();
      // Not every route that goes with an interface is reported.
      return told.routingChanged() || !told.events().isEmpty();
    } catch (OsException unreadable) {
      changes.remove(monitor.fd()); // without it, sources stay until nothing comes back
      return false;
    }
  }

  private void look(Device device) {
    int port = device.listenPort();
    int mark = device.firewallMark();
    device.peers().forEach(peer -> look(peer, port, mark));
  }

  private void look(Peer peer, int port, int mark) {
    UdpEndpoint avoided = peer.where().avoided();
    if (avoided != null && !stopping && !leadsAway(avoided, port, mark)) {
      peer.where().allowLocalAddress();
    }
    UdpEndpoint endpoint = peer.endpoint();
    if (endpoint != null
        && endpoint.localAddress() != null
        && !stopping
        && leadsAway(endpoint, port, mark)) {
      peer.where().avoidLocalAddress(endpoint);
    }
  }

  private boolean leadsAway(UdpEndpoint to, int port, int mark) {
    try {
      UdpFlow flow =
          new UdpFlow(to.address(), to.port(), to.localAddress(), port, to.scope(), mark);
      return netlink.linkTowards(flow) != to.localInterface();
    } catch (OsException e) {
      return e.errno() == Errno.EINVAL || e.errno() == Errno.ENETUNREACH;
    }
  }

  @Override
  public void close() {
    stopping = true;
    bell.ring();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    monitor.close();
    netlink.close();
    changes.close();
    bellOnly.close();
    bell.close();
  }
}
