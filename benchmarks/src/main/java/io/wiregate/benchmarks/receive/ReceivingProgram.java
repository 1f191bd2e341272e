package io.wiregate.benchmarks.receive;

import com.sun.management.ThreadMXBean;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.tun.TunQueue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The program that [ReceiveComparison] starts for each receiver.
///
/// ```
///   ReceivingProgram RECEIVER LOCAL_IPV4 PORT REMOTE_IPV4 [forward]
/// ```
///
/// It answers each line on standard input with a [Reading], and ends with the ledger.
final class ReceivingProgram {
  private ReceivingProgram() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    Ledger ledger =
        new Ledger(
            IpAddress.parse(arguments[1]),
            Integer.parseInt(arguments[2]),
            IpAddress.parse(arguments[3]));
    try (ForwardingInterfaces interfaces =
        arguments.length > 4 ? new ForwardingInterfaces() : null) {
      Receiver receiver = receiver(arguments[0], interfaces == null ? null : interfaces.inside());
      Thread thread =
          Thread.ofPlatform()
              .name("receiver")
              .start(() -> {
                try {
                  receiver.receive(ledger);
                } catch (Exception e) {
                  e.printStackTrace();
                  System.exit(1);
                }
              });
      answer(ledger);
      thread.join();
    }
  }

  private static Receiver receiver(String name, @Nullable TunQueue tun) {
    return switch (name) {
      case "recvmmsg" -> new RecvmmsgReceiver(tun, 65536, false);
      case "recvmmsg-spread" -> new RecvmmsgReceiver(tun, UringMessage.SIZE, false);
      case "recvmmsg-writes" -> new RecvmmsgReceiver(tun, UringMessage.SIZE, true);
      case "uring" -> new UringReceiver(tun, 64);
      case "uring-256" -> new UringReceiver(tun, 256);
      case "netty" -> {
        if (tun != null) {
          throw new IllegalArgumentException("netty does not forward");
        }
        yield new NettyReceiver();
      }
      default -> throw new IllegalArgumentException("no receiver '" + name + "'");
    };
  }

  private static void answer(Ledger ledger) throws IOException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    BufferedReader questions =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    while (questions.readLine() != null) {
      long id = ledger.threadId();
      System.out.println(
          new Reading(
              ledger.taken(),
              ledger.wrong(),
              ledger.turns(),
              id == 0 ? -1 : threads.getThreadCpuTime(id),
              id == 0 ? 0 : threads.getThreadAllocatedBytes(id)));
    }
  }
}
