package io.wiregate.control.tun;

import static io.wiregate.control.tun.Tunnel.CLIENT_4;
import static io.wiregate.control.tun.Tunnel.CLIENT_6;
import static io.wiregate.control.tun.Tunnel.SERVER_4;
import static io.wiregate.control.tun.Tunnel.SERVER_6;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Traffic passes with all offloads, without any, and without each one; and what is switched off is
/// not used, which the sizes of what the interfaces carry show.
@RequiresRoot
@RequiresTool({"ip", "wg", "ping", "iperf3", "ss"})
@Execution(ExecutionMode.CONCURRENT)
final class OffloadSwitchesTest {
  private static final String OFF = "=false";
  private static final String TUN_TCP = "WIREGATE_OFFLOADS_TUN_TCP";
  private static final String TUN_UDP = "WIREGATE_OFFLOADS_TUN_UDP";
  private static final String UDP_SEGMENTATION = "WIREGATE_OFFLOADS_UDP_SEGMENTATION";
  private static final String UDP_RECEIVE = "WIREGATE_OFFLOADS_UDP_RECEIVE";
  private static final String UDP_STEERING = "WIREGATE_OFFLOADS_UDP_STEERING";

  /// The largest frame of the wire between the two: its MTU and an Ethernet header.
  private static final int FRAME = 1500 + 14;

  /// The most workers that `tun` has.
  private static final int TUN_WORKERS = 4;

  private static final Pattern COUNTERS =
      Pattern.compile("\\{\"bytes\":([0-9]+),\"packets\":([0-9]+)");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        TUN_TCP,
        TUN_UDP,
        UDP_SEGMENTATION,
        UDP_RECEIVE,
        UDP_STEERING,
        TUN_TCP + " " + TUN_UDP + " " + UDP_SEGMENTATION + " " + UDP_RECEIVE + " " + UDP_STEERING
      })
  @Proves({"offload.switches", "fault.02-gso-corruption"})
  void transfer_withSomeOffloadsOff_arrivesAndUsesNone(String switchedOff) {
    String[] environment =
        Pattern.compile(" ")
            .splitAsStream(switchedOff)
            .filter(name -> !name.isEmpty())
            .map(name -> name + OFF)
            .toArray(String[]::new);
    try (Tunnel tunnel = Tunnel.openWith(environment)) {
      Host a = tunnel.client();
      Host b = tunnel.server();
      a.floodPing(SERVER_4);
      a.transferTo(b, SERVER_4, "-n", "20M");
      b.transferTo(a, CLIENT_6, "-n", "20M");
      a.transferTo(b, SERVER_6, "-u", "-b", "20M", "-n", "1M");
      b.transferTo(a, CLIENT_4, "-u", "-b", "20M", "-n", "1M");

      // Where it is on, handshakes have a socket of their own beside the workers' in each family.
      String ours = "sport = :" + Tunnel.SERVER_PORT; // iperf3's may be there for a moment yet
      long sockets = b.exec("ss", "-Huan", ours).lines().count();
      int workers = Math.min(TUN_WORKERS, Runtime.getRuntime().availableProcessors());
      assertThat(sockets).isEqualTo(2L * (workers + (switchedOff.contains(UDP_STEERING) ? 0 : 1)));

      // Where it is on, 45 full segments go as one.
      if (!switchedOff.equals(UDP_STEERING)) { // without it TCP finds order lost, and sends less
        double inside = meanSent(a, a.tun());
        assertThat(inside > 2 * Tunnel.MTU).isEqualTo(!switchedOff.contains(TUN_TCP));
        assertThat(meanReceived(b, b.tun()) > 2 * Tunnel.MTU)
            .isEqualTo(!switchedOff.contains(TUN_TCP));
      }
      if (switchedOff.contains(UDP_SEGMENTATION)) {
        assertThat(meanSent(a, "eth0")).isLessThanOrEqualTo(FRAME);
      } else if (switchedOff.isEmpty()) {
        assertThat(meanSent(a, "eth0")).isGreaterThan(2 * FRAME);
      }
    }
  }

  @Test
  void tun_switchThatIsNeitherOnNorOff_isRefusedWithItsName() {
    try (Host host = Host.begin(Implementation.WIREGATE, TUN_TCP + "=perhaps")) {
      assertThat(host.awaitEnd()).isEqualTo(1);
      assertThat(host.log()).contains(TUN_TCP, "perhaps").doesNotContain("\tat ");
    }
  }

  /// Bytes of a packet that left an interface, in the mean.
  private static double meanSent(Host host, String device) {
    return mean(host, device, 1);
  }

  private static double meanReceived(Host host, String device) {
    return mean(host, device, 0);
  }

  private static double mean(Host host, String device, int which) {
    String json = host.exec("ip", "-s", "-j", "link", "show", "dev", device);
    Matcher counters = COUNTERS.matcher(json);
    for (int i = 0; i <= which; i++) {
      assertThat(counters.find()).as(json).isTrue();
    }
    return Double.parseDouble(counters.group(1)) / Double.parseDouble(counters.group(2));
  }
}
