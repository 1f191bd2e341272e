package io.wiregate.control.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wiregate.control.database.Notifications;
import io.wiregate.control.gateway.MemoryZoneDevices.MemoryZoneDevice;
import io.wiregate.control.peer.Peer;
import io.wiregate.control.peer.PeerChange;
import io.wiregate.control.peer.PeerFixture;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.os.net.IpPrefix;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Every change comes as from another node: through the database alone.
final class ReconcilerTest {
  private final PeerFixture fixture = new PeerFixture(Map.of());
  private final MemoryZoneDevices devices = new MemoryZoneDevices();
  private final Gateway gateway =
      Gateway.open(devices, fixture.prepared.zones(), fixture.prepared.privateKeys());
  private final Reconciler reconciler = new Reconciler(fixture.database, fixture.peers, gateway);
  private final MemoryZoneDevice members = devices.device("members");
  private @Nullable ChangeListener listener;

  @AfterEach
  void close() {
    if (listener != null) {
      listener.close();
    }
    gateway.close();
    fixture.close();
  }

  private void start() {
    listener = ChangeListener.start(new Notifications(fixture.database), reconciler);
  }

  private void change(Peer peer, PeerChange change) {
    fixture.database.inTransaction(handle -> fixture.peers.change(handle, peer.id(), null, change));
  }

  private void awaitPeers(PublicKey... keys) {
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(members.peers().keySet()).containsExactlyInAnyOrder(keys));
  }

  @Test
  void start_storedPeers_areWithTheirInterfaces() {
    Peer peer = fixture.create("members", "alice");
    start();
    PeerSpec spec = Objects.requireNonNull(members.peers().get(peer.publicKey()));
    assertThat(spec.allowedIps())
        .extracting(IpPrefix::toString)
        .containsExactly("10.92.0.2/32", peer.addresses().getLast() + "/128");
    assertThat(devices.device("guests").peers()).isEmpty();
  }

  @Test
  void changes_ofAnotherNode_arrive() {
    start();
    Peer alice = fixture.create("members", "alice");
    awaitPeers(alice.publicKey());
    Peer bob = fixture.create("members", "bob");
    awaitPeers(alice.publicKey(), bob.publicKey());
    change(alice, new PeerChange(null, null, null, false, null, null));
    awaitPeers(bob.publicKey());
    PublicKey rotated = fixture.newKey();
    change(bob, new PeerChange(null, rotated, null, null, null, null));
    awaitPeers(rotated);
    fixture.delete(bob.id());
    awaitPeers();
  }

  @Test
  void change_ofOnePeer_leavesTheOthersAlone() {
    Peer alice = fixture.create("members", "alice");
    start();
    Peer bob = fixture.create("members", "bob");
    awaitPeers(alice.publicKey(), bob.publicKey());
    change(bob, new PeerChange("bert", null, null, null, "renamed", null));
    fixture.delete(bob.id());
    awaitPeers(alice.publicKey());
    reconciler.refreshAll();
    assertThat(members.calls())
        .containsExactly(
            "put " + alice.publicKey(), "put " + bob.publicKey(), "remove " + bob.publicKey());
  }

  @Test
  void put_thatFails_isTriedAgain() {
    start();
    members.failWith(new GatewayException("not now"));
    Peer alice = fixture.create("members", "alice");
    reconciler.refresh(alice.id());
    assertThat(members.peers()).isEmpty();
    members.failWith(null);
    awaitPeers(alice.publicKey());
  }

  @Test
  void connection_cut_isMadeAgainAndWhatWasMissedArrives() {
    start();
    fixture.database.with(ReconcilerTest::cutListener);
    Peer alice = fixture.create("members", "alice");
    awaitPeers(alice.publicKey());
    await().until(() -> listener != null && listener.isHearing());
    assertThat(reconciler.counts()).containsExactlyEntriesOf(Map.of(members.spec().id(), 1));
    assertThat(List.copyOf(members.calls())).hasSize(1);
  }

  /// Who asks whether the gateway is ready must not be told so while nothing can be read yet.
  @Test
  void connection_madeAgainButPeersNotReadYet_isNotHearing() {
    start();
    ChangeListener changes = Objects.requireNonNull(listener);
    fixture.database.inTransaction(handle -> {
      handle.execute("LOCK TABLE peers IN ACCESS EXCLUSIVE MODE");
      cutListener(handle);
      await().until(() -> !changes.isHearing());
      await()
          .during(Duration.ofSeconds(2))
          .atMost(Duration.ofSeconds(3))
          .until(() -> !changes.isHearing());
      return null;
    });
    await().until(changes::isHearing);
  }

  private static int cutListener(Handle handle) {
    return handle
        .createQuery(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                + " WHERE query LIKE 'LISTEN%' AND datname = current_database()")
        .mapTo(Integer.class)
        .one();
  }
}
