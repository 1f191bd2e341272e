package io.wiregate.benchmarks;

import com.sun.management.ThreadMXBean;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.tun.PacketSockets;
import io.wiregate.os.tun.TunQueue;
import io.wiregate.os.udp.SendBatch;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpOffloads;
import io.wiregate.os.udp.UdpSocket;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/// Some of the benchmarks again, by the processor time and the exact allocations of the thread that
/// runs them: what a machine with busy neighbours can still tell, where JMH's wall-clock time
/// cannot.
///
/// ```
///   ProcessorTime SUBJECT
/// ```
///
/// One subject a process, so that none is compiled for what another did.
final class ProcessorTime {
  private static final int ROUNDS = 8;
  private static final int RUNS = 4000;
  private static final double BYTES = TestPackets.SEGMENTS * TestPackets.SEGMENT;

  private ProcessorTime() {}

  public static void main(String[] arguments) throws OsException {
    Runnable subject = subject(arguments[0]);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    double best = Double.MAX_VALUE;
    double allocated = Double.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      long time = threads.getCurrentThreadCpuTime();
      long bytes = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < RUNS; i++) {
        subject.run();
      }
      allocated = (threads.getCurrentThreadAllocatedBytes() - bytes) / (double) RUNS;
      best = Math.min(best, (threads.getCurrentThreadCpuTime() - time) / (double) RUNS);
    }
    System.out.println(
        String.format(
            Locale.ROOT,
            "%-22s %8.0f ns %7.3f ns/B %9.4f B allocated",
            arguments[0],
            best,
            best / BYTES,
            allocated));
  }

  /// Each carries as much as one read from a TUN interface.
  private static Runnable subject(String name) throws OsException {
    return switch (name) {
      case "split" -> {
        SplitBenchmark split = new SplitBenchmark();
        split.segments = TestPackets.SEGMENTS;
        split.prepare();
        yield split::split;
      }
      case "coalesce" -> {
        CoalesceBenchmark coalesce = new CoalesceBenchmark();
        coalesce.packets = TestPackets.SEGMENTS;
        coalesce.prepare();
        yield coalesce::coalesce;
      }
      case "seal" -> {
        SealBenchmark seal = new SealBenchmark();
        seal.engine = "boringssl";
        seal.length = TestPackets.MTU;
        seal.packets = TestPackets.SEGMENTS;
        seal.prepare();
        yield seal::seal;
      }
      case "open" -> {
        OpenBenchmark open = new OpenBenchmark();
        open.engine = "boringssl";
        open.length = TestPackets.MTU;
        open.packets = TestPackets.SEGMENTS;
        open.prepare();
        yield open::open;
      }
      case "outbound" -> walk()::outbound;
      case "outbound-plumbing" -> walk()::outboundPlumbing;
      case "inbound" -> walk()::inbound;
      case "inbound-plumbing" -> walk()::inboundPlumbing;
      case "bare-in-place" -> bare(true);
      case "bare-out-of-place" -> bare(false);
      default -> throw new IllegalArgumentException("no subject '" + name + "'");
    };
  }

  private static WalkBenchmark walk() throws OsException {
    WalkBenchmark walk = new WalkBenchmark();
    walk.prepare();
    return walk;
  }

  /// The outbound half of [BareTunnel], fed and drained as [WalkBenchmark#outbound] is.
  private static Runnable bare(boolean inPlace) throws OsException {
    PacketSockets sockets = new PacketSockets();
    TunQueue near = sockets.near();
    TunQueue far = sockets.far();
    UdpSocket sink = UdpSocket.open(false, UdpOffloads.ALL, 1);
    sink.bind(0);
    UdpSocket udp = UdpSocket.open(false, UdpOffloads.ALL, 1 << 20);
    udp.bind(0);
    UdpEndpoint to = UdpEndpoint.of(IpAddress.v4(0x7f00_0001), sink.localPort());
    SealingCarrier carrier = new SealingCarrier(to, inPlace);
    SendBatch sends = new SendBatch(2);
    NativeBuffer large = TestPackets.large(TestPackets.SEGMENTS);
    return () -> {
      far.write(large, 0, large.size());
      carrier.read(near, sends);
      carrier.complete(sends);
      udp.send(sends, 0);
      sends.clear();
      carrier.sent();
    };
  }
}
