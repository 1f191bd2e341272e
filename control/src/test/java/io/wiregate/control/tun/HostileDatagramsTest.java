package io.wiregate.control.tun;

import static io.wiregate.control.tun.Implementation.WIREGATE;
import static io.wiregate.control.tun.Implementation.WIREGUARD_GO;
import static io.wiregate.control.tun.Tunnel.SERVER_4;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.FileDescriptor;
import io.wiregate.os.link.NetworkNamespaces;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Whatever strangers send to the port: the tunnel beside it goes on, and nothing piles up.
@RequiresRoot
@RequiresTool({"ip", "wg", "ping", "bash", "ss"})
@Execution(ExecutionMode.CONCURRENT)
final class HostileDatagramsTest {
  private static final int DATAGRAMS = 50_000;

  /// The largest that IPv4 can carry.
  private static final int MAX_SIZE = 65507;

  private static final int[] SIZES = {
    0, 1, 3, 4, 15, 16, 31, 32, 63, 64, 65, 91, 92, 93, 147, 148, 149
  };

  /// What the JVM may come to need meanwhile.
  private static final long ALLOWED_GROWTH_KIB = 48 << 10;

  @Test
  @Proves({"message.damaged", "fault.08-gro-truncated", "fault.15-memory"})
  void datagrams_truncatedRandomAndOversized_changeNothing() throws Exception {
    try (Tunnel tunnel = Tunnel.open(WIREGUARD_GO, WIREGATE)) {
      Host a = tunnel.client();
      Host b = tunnel.server();
      a.ping(SERVER_4);
      bombard(a, 1);
      long before = residentKib(b.program());
      Process pings =
          a.namespace()
              .start(
                  a.directory().resolve("pings"),
                  "ping",
                  "-n",
                  "-q",
                  "-i",
                  "0.05",
                  "-c",
                  "40",
                  "-W",
                  "2",
                  SERVER_4);
      bombard(a, 2);
      pings.waitFor();
      bombard(a, 3);

      a.floodPing(SERVER_4);
      assertThat(b.program().isAlive()).isTrue();
      assertThat(b.log()).isEmpty();
      assertThat(b.showPeer("endpoints")).isEqualTo(Tunnel.clientEndpoint(false));
      // Its socket's memory is what a flood fills: some may be lost meanwhile, the tunnel is not.
      assertThat(Files.readString(a.directory().resolve("pings")))
          .doesNotContain(" 100% packet loss");
      assertThat(residentKib(b.program()) - before).isLessThan(ALLOWED_GROWTH_KIB);
    }
  }

  private static long residentKib(Process process) throws IOException {
    String status = Files.readString(Path.of("/proc", String.valueOf(process.pid()), "status"));
    return Long.parseLong(status.replaceAll("(?s).*VmRSS:\\s+(\\d+) kB.*", "$1"));
  }

  private static void bombard(Host from, long seed) throws Exception {
    try (FileDescriptor namespace = NetworkNamespaces.open(from.namespace().path())) {
      NetworkNamespaces.call(
          namespace,
          () -> {
            try (DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET)) {
              channel.connect(
                  new InetSocketAddress(
                      InetAddress.getByName(Tunnel.OUTER_SERVER_4), Tunnel.SERVER_PORT));
              send(channel, new Random(seed));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
            return null;
          });
    }
  }

  private static void send(DatagramChannel channel, Random random) throws IOException {
    byte[] noise = new byte[MAX_SIZE];
    random.nextBytes(noise);
    ByteBuffer datagram = ByteBuffer.allocateDirect(MAX_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < DATAGRAMS; i++) {
      int size =
          switch (i % 4) {
            case 0 -> SIZES[random.nextInt(SIZES.length)];
            case 1 -> random.nextInt(2000);
            case 2 -> 16 * random.nextInt(95);
            default -> i % 400 == 3 ? random.nextInt(MAX_SIZE + 1) : 32 + random.nextInt(64);
          };
      datagram.clear().put(noise, random.nextInt(MAX_SIZE - size + 1), size);
      if (size >= 4 && random.nextInt(8) > 0) {
        datagram.putInt(0, random.nextInt(6)); // a type that there is, more or less
      }
      try {
        channel.write(datagram.flip());
      } catch (PortUnreachableException e) {
        throw new AssertionError("nobody listens any more", e);
      }
    }
  }
}
