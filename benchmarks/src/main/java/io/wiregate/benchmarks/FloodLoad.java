package io.wiregate.benchmarks;

import io.wiregate.dataplane.noise.Handshake;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.noise.StaticIdentity;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.udp.SendBatch;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpOffloads;
import io.wiregate.os.udp.UdpSocket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// Strangers from 16,384 addresses that flood a gateway with messages of one kind, while newcomers
/// want in; see `benchmarks/flood`.
///
/// ```
///   FloodLoad INTERFACE PID PUBLIC_KEY ADDRESS PORT KIND PER_SECOND SECONDS
/// ```
///
/// Prints `flooding` when it begins and `settled` ten seconds later, then one line: messages sent
/// per second, processor time of this process in percent of one processor while it floods,
/// newcomers that got in, of how many, and the median and the longest of the seconds that it took
/// them; then the threads of the process `PID` by their use in the meantime, in percent.
final class FloodLoad {
  private static final int BATCH = 64;
  private static final int BATCHES = 256;
  private static final int DISTINCT = 4096;
  private static final int NEWCOMERS = 8;
  private static final int FIRST_SOURCE = 0xc612_0000; // 198.18.0.0/15, RFC 2544
  private static final int FIRST_NEWCOMER = 0xc613_0000;
  private static final int CLOSED_PORT = 9;
  private static final int SOCKET_BUFFER = 1 << 20;
  private static final int STRIDE = 160;
  private static final long SECOND = 1_000_000_000L;

  /// Seconds for the gateway's compiler to have its turn.
  private static final int SETTLING = 10;

  /// Longer than that it does not make up for what it could not send.
  private static final long DEBT_NANOS = 50_000_000;

  /// What is sent.
  private enum Kind {
    /// Nothing.
    NONE,
    /// Junk for a port that nobody has.
    CLOSED_PORT,
    WRONG_MAC1,
    RIGHT_MAC1_AND_JUNK,
    RIGHT_MAC1_WRONG_MAC2,
    /// Valid initiations of keys that are no peer's.
    UNKNOWN_KEY,
    /// One valid initiation of a peer's that was answered.
    REPLAY
  }

  private final StrangersMessages messages;
  private final Kind kind;
  private final UdpSocket socket;
  private final List<SendBatch> batches = new ArrayList<>();
  private final NativeBuffer memory = NativeBuffer.allocate(DISTINCT * STRIDE);

  private FloodLoad(PublicKey gateway, Kind kind) throws OsException {
    this.kind = kind;
    messages = new StrangersMessages(gateway);
    socket = UdpSocket.open(false, UdpOffloads.NONE, SOCKET_BUFFER);
    socket.bind(0);
  }

