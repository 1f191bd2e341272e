package io.wiregate.dataplane.path;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.session.IndexEntry;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerEvents;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.dataplane.session.Session;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.net.IpPrefix;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class FlowPlacementTest {
  private static final int QUEUES = 4;
  private static final int OURS = 2;

  /// Hashes that name other queues than ours.
  private static final int FLOW = 41;

  private static final int OTHER = 43;

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
  void queue_flowAlone_staysWithItsWorkerOnceItLeads() {
    for (int i = 1; i < FlowPlacement.MAJORITY; i++) {
      assertThat(queue(FLOW)).isEqualTo(FLOW % QUEUES);
    }
    assertThat(queue(FLOW)).isEqualTo(OURS);
    assertThat(queue(FLOW)).isEqualTo(OURS);
  }

  @Test
  void queue_fewWritesOfOthers_goByTheirHashAndMoveNothing() {
    lead();
    for (int i = 0; i < 10 * FlowPlacement.MAJORITY; i++) {
      assertThat(queue(FLOW)).isEqualTo(OURS);
      assertThat(queue(FLOW)).isEqualTo(OURS);
      assertThat(queue(OTHER + QUEUES * i)).isEqualTo(OTHER % QUEUES);
    }
  }

  @Test
  void queue_equalFlows_goByTheirHashes() {
    for (int i = 0; i < 10 * FlowPlacement.MAJORITY; i++) {
      for (int flow = 0; flow < 4; flow++) {
        assertThat(queue(flow)).isEqualTo(flow % QUEUES);
      }
    }
  }

  @Test
  void queue_flowThatLostItsMajority_goesByItsHash() {
    lead();
    for (int i = 1; i < FlowPlacement.MAJORITY; i++) {
      queue(OTHER);
    }
    assertThat(queue(FLOW)).isEqualTo(OURS); // ahead by one, and now by two
    queue(OTHER);
    queue(OTHER);
    assertThat(queue(FLOW)).isEqualTo(FLOW % QUEUES);
  }

  @Test
  void queue_flowToAPeerOfAnotherWorker_goesByItsHash() {
    allow("10.0.0.7/32", OURS + 1);
    lead();
    assertThat(queue(FLOW)).isEqualTo(FLOW % QUEUES);
  }

  @Test
  void queue_flowOverIpv6ToAPeerOfAnotherWorker_goesByItsHash() {
    allow("fd00::7/128", OURS + 1);
    for (int i = 0; i < 2 * FlowPlacement.MAJORITY; i++) {
      assertThat(placement.queue(FLOW, v6, 0, QUEUES)).isEqualTo(FLOW % QUEUES);
    }
  }

  @Test
  void queue_peerOfAnotherWorkerTakesTheDestination_goesByItsHashFromThenOn() {
    lead();
    assertThat(queue(FLOW)).isEqualTo(OURS);
    allow("10.0.0.7/32", OURS + 1);
    assertThat(queue(FLOW)).isEqualTo(FLOW % QUEUES);
  }

  @Test
  void queue_flowToAPeerOfTheSameWorker_staysWithIt() {
    allow("10.0.0.7/32", OURS);
    lead();
    assertThat(queue(FLOW)).isEqualTo(OURS);
  }

  private void lead() {
    for (int i = 0; i < FlowPlacement.MAJORITY; i++) {
      queue(FLOW);
    }
  }

  private int queue(int flow) {
    return placement.queue(flow, v4, 0, QUEUES);
  }

  private void allow(String prefix, int worker) {
    Peer peer =
        new Peer(PublicKey.of(new byte[32]), peers, worker, new NoEvents(), new AtomicLong());
    peers.add(peer);
    peers.allow(peer, IpPrefix.parse(prefix));
  }

  private static final class NoEvents implements PeerEvents {
    @Override
    public void onRequest(Peer peer) {}

    @Override
    public void onHandshakeWanted(Peer peer) {}

    @Override
    public void onIndexFreed(IndexEntry entry) {}

    @Override
    public void onSessionEnded(Session session) {}
  }
}
