package io.wiregate.os.tun;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.Errno;
import io.wiregate.os.FileDescriptor;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.internal.Libc;
import io.wiregate.os.testing.NetworkNamespace;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import org.junit.jupiter.api.Test;

final class LargePacketProbeTest {
  /// An epoll instance stands in for such a kernel: it says `EINVAL` to every write.
  @Test
  @Proves("fault.03-tun-gro-einval")
  void isTaken_kernelThatRefusesShortTails_isFalse() throws OsException {
    try (FileDescriptor epoll =
        new FileDescriptor(OsException.check(Libc.epoll_create1(0), "epoll_create1"))) {
      TunQueue refusing = new TunQueue(epoll);
      assertThat(LargePacketProbe.isTaken(refusing, TunOffloads.ALL)).isFalse();
      assertThat(LargePacketProbe.isTaken(refusing, new TunOffloads(true, false))).isFalse();
    }
  }

  /// And that the kernel does look at the header while the interface is down: one that is wrong is
  /// refused as such a kernel refuses a right one.
  @Test
  @RequiresRoot
  @RequiresTool("ip")
  @Proves("fault.03-tun-gro-einval")
  void write_interfaceDown_isEINVALForAWrongHeaderAndEIOForARightOne() throws OsException {
    String name = NetworkNamespace.unique("tun");
    try (TunInterface tun = TunInterface.create(name, 1, TunOffloads.ALL);
        NativeBuffer packet = NativeBuffer.allocate(10 + 20 + 20 + 150)) {
      TunQueue queue = tun.queues().getFirst();
      assertThat(tun.offloads().tcp()).isTrue();
      assertThat(LargePacketProbe.isTaken(queue, tun.offloads())).isTrue();

      VirtioNetHeader.putSegmented(packet, 0, VirtioNetHeader.GSO_TCPV4, 40, 0, 20, 16);
      packet.putByte(10, 0x45);
      packet.putByte(19, 6);
      assertThat(queue.write(packet, 0, packet.size())).isEqualTo(-Errno.EINVAL);
      packet.putShort(4, 100);
      assertThat(queue.write(packet, 0, packet.size())).isEqualTo(-Errno.EIO);
    }
  }
}
