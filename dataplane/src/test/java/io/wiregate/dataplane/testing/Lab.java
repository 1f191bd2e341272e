package io.wiregate.dataplane.testing;

import io.wiregate.dataplane.DataPlane;
import io.wiregate.dataplane.DataPlaneOptions;
import io.wiregate.dataplane.Device;
import io.wiregate.dataplane.Engines;
import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.dataplane.noise.Tai64nClock;
import io.wiregate.os.FileDescriptor;
import io.wiregate.os.OsException;
import io.wiregate.os.crypto.X25519;
import io.wiregate.os.link.NetworkNamespaces;
import io.wiregate.os.testing.NetworkNamespace;
import io.wiregate.os.tun.TunOffloads;
import io.wiregate.os.udp.UdpOffloads;
import io.wiregate.os.udp.UdpSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/// A data plane with one interface, all in a network namespace of its own: threads that are begun
/// there stay there, and so do the sockets that they open. For tests with root.
public final class Lab implements AutoCloseable {
  public static final int PORT = 51820;
  public static final String NAME = "wg0";
  private static final Engines ENGINES = Engines.select(null);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final NetworkNamespace namespace = NetworkNamespace.create();
  private final FileDescriptor file;
  private final DataPlane plane;
  private final Device device;

  public Lab(int workers) throws OsException {
    this(workers, UdpOffloads.ALL);
  }

  private Lab(int workers, UdpOffloads udpOffloads) throws OsException {
    file = NetworkNamespaces.open(namespace.path());
    DataPlaneOptions options =
        new DataPlaneOptions(
            workers,
            1,
            ENGINES.aead(),
            ENGINES.x25519(),
            TunOffloads.ALL,
            udpOffloads,
            Tai64nClock.ofWallClock());
    plane = NetworkNamespaces.call(file, () -> DataPlane.start(options));
    device = NetworkNamespaces.call(file, () -> plane.createDevice(NAME, 1420));
  }

  /// One with a key and an address, that listens on [#PORT].
  public static Lab up(int workers, String address) throws OsException {
    return up(workers, address, UdpOffloads.ALL);
  }

  /// As [#up(int, String)], with some offloads only.
  public static Lab up(int workers, String address, UdpOffloads udpOffloads) throws OsException {
    Lab lab = new Lab(workers, udpOffloads);
    lab.device.setPrivateKey(newKey());
    lab.device.setListenPort(PORT);
    lab.exec("ip", "address", "add", address, "dev", NAME);
    lab.setUp();
    return lab;
  }

  public static X25519 x25519() {
    return ENGINES.x25519();
  }

  public static PrivateKey newKey() {
    return PrivateKey.generate(RANDOM, x25519());
  }

  public Device device() {
    return device;
  }

  public DataPlane plane() {
    return plane;
  }

  /// Runs a program in the namespace.
  public String exec(String... command) {
    return namespace.exec(command);
  }

  /// Starts a program in the namespace, which ends with it at the latest.
  ///
  /// @param log where its output goes
  public Process start(Path log, String... command) {
    return namespace.start(log, command);
  }

  /// Lays a wire to another one, `eth0` at both.
  ///
  /// @param address ours outside the tunnel, with its length
  public void connect(String address, Lab other, String otherAddress) {
    NetworkNamespace.connect(namespace, "eth0", address, other.namespace, "eth0", otherAddress);
  }

  /// Sets the interface up and waits until the data plane knows.
  public void setUp() {
    exec("ip", "link", "set", NAME, "up");
    await(device::isUp);
  }

  public void setDown() {
    exec("ip", "link", "set", NAME, "down");
    await(() -> !device.isUp());
  }

  /// A socket of the namespace, whose `receive` waits two seconds at most.
  public DatagramSocket socket(String address) {
    return socket(address, 0);
  }

  public DatagramSocket socket(String address, int port) {
    try {
      return NetworkNamespaces.call(
          file,
          () -> {
            try {
              DatagramSocket socket =
                  new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral(address), port));
              socket.setSoTimeout(2000);
              return socket;
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (OsException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A UDP socket of the namespace with everything that the data plane's own have, on a port of the
  /// kernel's choice.
  public UdpSocket udpSocket(boolean v6) {
    return udpSocket(v6, 0);
  }

  public UdpSocket udpSocket(boolean v6, int port) {
    try {
      return NetworkNamespaces.call(
          file,
          () -> {
            UdpSocket socket = UdpSocket.open(v6, UdpOffloads.ALL, 1 << 20);
            socket.bind(port);
            return socket;
          });
    } catch (OsException e) {
      throw new AssertionError(e);
    }
  }

  /// Runs something on a thread that is in the namespace meanwhile.
  public <T> T call(NetworkNamespaces.Action<T> action) throws OsException {
    return NetworkNamespaces.call(file, action);
  }

  public NetworkNamespace namespace() {
    return namespace;
  }

  /// Waits for something to become so.
  public static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("not within 20 s");
      }
      try {
        Thread.sleep(2);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError(e);
      }
    }
  }

  @Override
  public void close() {
    plane.close();
    file.close();
    namespace.close();
  }
}
