package io.wiregate.dataplane.path;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.dataplane.testing.NoPeerEvents;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.net.IpPrefix;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class FlowPlacementTest {
  private static final int QUEUES = 4;
  private static final int OURS = 2;

  /// Hashes that name other queues than ours.
  private static final int FLOW = 41;

  private static final int OTHER = 43;
  private static final int THIRD = 45;
  private static final int FOURTH = 47;

  private final PeerTable peers = new PeerTable(0);
  private final FlowPlacement placement = new FlowPlacement(peers, OURS);
  private final NativeBuffer v4 = NativeBuffer.allocate(64);
  private final NativeBuffer v6 = NativeBuffer.allocate(64);

  FlowPlacementTest() {
    v4.putByte(0, 0x45);
    v4.putIntBigEndian(16, 0x0a00_0007);
    v6.putByte(0, 0x60);
    v6.putLongBigEndian(24, 0xfd00_0000_0000_0000L);
    v6.putLongBigEndian(32, 7);
  }

  @AfterEach
  void free() {
    v4.close();
    v6.close();
  }

  @Test
  void queue_fewFlows_stayWithTheirWorkerFromTheFirstWriteOn() {
    for (int i = 0; i < 3 * FlowPlacement.PERIOD; i++) {
      assertThat(queue(FLOW)).isEqualTo(OURS);
      assertThat(queue(OTHER)).isEqualTo(OURS);
    }
  }

  @Test
  void queue_moreFlows_goByTheirHashFromTheFirstWriteOn() {
    queue(FLOW);
    queue(OTHER);
    for (int i = 0; i < 3 * FlowPlacement.PERIOD; i++) {
      assertThat(queue(FLOW)).isEqualTo(OURS);
      assertThat(queue(OTHER)).isEqualTo(OURS);
      assertThat(queue(THIRD)).isEqualTo(THIRD % QUEUES);
    }
  }

  @Test
  void queue_flowAfterOthersHaveEnded_staysWithItsWorker() {
    queue(FLOW);
    queue(OTHER);
    for (int i = 0; i < 2 * FlowPlacement.PERIOD; i++) {
      assertThat(queue(THIRD)).isEqualTo(THIRD % QUEUES); // it began beside them
    }
    assertThat(queue(FOURTH)).isEqualTo(OURS);
    assertThat(queue(FLOW)).as("it began here").isEqualTo(OURS);
  }

  @Test
  void queue_anyManyFlows_neverChanges() {
    Map<Integer, Integer> placed = new HashMap<>();
    Random random = new Random(4711);
    int[] flows = random.ints(20_000).toArray();
    for (int i = 0; i < 200_000; i++) {
      int flow = flows[random.nextInt(1 + i % flows.length)];
      int queue = queue(flow);
      assertThat(placed.computeIfAbsent(flow, first -> queue)).isEqualTo(queue);
    }
  }

  @Test
  void queue_flowToAPeerOfAnotherWorker_goesByItsHash() {
    allow("10.0.0.7/32", OURS + 1);
    assertThat(queue(FLOW)).isEqualTo(FLOW % QUEUES);
    assertThat(queue(FLOW)).isEqualTo(FLOW % QUEUES);
  }

  @Test
  void queue_flowOverIpv6ToAPeerOfAnotherWorker_goesByItsHash() {
    allow("fd00::7/128", OURS + 1);
    assertThat(placement.queue(FLOW, v6, 0, QUEUES)).isEqualTo(FLOW % QUEUES);
  }

  @Test
  void queue_peerOfAnotherWorkerTakesTheDestination_goesByItsHashFromThenOn() {
    assertThat(queue(FLOW)).isEqualTo(OURS);
    allow("10.0.0.7/32", OURS + 1);
    assertThat(queue(FLOW)).isEqualTo(FLOW % QUEUES);
  }

  @Test
  void queue_flowToAPeerOfTheSameWorker_staysWithIt() {
    allow("10.0.0.7/32", OURS);
    assertThat(queue(FLOW)).isEqualTo(OURS);
  }

  private int queue(int flow) {
    return placement.queue(flow, v4, 0, QUEUES);
  }

  private void allow(String prefix, int worker) {
    Peer peer =
        new Peer(PublicKey.of(new byte[32]), peers, worker, new NoPeerEvents(), new AtomicLong());
    peers.add(peer);
    peers.allow(peer, IpPrefix.parse(prefix));
  }
}
