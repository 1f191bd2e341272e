package io.wiregate.control.doctor;

import io.wiregate.control.config.OffloadSettings;
import io.wiregate.control.policy.FirewallException;
import io.wiregate.control.policy.Nft;
import io.wiregate.os.Errno;
import io.wiregate.os.OsException;
import io.wiregate.os.tun.TunInterface;
import io.wiregate.os.tun.TunOffloads;
import io.wiregate.os.udp.BpfProgram;
import io.wiregate.os.udp.UdpOffloads;
import io.wiregate.os.udp.UdpSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The kernel, this process's rights, and the programs it needs.
final class MachineChecks {
  /// capabilities(7).
  private static final int CAP_NET_ADMIN = 12;

  private static final int CAP_NET_RAW = 13;
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String EFFECTIVE = "CapEff:";
  private static final int MEBIBYTE = 1 << 20;

  private MachineChecks() {}

  static List<Check> all(OffloadSettings offloads) {
    return List.of(
        java(),
        rights(effectiveCapabilities(STATUS)),
        tun(offloads.tun()),
        udp(false, offloads.udp()),
        udp(true, offloads.udp()),
        firewall(Nft.onPath()));
  }

  private static Check java() {
    Runtime runtime = Runtime.getRuntime();
    return Check.ok(
        "java",
        "Java "
            + Runtime.version()
            + ", "
            + runtime.availableProcessors()
            + " processors, "
            + runtime.maxMemory() / MEBIBYTE
            + " MiB of heap at most");
  }

  /// The capabilities that are in force, a bit each.
  ///
  /// @param status as `/proc/self/status`
  /// @return 0 where it cannot be read
  static long effectiveCapabilities(Path status) {
    try {
      return Files.readAllLines(status).stream()
          .filter(line -> line.startsWith(EFFECTIVE))
          .map(line -> Long.parseUnsignedLong(line.substring(EFFECTIVE.length()).strip(), 16))
          .findFirst()
          .orElse(0L);
    } catch (IOException | NumberFormatException unreadable) {
      return 0;
    }
  }

  static Check rights(long capabilities) {
    if ((capabilities >>> CAP_NET_ADMIN & 1) == 0) {
      return Check.failure(
          "rights", "CAP_NET_ADMIN is missing", "run it as root, or grant it that capability");
    }
    if ((capabilities >>> CAP_NET_RAW & 1) == 0) {
      return Check.warning(
          "rights",
          "CAP_NET_RAW is missing: nobody is told by ICMP that a peer is away",
          "grant it that capability");
    }
    return Check.ok("rights", "CAP_NET_ADMIN and CAP_NET_RAW");
  }

  private static Check tun(TunOffloads wanted) {
    try (TunInterface tun = TunInterface.create("wgdoctor%d", 1, wanted)) {
      TunOffloads got = tun.offloads();
      if (got.equals(wanted)) {
        return Check.ok(
            "tun", "TUN interfaces, segmentation " + (got.udp() ? "TCP and UDP" : "as configured"));
      }
      return Check.warning(
          "tun",
          "TUN interfaces, segmentation only of "
              + (got.tcp() ? "TCP: datagrams of one flow are written one by one" : "nothing"),
          "Linux 6.2 and later has both");
    } catch (OsException e) {
      return switch (e.errno()) {
        case Errno.ENOENT, Errno.ENODEV ->
            Check.failure(
                "tun",
                "/dev/net/tun is missing",
                "load the kernel's module with 'modprobe tun', or give the container that device");
        case Errno.EPERM, Errno.EACCES ->
            Check.failure("tun", "no interface can be made: " + e.getMessage(), "run it as root");
        default -> Check.failure("tun", String.valueOf(e.getMessage()), null);
      };
    }
  }

  private static Check udp(boolean v6, UdpOffloads wanted) {
    String subject = v6 ? "udp over ipv6" : "udp over ipv4";
    try (UdpSocket socket = UdpSocket.open(v6, wanted, 1 << 16)) {
      UdpOffloads got =
          new UdpOffloads(
              socket.sendsSegments(),
              socket.receivesSegments(),
              wanted.steering() && letsItselfBeSteered(socket));
      String found =
          "segmentation "
              + onOrOff(got.segmentationOffload())
              + ", receive offload "
              + onOrOff(got.receiveOffload())
              + ", steering "
              + onOrOff(got.steering());
      return got.equals(wanted)
          ? Check.ok(subject, found)
          : Check.warning(
              subject,
              found,
              "Linux 5.0 and later has all three; a container's seccomp profile may forbid some");
    } catch (OsException e) {
      return v6
          ? Check.warning(subject, "not there: " + e.getMessage(), null)
          : Check.failure(subject, "not there: " + e.getMessage(), null);
    }
  }

  private static String onOrOff(boolean on) {
    return on ? "on" : "off";
  }

  private static boolean letsItselfBeSteered(UdpSocket socket) {
    try {
      socket.allowPortSharing(); // and not bound: it could join a gateway's sockets by chance
      socket.steer(BpfProgram.builder().returnConstant(0).build());
      return true;
    } catch (OsException refused) {
      return false;
    }
  }

  static Check firewall(Nft nft) {
    try {
      nft.requireUsable();
      return Check.ok("nftables", "rules can be read");
    } catch (FirewallException e) {
      return Check.failure("nftables", String.valueOf(e.getMessage()), null);
    }
  }
}
