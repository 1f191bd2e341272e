package io.wiregate.control.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wiregate.control.peer.PeerException.Reason;
import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.os.net.IpAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The zone `lan` has room for five peers here; addresses rest for an hour.
final class PeersTest {
  private final PeerFixture fixture =
      new PeerFixture(
          Map.of(
              "WIREGATE_ADDRESS_QUARANTINE", "1h", "WIREGATE_ZONES_LAN_NETWORK4", "10.93.0.0/29"));

  @AfterEach
  void close() {
    fixture.close();
  }

  private static void assertRefused(ThrowingCallable call, Reason reason, String field) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            PeerException.class,
            refused -> {
              assertThat(refused.reason()).isEqualTo(reason);
              assertThat(refused.field()).isEqualTo(field);
            });
  }

  private void letRest(String interval) {
    fixture.database.with(handle ->
        handle.execute(
            "UPDATE peer_addresses SET released_at = now() - ?::interval"
                + " WHERE peer_id IS NULL",
            interval));
  }

  @Test
  void create_firstPeers_getTheNextNumberInBothFamilies() {
    Peer first = fixture.create("members", "first");
    Peer second = fixture.create("members", "second");
    assertThat(first.addresses().getFirst()).hasToString("10.92.0.2");
    assertThat(second.addresses().getFirst()).hasToString("10.92.0.3");
    assertThat(second.addresses().getLast().toString()).startsWith("fd").endsWith("::3");
  }

  @Test
  void create_byTwoThreads_givesEveryAddressOnce() throws Exception {
    int each = 100;
    Callable<List<IpAddress>> work =
        () -> {
          List<IpAddress> addresses = new ArrayList<>();
          for (int i = 0; i < each; i++) {
            String name = Thread.currentThread().threadId() + "-" + i;
            addresses.addAll(fixture.create("members", name).addresses());
          }
          return addresses;
        };
    Set<IpAddress> all = new HashSet<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      for (Future<List<IpAddress>> done : threads.invokeAll(List.of(work, work))) {
        all.addAll(done.get());
      }
    }
    assertThat(all).hasSize(2 * 2 * each);
    assertThat(all).contains(IpAddress.parse("10.92.0.2"), IpAddress.parse("10.92.0.201"));
  }

  @Test
  void create_zoneIsFull_isRefused() {
    for (int i = 0; i < 5; i++) {
      fixture.create("lan", "peer" + i);
    }
    assertRefused(() -> fixture.create("lan", "one more"), Reason.ZONE_FULL, "zone");
    assertThat(fixture.create("members", "elsewhere").addresses()).hasSize(2);
  }

  @Test
  void create_afterDelete_getsTheAddressOnlyOnceItHasRested() {
    Peer first = fixture.create("lan", "first");
    for (int i = 0; i < 4; i++) {
      fixture.create("lan", "peer" + i);
    }
    fixture.delete(first.id());
    assertRefused(() -> fixture.create("lan", "too soon"), Reason.ZONE_FULL, "zone");
    letRest("2 hours");
    assertThat(fixture.create("lan", "rested").addresses()).isEqualTo(first.addresses());
  }

  @Test
  void create_chosenAddress_isItsAndSkippedByOthers() {
    Peer chosen = fixture.create("lan", "chosen", "10.93.0.3");
    assertThat(chosen.addresses()).hasSize(2);
    assertThat(fixture.create("lan", "a").addresses().getFirst()).hasToString("10.93.0.2");
    assertThat(fixture.create("lan", "b").addresses().getFirst()).hasToString("10.93.0.4");
  }

  @Test
  void create_chosenAddressOfAnother_isRefused() {
    Peer peer = fixture.create("lan", "holder", "10.93.0.3");
    assertRefused(() -> fixture.create("lan", "late", "10.93.0.3"), Reason.TAKEN, "addresses");
    fixture.delete(peer.id());
    assertRefused(() -> fixture.create("lan", "late", "10.93.0.3"), Reason.TAKEN, "addresses");
    letRest("2 hours");
    assertThat(fixture.create("lan", "late", "10.93.0.3").addresses()).isEqualTo(peer.addresses());
  }

  @Test
  void create_chosenAddressThatCannotBeAPeers_isRefused() {
    for (String address :
        List.of("10.93.0.0", "10.93.0.1", "10.93.0.7", "10.93.0.8", "10.92.0.9", "::5")) {
      assertRefused(() -> fixture.create("lan", "x", address), Reason.INVALID, "addresses");
    }
  }

  @Test
  void create_sameNameOrKey_isRefusedWithinTheZoneOnly() {
    NewPeer peer = fixture.newPeer("members", "alice");
    fixture.create(peer);
    assertRefused(() -> fixture.create("members", "alice"), Reason.TAKEN, "name");
    assertRefused(
        () -> fixture.create(with(peer, "members", "bob", peer.publicKey())),
        Reason.TAKEN,
        "publicKey");
    assertThat(fixture.create(with(peer, "guests", "alice", peer.publicKey())).version())
        .isEqualTo(1);
  }

  private static NewPeer with(NewPeer peer, String zone, String name, PublicKey key) {
    return new NewPeer(
        zone,
        name,
        key,
        peer.presharedKey(),
        peer.addresses(),
        peer.enabled(),
        peer.notes(),
        peer.labels());
  }

  @Test
  void create_keyThatCannotWork_isRefused() {
    NewPeer peer = fixture.newPeer("members", "alice");
    PublicKey zero = PublicKey.of(new byte[32]);
    PublicKey zones = fixture.peers.zone("members").orElseThrow().publicKey();
    for (PublicKey key : List.of(zero, zones)) {
      assertRefused(
          () -> fixture.create(with(peer, "members", "alice", key)), Reason.INVALID, "publicKey");
    }
  }

  @Test
  void change_ofAnOlderVersion_isRefusedAndChangesNothing() {
    Peer peer = fixture.create("members", "alice");
    PeerChange rename = new PeerChange("bob", null, null, false, null, null);
    Peer changed =
        fixture.database.inTransaction(
            handle -> fixture.peers.change(handle, peer.id(), 1L, rename));
    assertThat(changed.name()).isEqualTo("bob");
    assertThat(changed.enabled()).isFalse();
    assertThat(changed.version()).isEqualTo(2);
    assertThatThrownBy(() ->
            fixture.database.inTransaction(
                handle -> fixture.peers.change(handle, peer.id(), 1L, rename)))
        .isInstanceOfSatisfying(
            PeerException.class, refused -> assertThat(refused.reason()).isEqualTo(Reason.CHANGED));
  }

  @Test
  void presharedKey_stored_isSealedAndOpens() {
    NewPeer peer = fixture.newPeer("members", "alice");
    PresharedKey key = PresharedKey.generate(new SecureRandom());
    Peer created =
        fixture.create(
            new NewPeer("members", "alice", peer.publicKey(), key, List.of(), true, "", Map.of()));
    assertThat(created.hasPresharedKey()).isTrue();
    StoredPeer stored =
        fixture.database.with(
            handle -> fixture.peers.store().findStored(handle, created.id()).orElseThrow());
    assertThat(fixture.peers.presharedKey(stored).toBytes()).isEqualTo(key.toBytes());
    PeerChange take = new PeerChange(null, null, PresharedKey.none(), null, null, null);
    Peer changed =
        fixture.database.inTransaction(
            handle -> fixture.peers.change(handle, created.id(), null, take));
    assertThat(changed.hasPresharedKey()).isFalse();
  }
}
