package io.wiregate.control.tun;

import io.wiregate.os.testing.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A machine on which a WireGuard program serves one interface: a network namespace, the program, a
/// directory for its files. Interface names are unique, since all namespaces share the directory of
/// configuration sockets. Closing it ends and removes everything.
///
/// As a rule the program runs where the interface is. [#awayFrom] leaves it, and with it its
/// sockets, in another namespace; [#another] adds one more interface to a machine.
final class Host implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /// What `wg show NAME transfer` says of one peer.
  record Transfer(long received, long sent) {
    /// The same as the other end sees it.
    Transfer mirrored() {
      return new Transfer(/* received= */ sent, /* sent= */ received);
    }
  }

  private final NetworkNamespace namespace;

  /// Where the program runs and has its sockets.
  private final NetworkNamespace home;

  private final boolean ownsNamespace;
  private final String tun;
  private final Path directory;
  private final Keys keys = Keys.generate();
  private Process program;

  private Host(
      NetworkNamespace namespace,
      NetworkNamespace home,
      boolean ownsNamespace,
      Implementation implementation,
      String... environment) {
    this.namespace = namespace;
    this.home = home;
    this.ownsNamespace = ownsNamespace;
    tun = NetworkNamespace.unique("wg");
    try {
      directory = Files.createTempDirectory("wiregate-host");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<String> command = new ArrayList<>(List.of(environment));
    command.addAll(implementation.command(tun));
    program = run(home, directory.resolve("log"), command);
  }

  /// A machine whose interface is served; it is down and has no configuration.
  static Host start(Implementation implementation) {
    Host host = begin(implementation);
    host.awaitServed();
    return host;
  }

  /// Like [#start], without waiting for the program.
  ///
  /// @param environment what the program finds in its environment besides, as `NAME=VALUE`
  static Host begin(Implementation implementation, String... environment) {
    NetworkNamespace namespace = NetworkNamespace.create();
    try {
      return new Host(namespace, namespace, true, implementation, environment);
    } catch (Throwable e) {
      namespace.close();
      throw e;
    }
  }

  /// A machine whose interface is made in another namespace, where the program and its sockets
  /// stay, and moved here by [#awaitServed].
  static Host awayFrom(NetworkNamespace home, Implementation implementation) {
    NetworkNamespace namespace = NetworkNamespace.create();
    try {
      return new Host(namespace, home, true, implementation);
    } catch (Throwable e) {
      namespace.close();
      throw e;
    }
  }

  /// A program and its interface in a namespace that others have too. To be closed before that is.
  static Host in(NetworkNamespace namespace, Implementation implementation) {
    return new Host(namespace, namespace, false, implementation);
  }

  /// One more interface on this machine, with a program of its own; it is down and has no
  /// configuration. To be closed before the machine is.
  Host another(Implementation implementation) {
    Host host = in(namespace, implementation);
    try {
      host.awaitServed();
      return host;
    } catch (Throwable e) {
      host.close();
      throw e;
    }
  }

  private static Process run(NetworkNamespace namespace, Path log, List<String> command) {
    return namespace.start(
        log,
        // Signals that whoever runs the tests ignores (nohup) stay ignored in what they start.
        Stream.concat(
                Stream.of("env", "--default-signal=HUP,INT", "LOG_LEVEL=error"), command.stream())
            .toArray(String[]::new));
  }

  void awaitServed() {
    try {
      Await.until(
          tun + " is served",
          PATIENCE,
          () -> Files.exists(socket()) && Ran.of(home.inside("wg", "show", tun)).succeeded());
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "\n" + log(), e);
    }
    if (home != namespace) {
      home.exec("ip", "link", "set", tun, "netns", namespace.name());
    }
  }

  /// Starts the program once more, for the same interface.
  void startAgain(Implementation implementation) {
    program = run(home, directory.resolve("log"), implementation.command(tun));
    awaitServed();
  }

  /// What the program has said.
  String log() {
    return read(directory.resolve("log"));
  }

  NetworkNamespace namespace() {
    return namespace;
  }

  /// The name of the interface.
  String tun() {
    return tun;
  }

  Keys keys() {
    return keys;
  }

  Process program() {
    return program;
  }

  /// The configuration socket.
  Path socket() {
    return Path.of("/var/run/wireguard", tun + ".sock");
  }

  boolean hasInterface() {
    return tryExec("ip", "link", "show", tun).succeeded();
  }

  /// Waits for the program's end by itself.
  ///
  /// @return its exit status
  int awaitEnd() {
    try {
      if (!program.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError("the program goes on\n" + log());
      }
      return program.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  // --- programs

  /// Runs a program to its end, which must be a success.
  String exec(String... command) {
    return namespace.exec(command);
  }

  /// Runs a program to its end.
  Ran tryExec(String... command) {
    return Ran.of(namespace.inside(command));
  }

  /// Runs a script of the shell, which must succeed.
  String sh(String script) {
    return exec("bash", "-euc", script);
  }

  /// Changes the interface by `wg set`.
  void set(String... arguments) {
    exec(wgSet(arguments));
  }

  /// Changes the interface by `wg set`, which may fail.
  Ran trySet(String... arguments) {
    return tryExec(wgSet(arguments));
  }

  private String[] wgSet(String... arguments) {
    return Stream.concat(Stream.of("wg", "set", tun), Stream.of(arguments)).toArray(String[]::new);
  }

  /// One operation at the socket itself, for what this release of `wg` cannot say.
  ///
  /// @param operation its lines, without the empty one at the end
  /// @return the answer
  String configure(String operation) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket()));
      channel.write(ByteBuffer.wrap((operation + "\n").getBytes(StandardCharsets.US_ASCII)));
      channel.shutdownOutput();
      return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Gives the interface a private key.
  void setKey(Keys of) {
    set("private-key", file("key", of.privateKey() + "\n").toString());
  }

  /// What `wg show NAME FIELD` prints, without the last line's end.
  String show(String field) {
    return exec("wg", "show", tun, field).stripTrailing();
  }

  /// What `wg show NAME FIELD` prints for the only peer.
  String showPeer(String field) {
    String line = show(field);
    return line.substring(line.indexOf('\t') + 1);
  }

  Transfer transfer() {
    String[] numbers = showPeer("transfer").split("\t", -1);
    return new Transfer(Long.parseLong(numbers[0]), Long.parseLong(numbers[1]));
  }

  boolean hadHandshake() {
    return !showPeer("latest-handshakes").equals("0");
  }

  int port() {
    return Integer.parseInt(show("listen-port"));
  }

  /// Gives the interface addresses with their lengths, and starts it.
  void up(int mtu, String... addresses) {
    exec("ip", "link", "set", tun, "mtu", String.valueOf(mtu), "up");
    for (String address : addresses) {
      addAddress(tun, address);
    }
  }

  void addAddress(String device, String address) {
    List<String> command = new ArrayList<>(List.of("ip", "address", "add", address, "dev", device));
    if (address.indexOf(':') >= 0) {
      command.add("nodad");
    }
    exec(command.toArray(String[]::new));
  }

  /// Returns once the port is open, which it is a moment after the interface went up: the program
  /// hears of it from the kernel.
  void awaitListening() {
    Await.until("the port is open", PATIENCE, () -> holdsPort(port()));
  }

  /// Returns once the port is closed, a moment after the interface went down.
  void awaitPortClosed() {
    Await.until("the port is closed", PATIENCE, () -> !holdsPort(port()));
  }

  /// Whether somebody has a UDP port where the program runs.
  boolean holdsPort(int port) {
    return !home.exec("ss", "-Huna", "sport = :" + port).isEmpty();
  }

  /// Returns once a ping is answered.
  void awaitPing(String target) {
    Await.until("an answer from " + target, PATIENCE, () -> pings(target));
  }

  /// One ping that must be answered within four seconds: the first packet of a tunnel waits for the
  /// handshake and is not lost, and the first initiation is answered, since another one would come
  /// after five. Not within one second as in `netns.sh`: a busy machine may need that to start.
  void ping(String target) {
    exec("ping", "-n", "-c", "1", "-W", "4", target);
  }

  /// Whether a ping is answered within a second.
  boolean pings(String target) {
    return tryExec("ping", "-n", "-c", "1", "-W", "1", target).succeeded();
  }

  /// Ten pings, one upon the answer to the other. Not `ping -f`: it waits for the last answer only
  /// twice as long as the slowest took, and calls it lost where a busy machine needs longer.
  void floodPing(String target) {
    sh("for i in {1..10}; do ping -n -q -c 1 -W 4 " + target + "; done");
  }

  /// Packets that came out of the tunnel.
  long innerPackets() {
    return Long.parseLong(exec("cat", "/sys/class/net/" + tun + "/statistics/rx_packets").strip());
  }

  // --- transfers

  private int nextIperfPort = 5201;

  /// Starts an iperf3 server for one run, and returns its port once it listens.
  private synchronized int listen(String address) {
    int port = nextIperfPort++;
    Path log = directory.resolve("iperf-" + port);
    namespace.start(
        log, "iperf3", "--forceflush", "-s", "-1", "-B", address, "-p", String.valueOf(port));
    Await.until(
        "iperf3 listens on " + address, PATIENCE, () -> read(log).contains("Server listening"));
    return port;
  }

  /// Transfers something to another machine by iperf3; it fails where the transfer does.
  String transferTo(Host other, String address, String... options) {
    int port = other.listen(address);
    List<String> command =
        new ArrayList<>(List.of("iperf3", "-c", address, "-p", String.valueOf(port)));
    command.addAll(List.of(options));
    return exec(command.toArray(String[]::new));
  }

  // --- files

  /// A file of this machine's with that content.
  Path file(String name, String content) {
    try {
      return Files.writeString(directory.resolve(name), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path directory() {
    return directory;
  }

  private static String read(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Ends the program and waits for its end.
  void end() {
    program.destroy();
    try {
      if (!program.waitFor(5, TimeUnit.SECONDS)) {
        program.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  @Override
  public void close() {
    end();
    if (ownsNamespace) {
      namespace.close();
    }
    try {
      Files.deleteIfExists(socket()); // of a program that did not
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
