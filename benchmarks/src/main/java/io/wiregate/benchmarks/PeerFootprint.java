package io.wiregate.benchmarks;

import io.wiregate.dataplane.Engines;
import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.dataplane.noise.StaticIdentity;
import io.wiregate.dataplane.session.IndexEntry;
import io.wiregate.dataplane.session.IndexPermutation;
import io.wiregate.dataplane.session.IndexTable;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.dataplane.session.Session;
import io.wiregate.os.BootClock;
import io.wiregate.os.crypto.AeadKey;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.udp.UdpEndpoint;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;
import javax.management.JMException;
import javax.management.ObjectName;

/// What a configured peer takes, what a session takes besides, and of which classes it is.
///
/// ```
///   PeerFootprint PEERS
/// ```
///
/// Heap is what is live after a full collection. Keys are outside the heap, in memory that is kept
/// out of the swap, so the kernel counts it for itself (`VmLck`). Prints lines of a name, a tab and
/// a number.
final class PeerFootprint {
  /// So many have sessions: more say nothing new of each.
  private static final int MAX_SESSIONS = 100_000;

  /// So many have a handshake object, which costs a Diffie-Hellman to make.
  private static final int MAX_HANDSHAKES = 10_000;

  /// Classes that take less a peer are not shown.
  private static final double SMALLEST_SHOWN = 1;

  private final int count;
  private final PeerTable table = new PeerTable(0);
  private final IndexTable indices =
      new IndexTable(new IndexPermutation(new byte[IndexPermutation.KEY_SIZE]), 0, 0);

  private PeerFootprint(int count) {
    this.count = count;
  }

  public static void main(String[] arguments) throws IOException, JMException {
    new PeerFootprint(Integer.parseInt(arguments[0])).measure();
  }

  private void measure() throws IOException, JMException {
    long empty = usedHeap();
    long begun = System.nanoTime();
    ManyPeers.configure(table, count);
    say("s to configure", (System.nanoTime() - begun) / 1e9);
    long configured = usedHeap();
    say("B per peer", (configured - empty) / (double) count);
    sayClasses();

    List<Peer> live = table.peers().stream().limit(MAX_SESSIONS).toList();
    int port = 1024;
    for (Peer peer : live) {
      peer.where().set(UdpEndpoint.of(IpAddress.v4(0xc633_6400), port++ & 0xffff));
    }
    long located = usedHeap();
    say("B per endpoint", (located - configured) / (double) live.size());

    long locked = lockedBytes();
    live.forEach(this::beginSession);
    long inSession = usedHeap();
    say("B per session", (inSession - located) / (double) live.size());
    say("B per session outside the heap", (lockedBytes() - locked) / (double) live.size());

    List<Peer> shaken = live.stream().limit(MAX_HANDSHAKES).toList();
    Engines engines = Engines.select(null);
    try (PrivateKey key = PrivateKey.generate(new SecureRandom(), engines.x25519())) {
      StaticIdentity identity = new StaticIdentity(key);
      shaken.forEach(peer -> peer.handshake(identity, engines.x25519()));
      say("B per handshake", (usedHeap() - inSession) / (double) shaken.size());
    }
  }

  private void beginSession(Peer peer) {
    IndexEntry entry = indices.allocate(peer);
    if (entry == null) {
      throw new IllegalStateException("no index");
    }
    try (BootClock clock = new BootClock()) {
      byte[] zeros = new byte[AeadKey.SIZE];
      AeadKey sending = AeadKey.of(zeros, 0);
      AeadKey receiving = AeadKey.of(zeros, 0);
      peer.begin(new Session(entry, 1, true, clock.nanos(), sending, receiving));
    }
  }

  private static long usedHeap() {
    // What a first collection only makes reachable by finalization or a reference queue, a second
    // one takes.
    System.gc();
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static long lockedBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmLck:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
      }
    }
    throw new IOException("the kernel does not say how much memory is locked");
  }

  /// As `jcmd PID GC.class_histogram` does: lines of rank, instances, bytes and class.
  private void sayClasses() throws JMException {
    Object histogram =
        ManagementFactory.getPlatformMBeanServer()
            .invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                "gcClassHistogram",
                new Object[] {new String[0]},
                new String[] {String[].class.getName()});
    for (String line : histogram.toString().lines().toList()) {
      String[] columns = line.trim().split("\\s+", -1);
      if (columns.length >= 4 && columns[0].endsWith(":")) {
        double each = Long.parseLong(columns[2]) / (double) count;
        if (each >= SMALLEST_SHOWN) {
          say("B per peer: " + columns[3], each);
        }
      }
    }
  }

  private static void say(String name, double value) {
    System.out.printf(Locale.ROOT, "%s\t%.3f%n", name, value);
  }
}
