package io.wiregate.dataplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.session.Limits;
import io.wiregate.dataplane.testing.Lab;
import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/// As many peers as the kernel's module takes, in the heap of 1 GiB that the tests have.
@RequiresRoot
@RequiresTool("ip")
final class PeerLimitTest {
  /// Bytes of heap for a peer that has been configured and has not called, with one prefix. It is
  /// some 500; more would be another design.
  private static final long MOST_PER_PEER = 700;

  @Test
  @Proves("interface.peers")
  void putPeer_2To20_areThereAndOneMoreIsRefused() throws OsException {
    try (Lab lab = new Lab(1)) {
      Device device = lab.device();
      long before = usedHeap();
      for (int i = 0; i < Limits.MAX_PEERS; i++) {
        device.putPeer(configuration(i));
      }
      assertThat(device.peerCount()).isEqualTo(1 << 20);
      assertThat((usedHeap() - before) / Limits.MAX_PEERS).isLessThan(MOST_PER_PEER);
      for (int i : new int[] {0, 4711, Limits.MAX_PEERS - 1}) {
        assertThat(device.peers().routes().findV4(0x0a000000 | i))
            .isSameAs(device.peers().byKey(key(i)));
      }

      assertThatThrownBy(() -> device.putPeer(configuration(Limits.MAX_PEERS)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("wg0 has 1048576 peers, the most there may be: remove one first");

      device.putPeer(configuration(5)); // one that is there may change
      assertThat(device.removePeer(key(6))).isTrue();
      device.putPeer(configuration(Limits.MAX_PEERS));
      device.removeAllPeers();
      assertThat(device.peerCount()).isZero();
      assertThat(device.peers().routes().findV4(0x0a000000)).isNull();
    }
  }

  private static PeerConfiguration configuration(int number) {
    IpPrefix prefix = new IpPrefix(IpAddress.v4(0x0a000000 | number), 32);
    return new PeerConfiguration(key(number), null, null, 0, List.of(prefix));
  }

  private static PublicKey key(int number) {
    return PublicKey.of(ByteBuffer.allocate(PublicKey.SIZE).putInt(7, number).array());
  }

  private static long usedHeap() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
