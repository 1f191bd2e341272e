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

  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final long PERIOD = 1L << FlowPlacement.PERIOD_SHIFT;

  private long now = 77 * PERIOD;
  private final PeerTable peers = new PeerTable(0);
  private final FlowPlacement placement = new FlowPlacement(peers, OURS);
  private final NativeBuffer v4 = NativeBuffer.allocate(64);
  private final NativeBuffer v6 = NativeBuffer.allocate(64);

  FlowPlacementTest() {
    v4.putByte(0, 0x45);
    v4.putByte(9, TCP);
    v4.putIntBigEndian(16, 0x0a00_0007);
    v6.putByte(0, 0x60);
    v6.putByte(6, TCP);
    v6.putLongBigEndian(24, 0xfd00_0000_0000_0000L);
    v6.putLongBigEndian(32, 7);
  }

  @AfterEach
  void free() {
    v4.close();
    v6.close();
  }

  @Test
  void queue_fewConnections_stayWithTheirWorkerFromTheFirstWriteOn() {
    for (int i = 0; i < 1000; i++) {
      assertThat(queue(FLOW)).isEqualTo(OURS);
      assertThat(queue(OTHER)).isEqualTo(OURS);
      now += PERIOD / 100;
    }
  }

  @Test
  void queue_moreConnections_goByTheirHashFromTheFirstWriteOn() {
    queue(FLOW);
    queue(OTHER);
    for (int i = 0; i < 1000; i++) {
      assertThat(queue(FLOW)).isEqualTo(OURS);
      assertThat(queue(OTHER)).isEqualTo(OURS);
      assertThat(queue(THIRD)).isEqualTo(THIRD % QUEUES);
      now += PERIOD / 100;
    }
  }

  @Test
  void queue_connectionAfterOthersHavePaused_staysWithItsWorker() {
    queue(FLOW);
    queue(OTHER);
    for (int i = 0; i < 20; i++) {
      assertThat(queue(THIRD)).isEqualTo(THIRD % QUEUES); // it began beside them
      now += PERIOD / 10;
    }
    now += PERIOD;
    assertThat(queue(FOURTH)).isEqualTo(OURS);
    assertThat(queue(FLOW)).as("it began here").isEqualTo(OURS);
  }

  @Test
  void queue_anyManyConnectionsThatGoOn_neverChange() {
    Map<Integer, Integer> placed = new HashMap<>();
    Random random = new Random(4711);
    int[] flows = random.ints(20_000).toArray(); // five for each place of the table
    for (int i = 0; i < 2_000_000; i++) {
      int flow = flows[random.nextInt(1 + i % 50 * (flows.length / 50))];
      int queue = queue(flow);
      assertThat(placed.computeIfAbsent(flow, first -> queue)).isEqualTo(queue);
      now += PERIOD / 40_000;
    }
  }

  @Test
  void queue_placesOfConnectionsThatHavePaused_areTakenByOthers() {
    for (int i = 0; i < FlowPlacement.PLACES; i++) {
      queue(i << 1); // one for each place
    }
    now += (FlowPlacement.PAUSE - 1) * PERIOD;
    int another = FLOW + 2 * FlowPlacement.PLACES + 4;
    assertThat(another % QUEUES).isNotEqualTo(OURS);
    assertThat(queue(another)).isEqualTo(another % QUEUES);
    now += PERIOD;
    assertThat(queue(another)).isEqualTo(OURS);
  }

  @Test
  void queue_connectionsThatBeginAloneAndGoOnTogetherAfterAPause_areSpread() {
    for (int flow = 101; flow < 121; flow += 2) {
      assertThat(queue(flow)).isEqualTo(OURS);
      now += 2 * PERIOD;
    }
    now += FlowPlacement.PAUSE * PERIOD;
    int ours = 0;
    for (int flow = 101; flow < 121; flow += 2) {
      ours += queue(flow) == flow % QUEUES ? 0 : 1;
    }
    assertThat(ours).isLessThanOrEqualTo(FlowPlacement.KEPT);
  }

  @Test
  void queue_connectionBesideOthersThatGoesOnAloneAfterAPause_staysWithItsWorker() {
    queue(FLOW);
    queue(OTHER);
    assertThat(queue(THIRD)).isEqualTo(THIRD % QUEUES);
    now += FlowPlacement.PAUSE * PERIOD;
    assertThat(queue(THIRD)).isEqualTo(OURS);
  }

  @Test
  void queue_whatIsNotTcp_goesByItsHashAndTakesNoPlaceFromAConnection() {
    for (NativeBuffer packet : new NativeBuffer[] {v4, v6}) {
      packet.putByte(packet == v4 ? 9 : 6, UDP);
      for (int flow = 101; flow < 200; flow += 2) {
        assertThat(placement.queue(flow, packet, 0, QUEUES, now)).isEqualTo(flow % QUEUES);
      }
    }
    v4.putByte(9, TCP);
    assertThat(queue(FLOW)).isEqualTo(OURS);
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
    assertThat(placement.queue(FLOW, v6, 0, QUEUES, now)).isEqualTo(FLOW % QUEUES);
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
    return placement.queue(flow, v4, 0, QUEUES, now);
  }

  private void allow(String prefix, int worker) {
    Peer peer =
        new Peer(PublicKey.of(new byte[32]), peers, worker, new NoPeerEvents(), new AtomicLong());
    peers.add(peer);
    peers.allow(peer, IpPrefix.parse(prefix));
  }
}
