package io.wiregate.dataplane;

import io.wiregate.dataplane.worker.WorkerPool;
import io.wiregate.os.OsException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// A data plane: the threads that carry packets, and the interfaces whose packets they carry. Any
/// thread may call.
public final class DataPlane implements AutoCloseable {
  private final DataPlaneOptions options;
  private final WorkerPool pool;
  private final LinkWatcher links;
  private final RouteWatcher routes;

  private final AtomicBoolean closed = new AtomicBoolean();

  // Guarded by this.
  private final List<Device> devices = new ArrayList<>();

  private DataPlane(DataPlaneOptions options) throws OsException {
    this.options = options;
    this.pool =
        new WorkerPool(
            options.workers(),
            options.handshakeThreads(),
            options.aead(),
            options.x25519(),
            options.udpOffloads(),
            options.stamps(),
            new SecureRandom(),
            this::onInterfaceGone);
    this.links = new LinkWatcher();
    this.routes = new RouteWatcher(this::devices);
  }

  /// Starts the threads; there is no interface yet.
  public static DataPlane start(DataPlaneOptions options) throws OsException {
    DataPlane plane = new DataPlane(options);
    plane.pool.start();
    plane.links.start();
    plane.routes.start();
    return plane;
  }

  /// Has the code that carries packets compiled before the first client comes, at the cost of one
  /// or two seconds of processor time beside what goes on. For a start that is complete; at most
  /// once.
  public void rehearse() {
    pool.rehearse();
  }

  public DataPlaneOptions options() {
    return options;
  }

  /// Why those inside are not told by ICMP that nobody is there, as a rule since `CAP_NET_RAW` is
  /// missing; null where they are told.
  public @Nullable OsException unreachableFailure() {
    return pool.unreachableFailure();
  }

  /// Creates a WireGuard interface: a TUN interface, down, without key, addresses and peers.
  ///
  /// @param name what it shall be called; `%d` at the end asks the kernel for a number
  /// @param mtu bytes of the largest inner packet
  /// @throws OsException `ENOENT` where `/dev/net/tun` is missing, `EPERM` without `CAP_NET_ADMIN`,
  ///   `EBUSY` where an interface of that name exists
  public Device createDevice(String name, int mtu) throws OsException {
    Device device = Device.create(name, mtu, options, pool, links, routes, this::forget);
    synchronized (this) {
      devices.add(device);
    }
    return device;
  }

  private synchronized void forget(Device device) {
    devices.remove(device);
  }

  private synchronized List<Device> devices() {
    return List.copyOf(devices);
  }

  /// On a worker's thread.
  private void onInterfaceGone(int number) {
    for (Device device : devices()) {
      if (device.number() == number) {
        device.onGone();
      }
    }
  }

  /// Removes all interfaces and ends all threads. Closing twice is allowed.
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    RuntimeException failure = null;
    for (Device device : devices()) {
      try {
        device.close();
      } catch (RuntimeException e) {
        failure = e; // the others are closed all the same
      }
    }
    routes.close();
    links.close();
    pool.close();
    options.stamps().settle();
    if (failure != null) {
      throw failure;
    }
  }
}
