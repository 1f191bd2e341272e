package io.wiregate.dataplane.uapi;

import io.wiregate.dataplane.Device;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;

/// Serves the configuration socket of one interface, `/var/run/wireguard/NAME.sock`, which only its
/// owner may open.
///
/// Socket files are shared by all network namespaces, so one that answers is never replaced. Owner:
/// whoever opened it, who closes it; connections are served by threads of their own.
public final class UapiServer implements AutoCloseable {
  /// Where `wg` looks.
  public static final Path DIRECTORY = Path.of("/var/run/wireguard");

  private static final Duration ACCEPT_PAUSE = Duration.ofMillis(50);

  private final Device device;
  private final boolean readOnly;
  private final Path path;
  private final ServerSocketChannel channel;
  private final Object fileKey;

  private UapiServer(
      Device device, boolean readOnly, Path path, ServerSocketChannel channel, Object fileKey) {
    this.device = device;
    this.readOnly = readOnly;
    this.path = path;
    this.channel = channel;
    this.fileKey = fileKey;
  }

  /// Starts serving.
  ///
  /// @param readOnly whether `set` is refused, for an interface that a database is the truth of
  /// @throws IOException with a message for people, where another program serves an interface of
  ///   that name or the directory cannot be written
  public static UapiServer open(Device device, Path directory, boolean readOnly)
      throws IOException {
    Files.createDirectories(directory);
    Path path = directory.resolve(device.name() + ".sock");
    refuseIfServed(path, device.name());
    // Bound where nobody else can look, then moved: at no moment may others open it.
    Path hidden =
        Files.createTempDirectory(
            directory,
            "." + device.name(),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      Path inside = hidden.resolve("sock");
      channel.bind(UnixDomainSocketAddress.of(inside));
      Files.setPosixFilePermissions(inside, PosixFilePermissions.fromString("rw-------"));
      Object fileKey = fileKey(inside);
      Files.move(inside, path, StandardCopyOption.ATOMIC_MOVE);
      UapiServer server = new UapiServer(device, readOnly, path, channel, fileKey);
      Thread.ofVirtual().name("uapi-" + device.name()).start(server::accept);
      return server;
    } catch (IOException e) {
      channel.close();
      throw e;
    } finally {
      Files.deleteIfExists(hidden.resolve("sock"));
      Files.deleteIfExists(hidden);
    }
  }

  private static void refuseIfServed(Path path, String name) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.connect(UnixDomainSocketAddress.of(path));
    } catch (IOException nobodyThere) {
      return; // left behind: replaced
    }
    throw new IOException(
        path + " is served by another program: end the one that carries " + name + " first");
  }

  /// Which file it is. Some file systems give a number to the next file at once, so the time too;
  /// that of the content, which no change of owner or permissions touches.
  private static Object fileKey(Path path) throws IOException {
    Map<String, Object> attributes = Files.readAttributes(path, "unix:ino,lastModifiedTime");
    return Map.copyOf(attributes);
  }

  /// Whether the socket's file is still there, and ours.
  public boolean isReachable() {
    try {
      return fileKey.equals(fileKey(path));
    } catch (IOException gone) {
      return false;
    }
  }

  private void accept() {
    while (true) {
      try {
        SocketChannel client = channel.accept();
        Thread.ofVirtual()
            .name("uapi-" + device.name())
            .start(() -> UapiConnection.serve(client, device, readOnly));
      } catch (ClosedChannelException closed) {
        return;
      } catch (IOException e) {
        if (!pause()) { // a client that went away before it was accepted, or too many open files
          return;
        }
      }
    }
  }

  private static boolean pause() {
    try {
      Thread.sleep(ACCEPT_PAUSE);
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  /// Stops serving and removes the socket, unless somebody else's is there by now.
  @Override
  public void close() throws IOException {
    channel.close();
    if (isReachable()) {
      try {
        Files.delete(path);
      } catch (NoSuchFileException gone) {
        // somebody was faster
      }
    }
  }
}
