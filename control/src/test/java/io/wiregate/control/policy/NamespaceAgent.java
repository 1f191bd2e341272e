package io.wiregate.control.policy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.BindException;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.PortUnreachableException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// A program that runs inside a network namespace: it answers on TCP and UDP ports with the address
/// from which it was asked, and tries to reach others when told so on its standard input. One line
/// per command, beginning with a number; the answer begins with the same number. See [AgentProcess]
/// for the other end.
final class NamespaceAgent {
  static final String READY = "ready";

  private static final int TIMEOUT_MILLIS = 5000;

  /// A burst of everything at once would lose packets of its own.
  private static final int AT_ONCE = 8;

  private final Semaphore turns = new Semaphore(AT_ONCE);
  private final Map<String, Socket> held = new ConcurrentHashMap<>();
  private @Nullable KernelForwarding forwarding;

  private NamespaceAgent() {}

  /// Serves until its standard input ends.
  ///
  /// @param arguments the ports to answer on
  public static void main(String[] arguments) throws IOException {
    NamespaceAgent agent = new NamespaceAgent();
    List<Integer> ports = List.of(arguments).stream().map(Integer::valueOf).toList();
    for (int port : ports) {
      for (NetworkInterface card : Collections.list(NetworkInterface.getNetworkInterfaces())) {
        for (InetAddress address : Collections.list(card.getInetAddresses())) {
          agent.serve(address, port);
        }
      }
    }
    answer(READY, "");
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      List<String> words = List.of(line.split(" ", -1));
      Thread.startVirtualThread(() -> agent.perform(words));
    }
    System.exit(0);
  }

  private static synchronized void answer(String id, String text) {
    System.out.println(id + " " + text.replace('\n', ' '));
  }

  private void perform(List<String> words) {
    String result;
    turns.acquireUninterruptibly();
    try {
      result =
          switch (words.get(1)) {
            case "tcp" -> tcp(words.get(2), words.get(3), Integer.parseInt(words.get(4)));
            case "udp" -> udp(words.get(2), words.get(3), Integer.parseInt(words.get(4)));
            case "echo" -> ping(words.get(2), words.get(3));
            case "open" ->
                open(words.get(0), words.get(2), words.get(3), Integer.parseInt(words.get(4)));
            case "say" -> say(words.get(2));
            case "forwarding" -> forwarding(words.subList(2, words.size()));
            default -> "what?";
          };
    } catch (IOException | InterruptedException | RuntimeException failure) {
      result = "ERROR " + failure;
    } finally {
      turns.release();
    }
    answer(words.getFirst(), result);
  }

  private static String tcp(String source, String destination, int port) throws IOException {
    try (Socket socket = new Socket()) {
      return connected(socket, source, destination, port);
    }
  }

  private String open(String id, String source, String destination, int port) throws IOException {
    Socket socket = new Socket();
    held.put(id, socket);
    return connected(socket, source, destination, port);
  }

  private static String connected(Socket socket, String source, String destination, int port)
      throws IOException {
    socket.bind(new InetSocketAddress(InetAddress.ofLiteral(source), 0));
    socket.setSoTimeout(TIMEOUT_MILLIS);
    try {
      socket.connect(
          new InetSocketAddress(InetAddress.ofLiteral(destination), port), TIMEOUT_MILLIS);
      return "ALLOWED " + readLine(socket);
    } catch (SocketTimeoutException lost) {
      return "LOST";
    } catch (BindException misuse) {
      return "ERROR " + misuse;
    } catch (ConnectException refused) {
      return "REFUSED " + refused.getMessage();
    } catch (IOException unreachable) {
      return "PROHIBITED " + unreachable.getMessage();
    }
  }

  /// Whether a connection that `open` made still carries a line and its echo.
  private String say(String id) throws IOException {
    Socket socket = held.get(id);
    if (socket == null) {
      return "ERROR no such connection";
    }
    try {
      socket.getOutputStream().write("hello\n".getBytes(StandardCharsets.UTF_8));
      return "ALLOWED " + readLine(socket);
    } catch (SocketTimeoutException lost) {
      return "LOST";
    } catch (IOException reset) {
      return "REFUSED " + reset.getMessage();
    }
  }

  private static String readLine(Socket socket) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = socket.getInputStream().read(); c != '\n'; c = socket.getInputStream().read()) {
      if (c < 0) {
        throw new IOException("closed");
      }
      line.append((char) c);
    }
    return line.toString();
  }

  private static String udp(String source, String destination, int port) throws IOException {
    InetAddress from = InetAddress.ofLiteral(source);
    try (DatagramChannel channel = DatagramChannel.open(family(from));
        Selector selector = Selector.open()) {
      channel.bind(new InetSocketAddress(from, 0));
      channel.connect(new InetSocketAddress(InetAddress.ofLiteral(destination), port));
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ);
      channel.write(ByteBuffer.wrap(new byte[] {'?'}));
      ByteBuffer reply = ByteBuffer.allocate(100);
      if (selector.select(TIMEOUT_MILLIS) == 0) {
        return "LOST";
      }
      channel.read(reply);
      return "ALLOWED " + new String(reply.array(), 0, reply.position(), StandardCharsets.UTF_8);
    } catch (PortUnreachableException refused) {
      return "REFUSED";
    } catch (IOException unreachable) {
      return "PROHIBITED " + unreachable.getMessage();
    }
  }

  private static String ping(String source, String destination)
      throws IOException, InterruptedException {
    Process ping =
        new ProcessBuilder("ping", "-n", "-c", "1", "-W", "2", "-I", source, destination)
            .redirectErrorStream(true)
            .start();
    String output = new String(ping.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (ping.waitFor() == 0) {
      return "ALLOWED";
    }
    boolean told =
        output.contains("Packet filtered")
            || output.contains("prohibited")
            || output.contains("nreachable");
    return told ? "PROHIBITED" : "LOST " + output;
  }

  private synchronized String forwarding(List<String> words) {
    StringBuilder said = new StringBuilder();
    switch (words.getFirst()) {
      case "on" ->
          forwarding =
              KernelForwarding.enable(
                  KernelForwarding.PROC_SYS,
                  ReachCells.policy(),
                  finding -> said.append(finding).append(';'));
      case "up" -> {
        if (forwarding != null) {
          forwarding.zoneInterfaceUp(words.get(1));
        }
      }
      default -> {
        if (forwarding != null) {
          forwarding.close();
        }
      }
    }
    return "DONE " + said;
  }

  /// One socket per address: on loopback the appliance has its API, and UDP replies would leave
  /// from another address than was asked.
  private void serve(InetAddress address, int port) throws IOException {
    if (address.isLoopbackAddress()) {
      return;
    }
    if (address instanceof Inet6Address && address.isLinkLocalAddress()) {
      return; // not asked, and perhaps not ready to be bound
    }
    serveTcp(address, port);
    serveUdp(address, port);
  }

  private void serveTcp(InetAddress address, int port) throws IOException {
    ServerSocket server = new ServerSocket(port, 100, address);
    Thread.startVirtualThread(() -> {
      while (true) {
        try {
          Socket client = server.accept();
          Thread.startVirtualThread(() -> converse(client));
        } catch (IOException ended) {
          return;
        }
      }
    });
  }

  private static void converse(Socket client) {
    try (client) {
      byte[] greeting =
          (client.getInetAddress().getHostAddress() + "\n").getBytes(StandardCharsets.UTF_8);
      client.getOutputStream().write(greeting);
      client.getInputStream().transferTo(client.getOutputStream());
    } catch (IOException ended) {
      // The other side went away.
    }
  }

  private void serveUdp(InetAddress address, int port) throws IOException {
    DatagramChannel channel = DatagramChannel.open(family(address));
    channel.bind(new InetSocketAddress(address, port));
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          ByteBuffer request = ByteBuffer.allocate(100);
          while (true) {
            try {
              request.clear();
              InetSocketAddress from = (InetSocketAddress) channel.receive(request);
              String seen = from.getAddress().getHostAddress();
              channel.send(ByteBuffer.wrap(seen.getBytes(StandardCharsets.UTF_8)), from);
            } catch (IOException ended) {
              return;
            }
          }
        });
  }

  private static StandardProtocolFamily family(InetAddress address) {
    return address.getAddress().length == 4
        ? StandardProtocolFamily.INET
        : StandardProtocolFamily.INET6;
  }
}
