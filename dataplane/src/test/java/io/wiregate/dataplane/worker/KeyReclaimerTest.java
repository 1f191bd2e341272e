package io.wiregate.dataplane.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.session.IndexEntry;
import io.wiregate.dataplane.session.IndexPermutation;
import io.wiregate.dataplane.session.IndexTable;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerEvents;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.dataplane.session.Session;
import io.wiregate.dataplane.testing.JdkAead;
import io.wiregate.os.OsException;
import io.wiregate.os.crypto.Aead;
import io.wiregate.os.crypto.AeadEngine;
import io.wiregate.os.crypto.AeadKey;
import io.wiregate.os.testing.conformance.Proves;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class KeyReclaimerTest {
  private static final PeerEvents NOTHING =
      new PeerEvents() {
        @Override
        public void onRequest(Peer peer) {}

        @Override
        public void onHandshakeWanted(Peer peer) {}

        @Override
        public void onIndexFreed(IndexEntry entry) {}

        @Override
        public void onSessionEnded(Session session) {}
      };

  private final IndexTable indices =
      new IndexTable(new IndexPermutation(new byte[IndexPermutation.KEY_SIZE]), 0, 0);
  private final Peer peer =
      new Peer(new PublicKey(1, 2, 3, 4), new PeerTable(0), 0, NOTHING, new AtomicLong());

  private static final class TestEngine implements AeadEngine {
    @Override
    public String name() {
      return "test";
    }

    @Override
    public Aead newAead() {
      return new JdkAead();
    }
  }

  private Worker worker(int number) throws OsException {
    return new Worker(
        "worker-" + number,
        number,
        new TestEngine(),
        indices,
        (_, _, _, _, _, _, _) -> Outcome.HANDSHAKE_QUEUE_FULL,
        _ -> {});
  }

  private Session session() {
    byte[] bytes = new byte[AeadKey.SIZE];
    Arrays.fill(bytes, (byte) 7);
    IndexEntry entry = Objects.requireNonNull(indices.allocate(peer));
    return new Session(entry, 1, true, 0, AeadKey.of(bytes, 0), AeadKey.of(bytes, 0));
  }

  private static boolean isWiped(Session session) {
    byte[] bytes = new byte[AeadKey.SIZE];
    session.sendingKey().copyTo(bytes, 0);
    return bytes[0] == 0;
  }

  private static void awaitWiped(Session session) throws InterruptedException {
    while (!isWiped(session)) {
      Thread.sleep(5);
    }
  }

  @Test
  @Proves("session.wiped")
  void keys_oneWorkerHasNotPassed_areStillThere() throws Exception {
    Worker[] workers = {worker(0), worker(1)};
    KeyReclaimer reclaimer = new KeyReclaimer(workers);
    CountDownLatch holding = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    for (Worker worker : workers) {
      worker.start(workers);
    }
    workers[1].submit(() -> {
      holding.countDown();
      awaitUninterrupted(release); // a long batch
    });
    holding.await();
    reclaimer.start();
    Session first = session();
    reclaimer.add(first);
    // The other worker has passed twice as often as the reclaimer could have asked it to.
    for (int i = 0; i < 100; i++) {
      workers[0].call(() -> {});
      Thread.sleep(5);
    }
    assertThat(isWiped(first)).isFalse();

    release.countDown();
    awaitWiped(first);
    // One that ended while the batch before was waited for is wiped too.
    Session second = session();
    reclaimer.add(second);
    awaitWiped(second);
    for (Worker worker : workers) {
      worker.stop();
    }
    reclaimer.stop();
  }

  @Test
  @Proves("session.wiped")
  void stop_sessionsThatWait_areWiped() throws Exception {
    Worker[] workers = {worker(0)};
    KeyReclaimer reclaimer = new KeyReclaimer(workers);
    workers[0].start(workers);
    reclaimer.start();
    Session session = session();
    workers[0].stop();
    reclaimer.add(session);
    reclaimer.stop();

    assertThat(isWiped(session)).isTrue();
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
