package io.wiregate.control.command;

import io.wiregate.control.FatalFault;
import io.wiregate.control.config.ConfigurationReader;
import io.wiregate.control.config.OffloadSettings;
import io.wiregate.dataplane.DataPlane;
import io.wiregate.dataplane.DataPlaneOptions;
import io.wiregate.dataplane.Device;
import io.wiregate.dataplane.Engines;
import io.wiregate.dataplane.noise.Tai64nClock;
import io.wiregate.dataplane.uapi.UapiServer;
import io.wiregate.os.Errno;
import io.wiregate.os.OsException;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One interface whose configuration socket answers, as wireguard-go serves it. Closing it removes
/// both.
final class TunService implements AutoCloseable {
  /// What wireguard-go gives its interfaces.
  private static final int DEFAULT_MTU = 1420;

  /// Workers beyond these brought one interface nothing where it was measured.
  private static final int MAX_WORKERS = 4;

  private static final long SHUTDOWN_SECONDS = 10;

  private final DataPlane plane;
  private final Device device;
  private final UapiServer socket;
  private final CountDownLatch ended = new CountDownLatch(1);

  // Guarded by this.
  private boolean closed;

  private TunService(DataPlane plane, Device device, UapiServer socket) {
    this.plane = plane;
    this.device = device;
    this.socket = socket;
  }

  /// Creates the interface and serves `/var/run/wireguard/NAME.sock`.
  ///
  /// @throws CommandFailure if that cannot be done; the message says what to do
  /// @throws io.wiregate.control.config.ConfigurationException if the environment's wish for
  ///   offloads or a cipher cannot be read
  static TunService start(String name) {
    OffloadSettings offloads = ConfigurationReader.offloads(System.getenv());
    Engines engines = Engines.select(ConfigurationReader.cipher(System.getenv()).engine());
    DataPlaneOptions options =
        new DataPlaneOptions(
            Math.min(Runtime.getRuntime().availableProcessors(), MAX_WORKERS),
            1,
            engines.aead(),
            engines.x25519(),
            offloads.tun(),
            offloads.udp(),
            Tai64nClock.ofWallClock()); // there is no place where it could keep more
    DataPlane plane = null;
    try {
      plane = DataPlane.start(options);
      Device device = plane.createDevice(name, DEFAULT_MTU);
      UapiServer socket = UapiServer.open(device, UapiServer.DIRECTORY, false);
      warnOf(plane.unreachableFailure()); // not beside the one sentence of a start that failed
      TunService service = new TunService(plane, device, socket);
      service.watch();
      plane.rehearse();
      return service;
    } catch (IOException e) {
      if (plane != null) {
        plane.close();
      }
      throw new CommandFailure(explain(name, e), e);
    }
  }

  /// There is no logger on the class path of this command.
  private static void warnOf(@Nullable OsException failure) {
    if (failure != null && !"silent".equals(System.getenv("LOG_LEVEL"))) {
      System.err.println(
          "wiregate tun: nobody is told by ICMP that a peer is away ("
              + failure.getMessage()
              + "): grant CAP_NET_RAW.");
    }
  }

  private static String explain(String name, IOException e) {
    int errno = e instanceof OsException failed ? failed.errno() : 0;
    return switch (errno) {
      case Errno.EPERM, Errno.EACCES ->
          "creating " + name + " needs CAP_NET_ADMIN: run it as root, or grant it that.";
      case Errno.ENOENT, Errno.ENODEV ->
          "/dev/net/tun is missing: load the kernel's module with 'modprobe tun', or give the container that device.";
      case Errno.EBUSY ->
          "an interface named "
              + name
              + " exists: choose another name, or delete it with 'ip link del "
              + name
              + "'.";
      default -> String.valueOf(e.getMessage());
    };
  }

  /// Ends when the interface or the socket is gone, or the process is told to.
  private void watch() {
    CompletableFuture<Void> _ = device.gone().thenRun(ended::countDown);
    Runnable close =
        () -> {
          FatalFault.haltAfter(SHUTDOWN_SECONDS);
          close();
        };
    Runtime.getRuntime().addShutdownHook(new Thread(close, "shutdown"));
  }

  /// Returns when the interface or the socket is gone.
  void awaitEnd() throws InterruptedException {
    while (!ended.await(1, TimeUnit.SECONDS)) {
      if (!socket.isReachable()) {
        return;
      }
    }
  }

  /// By the shutdown's thread, by the command's, or by both.
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    ended.countDown();
    try {
      socket.close();
    } catch (IOException e) {
      // The file stays; the next start finds that nobody answers and replaces it.
    }
    plane.close();
  }
}
