package io.wiregate.dataplane;

import io.wiregate.os.FileDescriptor;
import io.wiregate.os.OsException;
import io.wiregate.os.link.Link;
import io.wiregate.os.link.LinkMonitor;
import io.wiregate.os.link.Netlink;
import io.wiregate.os.link.NetworkNamespaces;
import io.wiregate.os.poll.Epoll;
import io.wiregate.os.poll.EventFd;
import io.wiregate.os.tun.TunInterface;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A thread that hears from the kernel when interfaces go up or down, change their MTU, or are
/// moved to another network namespace.
///
/// There it looks after them by the clock: a socket that listened in their namespace would keep
/// that alive, and with it the interface, when everybody else had left it.
final class LinkWatcher implements AutoCloseable {
  private static final int EVENTS = 16;
  private static final long BELL = -1;

  /// Milliseconds between two looks at interfaces that are in other namespaces.
  private static final int AWAY_PERIOD_MILLIS = 500;

  /// One interface, and the monitor of our namespace while it is there.
  private static final class Watched implements AutoCloseable {
    private final Device device;
    private @Nullable LinkMonitor monitor;
    private int index;
    private boolean isAway;

    private Watched(Device device) {
      this.device = device;
    }

    @Override
    public void close() {
      if (monitor != null) {
        monitor.close();
        monitor = null;
      }
    }
  }

  private final Epoll epoll;
  private final EventFd bell;
  private final Thread thread;

  /// The namespace that this was made in.
  private final long home;

  // Guarded by this.
  private final Map<Long, Watched> watched = new HashMap<>();
  private boolean stopping;

  /// For interfaces that are made in the calling thread's namespace.
  LinkWatcher() throws OsException {
    try {
      home = NetworkNamespaces.currentIdentity();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot tell which network namespace this is", e);
    }
    epoll = new Epoll(EVENTS);
    bell = new EventFd();
    epoll.add(bell.fd(), BELL);
    thread = Thread.ofPlatform().daemon().name("link-watcher").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /// Watches a device from now on, and tells it how it is.
  synchronized void watch(Device device) {
    Watched entry = new Watched(device);
    watched.put((long) device.number(), entry);
    follow(entry);
    if (entry.isAway) {
      bell.ring(); // it waits without end
    }
  }

  /// Looks at a device no more. Does not return while it is being looked at.
  synchronized void forget(Device device) {
    Watched entry = watched.remove((long) device.number());
    if (entry != null) {
      unwatch(entry);
    }
  }

  private void unwatch(Watched entry) {
    if (entry.monitor != null) {
      epoll.remove(entry.monitor.fd());
    }
    entry.close();
  }

  /// Takes the interface's state from where it is now, and opens a monitor there if that is home.
  private void follow(Watched entry) {
    unwatch(entry);
    entry.isAway = false;
    TunInterface tun = entry.device.tun();
    try (FileDescriptor namespace = tun.networkNamespace()) {
      entry.isAway = NetworkNamespaces.identity(namespace) != home;
      if (!entry.isAway) {
        LinkMonitor monitor = LinkMonitor.openIn(namespace);
        entry.monitor = monitor;
        epoll.add(monitor.fd(), entry.device.number());
      }
      try (Netlink netlink = Netlink.openIn(namespace)) {
        Link link = netlink.link(tun.currentName());
        entry.index = link.index();
        entry.device.onLink(link.isUp(), link.mtu());
      }
    } catch (IOException e) {
      // Deleted, which its worker notices, or moved to where we may not look: it goes on as it was.
      unwatch(entry);
    }
  }

  private synchronized int waitMillis() {
    return watched.values().stream().anyMatch(entry -> entry.isAway) ? AWAY_PERIOD_MILLIS : -1;
  }

  private void run() {
    long nextAwayLookNanos = System.nanoTime();
    while (true) {
      int ready;
      try {
        ready = epoll.await(waitMillis());
      } catch (OsException e) {
        throw new IllegalStateException("cannot wait for link events: " + e.getMessage());
      }
      synchronized (this) {
        if (stopping) {
          return;
        }
        for (int i = 0; i < ready; i++) {
          Watched entry = watched.get(epoll.token(i));
          if (entry != null) {
            look(entry);
          } else if (epoll.token(i) == BELL) {
            bell.silence();
          }
        }
        // By the clock: events at home may never pause.
        if (System.nanoTime() - nextAwayLookNanos >= 0) {
          nextAwayLookNanos = System.nanoTime() + AWAY_PERIOD_MILLIS * 1_000_000L;
          watched.values().stream().filter(entry -> entry.isAway).toList().forEach(this::follow);
        }
      }
    }
  }

  private void look(Watched entry) {
    LinkMonitor monitor = entry.monitor;
    if (monitor == null) {
      return;
    }
    LinkMonitor.Changes changes;
    try {
      changes = monitor.poll();
    } catch (OsException e) {
      follow(entry);
      return;
    }
    boolean moved = changes.resynchronise();
    for (LinkMonitor.Event event : changes.events()) {
      if (event.link().index() == entry.index) {
        moved |= event.isDeleted();
        if (!event.isDeleted()) {
          entry.device.onLink(event.link().isUp(), event.link().mtu());
        }
      }
    }
    if (moved) {
      follow(entry);
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      stopping = true;
      watched.values().forEach(this::unwatch);
      watched.clear();
    }
    bell.ring();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    epoll.close();
    bell.close();
  }
}
