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
/// that has such an address; after one the thread rests for nine times as long, so that routes that
/// change all the time take a tenth of a processor at most.
final class RouteWatcher implements AutoCloseable {
  private static final long MONITOR = 1;
  private static final long BELL = 2;
  private static final int REST = 9;
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final Supplier<List<Device>> devices;
  private final LinkMonitor monitor;
  private final Netlink netlink;
  private final Epoll epoll;
  private final EventFd bell;
  private final Thread thread;
  private volatile boolean stopping;

  /// @param devices of the data plane
  RouteWatcher(Supplier<List<Device>> devices) throws OsException {
    this.devices = devices;
    monitor = LinkMonitor.open();
    netlink = Netlink.open();
    epoll = new Epoll(2);
    bell = new EventFd();
    epoll.add(monitor.fd(), MONITOR);
    epoll.add(bell.fd(), BELL);
    thread = Thread.ofPlatform().daemon().name("route-watcher").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  private void run() {
    boolean changed = false;
    long restUntil = System.nanoTime();
    while (!stopping) {
      long rest = restUntil - System.nanoTime();
      changed |= hasChanged(changed ? Math.clamp(rest / NANOS_PER_MILLI + 1, 0, 60_000) : -1);
      if (changed && restUntil - System.nanoTime() <= 0) {
        changed = false;
        long begun = System.nanoTime();
        devices.get().forEach(this::look);
        long ended = System.nanoTime();
        restUntil = ended + REST * (ended - begun);
      }
    }
  }

  /// Waits for changes.
  ///
  /// @param millis at most, -1 for ever
  private boolean hasChanged(int millis) {
    int ready;
    try {
      ready = epoll.await(millis);
    } catch (OsException e) {
      throw new IllegalStateException("cannot wait for changes of routes: " + e.getMessage());
    }
    boolean changed = false;
    for (int i = 0; i < ready; i++) {
      if (epoll.token(i) == MONITOR) {
        try {
          LinkMonitor.Changes changes = monitor.poll();
          // Not every route that goes with an interface is reported.
          changed |= changes.routingChanged() || !changes.events().isEmpty();
        } catch (OsException unreadable) {
          epoll.remove(monitor.fd()); // without it, sources stay until nothing comes back
        }
      }
    }
    return changed;
  }

  private void look(Device device) {
    int port = device.listenPort();
    int mark = device.firewallMark();
    device.peers().forEach(peer -> look(peer, port, mark));
  }

  private void look(Peer peer, int port, int mark) {
    UdpEndpoint avoided = peer.avoidedEndpoint();
    if (avoided != null && !stopping && !leadsAway(avoided, port, mark)) {
      peer.allowLocalAddress();
    }
    UdpEndpoint endpoint = peer.endpoint();
    if (endpoint != null
        && endpoint.localAddress() != null
        && !stopping
        && leadsAway(endpoint, port, mark)) {
      peer.avoidLocalAddress(endpoint);
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
    epoll.close();
    bell.close();
  }
}
