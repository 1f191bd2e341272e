package io.wiregate.benchmarks;

import io.wiregate.dataplane.Engines;
import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.crypto.Aead;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.udp.ReceiveBatch;
import io.wiregate.os.udp.UdpEndpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// Many clients, each with a socket and a port of its own, that send one packet each in turn, as
/// fast as one processor can; see `benchmarks/clients`.
///
/// ```
///   ClientsLoad INTERFACE PID ADDRESS CLIENTS WARM_UP SECONDS
/// ```
///
/// Configures the interface, which the process `PID` serves at `ADDRESS`, and connects. Prints the
/// MiB that the process then has resident; and, with any seconds, packets that came out of the
/// interface per second, packets sent per second, the process's ns of processor time (all, user,
/// system) per packet that came out, and the share of one processor that it used in percent.
final class ClientsLoad {
  private static final int PORT = 51820;

  /// Bytes of the packets inside.
  private static final int PACKET = 200;

  private static final int HEADERS = 28;
  private static final int SOURCE = 0x0a00_0000; // 10.0.0.0, as ServedInterface has it
  private static final int DESTINATION =
      0x0afe_0001; // routed nowhere: dropped behind the interface
  private static final long SECOND = 1_000_000_000L;

  private final List<TunnelClient> clients = new ArrayList<>();
  private final List<NativeBuffer> packets = new ArrayList<>();
  private final Aead aead = Engines.select(null).aead().newAead();

  private ClientsLoad() {}

  public static void main(String[] arguments) throws IOException, OsException {
    if (arguments.length != 6) {
      throw new IllegalArgumentException(
          "ClientsLoad INTERFACE PID ADDRESS CLIENTS WARM_UP SECONDS");
    }
    String name = arguments[0];
    long pid = Long.parseLong(arguments[1]);
    ClientsLoad load = new ClientsLoad();
    load.connect(name, IpAddress.parse(arguments[2]), Integer.parseInt(arguments[3]));
    long resident = residentMebibytes(pid);
    int seconds = Integer.parseInt(arguments[5]);
    if (seconds == 0) {
      System.out.println(resident);
      return;
    }
    long _ = load.send(Integer.parseInt(arguments[4]) * SECOND);
    Arrived arrivedBefore = Arrived.at(name, pid);
    ProcessorUse before = ProcessorUse.of(pid);
    long start = System.nanoTime();
    long sent = load.send(seconds * SECOND);
    double took = (System.nanoTime() - start) / 1e9;
    ProcessorUse used = ProcessorUse.of(pid).since(before);
    double arrived = Arrived.at(name, pid).since(arrivedBefore);
    System.out.printf(
        "%d %.0f %.0f %.0f %.0f %.0f %.0f%n",
        resident,
        arrived / took,
        sent / took,
        used.nanos() / arrived,
        used.userNanos() / arrived,
        used.systemNanos() / arrived,
        used.nanos() / 1e7 / took);
    used.printThreads(arrived);
  }

  /// What an interface has given to its kernel: packets of one flow may have become a large one.
  private record Arrived(long packets, long bytes) {
    static Arrived at(String name, long pid) throws IOException {
      for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "net/dev"))) {
        if (line.strip().startsWith(name + ":")) {
          String[] fields = line.substring(line.indexOf(':') + 1).strip().split(" +", -1);
          return new Arrived(Long.parseLong(fields[1]), Long.parseLong(fields[0]));
        }
      }
      throw new IOException("the process has no interface " + name);
    }

    /// Packets of ours, whatever they were merged to.
    double since(Arrived then) {
      long merged = packets - then.packets;
      return (bytes - then.bytes - (double) HEADERS * merged) / (PACKET - HEADERS);
    }
  }

  private static long residentMebibytes(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
      }
    }
    throw new IOException("no VmRSS");
  }

  private void connect(String name, IpAddress address, int count) throws IOException, OsException {
    SecureRandom random = new SecureRandom();
    PrivateKey key = PrivateKey.generate(random, Engines.select(null).x25519());
    StrangersMessages messages = new StrangersMessages(key.publicKey());
    UdpEndpoint gateway = UdpEndpoint.of(address, PORT);
    for (int i = 0; i < count; i++) {
      clients.add(new TunnelClient(messages, gateway));
      packets.add(packet(SOURCE + 1 + i));
    }
    ServedInterface served = new ServedInterface(name);
    served.configure(key, PORT);
    served.addPeers(1, clients.stream().map(client -> client.identity().publicKey()).toList());
    try (ReceiveBatch received = new ReceiveBatch(1, 2048)) {
      for (int i = 0; i < count; i++) {
        clients.get(i).connect(i, received);
      }
    }
    // The first message confirms the session.
    for (int i = 0; i < count; i++) {
      clients.get(i).seal(packets.get(i), aead);
      clients.get(i).send(0);
    }
    LockSupport.parkNanos(SECOND / 2);
  }

  /// @return messages that the kernel took
  private long send(long nanos) {
    long sent = 0;
    long until = System.nanoTime() + nanos;
    while (System.nanoTime() < until) {
      for (int i = 0; i < clients.size(); i++) {
        clients.get(i).seal(packets.get(i), aead);
      }
      for (int number = 0; number < TunnelClient.BATCH; number++) {
        for (TunnelClient client : clients) {
          sent += client.send(number) ? 1 : 0;
        }
      }
    }
    return sent;
  }

  /// UDP over IPv4, padded to a multiple of 16 bytes.
  private static NativeBuffer packet(int source) {
    NativeBuffer packet = NativeBuffer.allocate((PACKET + 15) & -16);
    packet.putShortBigEndian(0, 0x4500);
    packet.putShortBigEndian(2, PACKET);
    packet.putShortBigEndian(8, 64 << 8 | 17);
    packet.putIntBigEndian(12, source);
    packet.putIntBigEndian(16, DESTINATION);
    packet.putShortBigEndian(10, checksum(packet, 0, 20, 0));
    packet.putIntBigEndian(20, 5001 << 16 | 5201);
    packet.putShortBigEndian(24, PACKET - 20);
    // With the pseudo-header: both addresses, protocol, length (RFC 768).
    packet.putShortBigEndian(26, checksum(packet, 12, PACKET, 17 + PACKET - 20));
    return packet;
  }

  private static int checksum(NativeBuffer data, int from, int end, int start) {
    int sum = start;
    for (int at = from; at < end; at += 2) {
      sum += data.getUnsignedShortBigEndian(at);
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return ~sum & 0xffff;
  }
}
