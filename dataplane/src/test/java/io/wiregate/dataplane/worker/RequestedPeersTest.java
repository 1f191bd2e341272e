package io.wiregate.dataplane.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.session.IndexEntry;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerEvents;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.dataplane.session.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RequestedPeersTest {
  private static final int PEERS = 50;

  private final RequestedPeers requested = RequestedPeers.forWorker();
  private final RequestedPeers wanted = RequestedPeers.forHandshakes();
  private final List<Peer> peers = new ArrayList<>();

  RequestedPeersTest() {
    PeerEvents events =
        new PeerEvents() {
          @Override
          public void onRequest(Peer peer) {
            requested.push(peer);
          }

          @Override
          public void onHandshakeWanted(Peer peer) {
            wanted.push(peer);
          }

          @Override
          public void onIndexFreed(IndexEntry entry) {}

          @Override
          public void onSessionEnded(Session session) {}
        };
    PeerTable table = new PeerTable(0);
    for (int i = 0; i < PEERS; i++) {
      peers.add(new Peer(new PublicKey(i, 0, 0, 0), table, 0, events, new AtomicLong()));
    }
  }

  @Test
  void takeAll_pushedPeers_areAllThereOnce() {
    assertThat(requested.isEmpty()).isTrue();
    assertThat(requested.takeAll()).isNull();
    peers.forEach(peer -> peer.request(Peer.SEND_STAGED));
    peers.forEach(peer -> peer.request(Peer.ARM_TIMERS));
    peers.forEach(peer -> peer.wantHandshake(0)); // another list, other links

    List<Peer> taken = new ArrayList<>();
    Peer peer = requested.takeAll();
    assertThat(requested.isEmpty()).isTrue();
    while (peer != null) {
      taken.add(peer);
      Peer next = requested.next(peer);
      assertThat(peer.takeRequests()).isEqualTo(Peer.SEND_STAGED | Peer.ARM_TIMERS);
      peer = next;
    }
    assertThat(taken).containsExactlyInAnyOrderElementsOf(peers);
    assertThat(wanted.isEmpty()).isFalse();
  }

  @Test
  void list_manyThreadsPushWhileOneTakes_losesNoRequestAndDoublesNone()
      throws InterruptedException {
    int perThread = 50_000;
    AtomicInteger running = new AtomicInteger(3);
    // What was asked for last, and what the taker had seen when it took the request.
    AtomicIntegerArray asked = new AtomicIntegerArray(PEERS);
    int[] seen = new int[PEERS];
    Thread[] threads = new Thread[3];
    for (int t = 0; t < threads.length; t++) {
      int seed = t;
      threads[t] =
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < perThread; i++) {
                  int number = (i * 31 + seed * 7) % PEERS;
                  asked.incrementAndGet(number);
                  peers.get(number).request(Peer.ARM_TIMERS);
                }
                running.decrementAndGet();
              });
    }
    int empty = 0;
    boolean last = false;
    while (!last) {
      last = running.get() == 0;
      Peer peer = requested.takeAll();
      while (peer != null) {
        Peer next = requested.next(peer);
        int number = (int) peer.publicKey().first();
        if (peer.takeRequests() == 0) {
          empty++; // it was on the list twice
        }
        seen[number] = asked.get(number);
        peer = next;
      }
    }
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(empty).isZero();
    for (int i = 0; i < PEERS; i++) {
      assertThat(seen[i]).isEqualTo(asked.get(i));
    }
  }
}