  public static void main(String[] arguments) throws IOException, OsException {
    if (arguments.length != 8) {
      throw new IllegalArgumentException(
          "FloodLoad INTERFACE PID PUBLIC_KEY ADDRESS PORT KIND PER_SECOND SECONDS");
    }
    ServedInterface served = new ServedInterface(arguments[0]);
    long pid = Long.parseLong(arguments[1]);
    IpAddress address = IpAddress.parse(arguments[3]);
    int port = Integer.parseInt(arguments[4]);
    FloodLoad load = new FloodLoad(PublicKey.parse(arguments[2]), Kind.valueOf(arguments[5]));
    Newcomers newcomers =
        new Newcomers(load.messages, NEWCOMERS, address, port, FIRST_NEWCOMER + 1);
    StaticIdentity replayed = load.messages.newIdentity();
    // Every run's peers have addresses of their own inside.
    int inside = 1 << 20 | (int) (ProcessHandle.current().pid() & 0xfff) << 4;
    served.addPeers(inside, newcomers.keys());
    served.addPeers(inside + NEWCOMERS, List.of(replayed.publicKey()));
    load.prepare(new UdpEndpoint(address, port, 0, null, 0), replayed);

    long until = System.nanoTime() + Integer.parseInt(arguments[7]) * SECOND;
    Thread wanting =
        Thread.ofPlatform()
            .start(() -> {
              LockSupport.parkNanos(SETTLING * SECOND);
              System.out.println("settled");
              try {
                newcomers.run(until);
              } catch (OsException e) {
                throw new IllegalStateException(e);
              }
            });
    System.out.println("flooding");
    long own = ProcessHandle.current().pid();
    ProcessorUse before = ProcessorUse.of(pid);
    ProcessorUse ownBefore = ProcessorUse.of(own);
    long start = System.nanoTime();
    long sent = load.flood(Integer.parseInt(arguments[6]), until);
    double seconds = (System.nanoTime() - start) / 1e9;
    ProcessorUse ownUse = ProcessorUse.of(own).since(ownBefore);
    ProcessorUse used = ProcessorUse.of(pid).since(before);
    join(wanting);
    List<Double> took = newcomers.seconds();
    System.out.printf(
        "%.0f %.0f %d %d %.2f %.2f%n",
        sent / seconds,
        ownUse.nanos() / 1e7 / seconds,
        took.size(),
        newcomers.count(),
        took.isEmpty() ? Double.NaN : took.get(took.size() / 2),
        took.isEmpty() ? Double.NaN : took.getLast());
    used.printThreads(1e7 * seconds);
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Makes everything that is sent later, down to the system call's headers.
  private void prepare(UdpEndpoint gateway, StaticIdentity replayed) {
    if (kind == Kind.NONE) {
      return;
    }
    int port = kind == Kind.CLOSED_PORT ? CLOSED_PORT : gateway.port();
    byte[] once = messages.initiation(messages.initiator(replayed), 1);
    Handshake unknown = messages.initiator(messages.newIdentity());
    for (int i = 0; i < DISTINCT; i++) {
      byte[] message =
          switch (kind) {
            case NONE, CLOSED_PORT, WRONG_MAC1 -> messages.junk();
            case RIGHT_MAC1_AND_JUNK -> messages.junkWithMac1();
            case RIGHT_MAC1_WRONG_MAC2 -> messages.junkWithMac1AndWrongMac2();
            case UNKNOWN_KEY -> messages.initiation(unknown, i);
            case REPLAY -> once;
          };
      memory.copyFrom(i * STRIDE, message, 0, message.length);
    }
    for (int b = 0; b < BATCHES; b++) {
      SendBatch batch = new SendBatch(BATCH);
      for (int i = 0; i < BATCH; i++) {
        int number = b * BATCH + i;
        IpAddress source = IpAddress.v4(FIRST_SOURCE + 1 + number);
        UdpEndpoint to = new UdpEndpoint(gateway.address(), port, 0, source, 0);
        int length = STRIDE - 12;
        batch.add(to, memory, number % DISTINCT * STRIDE, length, length, 0);
      }
      batches.add(batch);
    }
    // The peer's own message is answered before it is replayed.
    int _ = socket.send(batches.getFirst(), 0, 1);
    LockSupport.parkNanos(SECOND / 5);
  }

  /// @return messages that the kernel took
  private long flood(int perSecond, long until) {
    long sent = 0;
    long due = System.nanoTime();
    long batchNanos = BATCH * SECOND / perSecond;
    long now = due;
    for (int next = 0; now < until; now = System.nanoTime()) {
      if (kind == Kind.NONE || now < due) {
        LockSupport.parkNanos(kind == Kind.NONE ? until - now : Math.max(due - now, 500_000));
        continue;
      }
      SendBatch batch = batches.get(next);
      for (int first = 0; first < BATCH; ) {
        int result = socket.send(batch, first);
        sent += Math.max(0, result);
        first += Math.max(1, result); // what the kernel refuses is left out
      }
      next = (next + 1) % BATCHES;
      due = Math.max(due + batchNanos, now - DEBT_NANOS);
    }
    return sent;
  }
}
