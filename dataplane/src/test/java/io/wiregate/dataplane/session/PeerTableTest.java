package io.wiregate.dataplane.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.udp.UdpEndpoint;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PeerTableTest {
  private final RecordedEvents events = new RecordedEvents();
  private final PeerTable table = new PeerTable(3);
  private final Peer first = events.peer(table, 1);
  private final Peer second = events.peer(table, 2);

  private static IpPrefix prefix(String text) {
    return IpPrefix.parse(text);
  }

  private @Nullable Peer ownerOf(String address) {
    IpAddress parsed = IpAddress.parse(address);
    return parsed.isV6()
        ? table.routes().findV6(parsed.high(), parsed.low())
        : table.routes().findV4((int) parsed.low());
  }

  @Test
  void peers_order_isThatOfAdding() {
    Peer third = events.peer(table, 0);

    assertThat(table.peers()).containsExactly(first, second, third);
    assertThat(table.byKey(RecordedEvents.key(2))).isSameAs(second);
    assertThat(table.byKey(RecordedEvents.key(9))).isNull();
    assertThat(table.size()).isEqualTo(3);
    assertThat(table.number()).isEqualTo(3);
  }

  @Test
  void allow_prefixOfAnotherPeer_isTakenFromIt() {
    table.allow(first, prefix("10.0.0.0/24"));
    table.allow(first, prefix("fd00::/64"));
    table.allow(second, prefix("10.0.0.0/24"));

    assertThat(ownerOf("10.0.0.7")).isSameAs(second);
    assertThat(table.allowedIps(first)).containsExactly(prefix("fd00::/64"));
    assertThat(table.allowedIps(second)).containsExactly(prefix("10.0.0.0/24"));
  }

  @Test
  void allow_nestedPrefix_leavesTheLargerOneToItsOwner() {
    table.allow(first, prefix("10.0.0.0/24"));
    table.allow(second, prefix("10.0.0.7/32"));

    assertThat(ownerOf("10.0.0.7")).isSameAs(second);
    assertThat(ownerOf("10.0.0.8")).isSameAs(first);
    assertThat(table.allowedIps(first)).containsExactly(prefix("10.0.0.0/24"));
  }

  @Test
  void allow_samePrefixTwice_isListedOnce() {
    table.allow(first, prefix("10.0.0.0/24"));
    table.allow(first, prefix("10.0.0.9/24"));

    assertThat(table.allowedIps(first)).containsExactly(prefix("10.0.0.0/24"));
  }

  @Test
  void disallow_prefixOfAnother_changesNothing() {
    table.allow(first, prefix("10.0.0.0/24"));
    table.disallow(second, prefix("10.0.0.0/24"));
    table.disallow(first, prefix("10.0.0.0/25"));
    assertThat(ownerOf("10.0.0.7")).isSameAs(first);

    table.disallow(first, prefix("10.0.0.0/24"));
    assertThat(ownerOf("10.0.0.7")).isNull();
    assertThat(table.allowedIps(first)).isEmpty();
  }

  @Test
  void replaceAllowedIps_walkMeanwhile_seesTheOldOrTheNewOnes() {
    table.allow(first, prefix("10.0.0.0/24"));
    table.allow(second, prefix("10.1.0.0/24"));
    var before = table.routes();
    table.replaceAllowedIps(first, List.of(prefix("10.1.0.0/24"), prefix("10.2.0.0/24")));

    assertThat(before.findV4(0x0a000007)).isSameAs(first);
    assertThat(before.findV4(0x0a010007)).isSameAs(second);
    assertThat(ownerOf("10.0.0.7")).isNull();
    assertThat(ownerOf("10.1.0.7")).isSameAs(first);
    assertThat(ownerOf("10.2.0.7")).isSameAs(first);
    assertThat(table.allowedIps(second)).isEmpty();
    assertThat(table.allowedIps(first))
        .containsExactly(prefix("10.1.0.0/24"), prefix("10.2.0.0/24"));
  }

  @Test
  void remove_peer_freesItsRoutes() {
    table.allow(first, prefix("10.0.0.0/24"));
    table.allow(first, prefix("::/0"));
    table.allow(second, prefix("10.1.0.0/24"));
    table.remove(first);

    assertThat(ownerOf("10.0.0.7")).isNull();
    assertThat(ownerOf("fd00::1")).isNull();
    assertThat(ownerOf("10.1.0.7")).isSameAs(second);
    assertThat(table.peers()).containsExactly(second);
    table.remove(first); // no error
    assertThat(table.size()).isEqualTo(1);
  }

  @Test
  void allow_removedPeer_getsNoRoute() {
    table.allow(second, prefix("10.0.0.0/24"));
    table.remove(first);
    table.allow(first, prefix("10.0.0.0/24"));
    table.replaceAllowedIps(first, List.of(prefix("10.0.0.0/24"), prefix("10.1.0.0/24")));

    assertThat(ownerOf("10.0.0.7")).isSameAs(second);
    assertThat(ownerOf("10.1.0.7")).isNull();
    assertThat(table.allowedIps(first)).isEmpty();
  }

  @Test
  void remove_peerThatAnotherOfItsKeyReplaced_leavesThatOne() {
    table.remove(first);
    Peer again = events.peer(table, 1);
    table.allow(again, prefix("10.0.0.0/24"));
    table.remove(first);

    assertThat(table.byKey(RecordedEvents.key(1))).isSameAs(again);
    assertThat(ownerOf("10.0.0.7")).isSameAs(again);
  }

  @Test
  void setIdentity_none_expiresEverySession() {
    first.begin(events.session(first, true, 0));
    second.begin(events.session(second, true, 0));
    table.setIdentity(null);

    assertThat(first.sendingSession(1)).isNull();
    assertThat(second.sendingSession(1)).isNull();
    assertThat(events.ended).isEmpty();
  }

  private static UdpEndpoint at(int number) {
    return number % 2 == 0
        ? UdpEndpoint.of(IpAddress.v4(0x0a00_0000 + number / 8), 1000 + number % 8)
        : UdpEndpoint.of(IpAddress.v6(0x2001_0db8_0000_0000L, number), 51820);
  }

  private boolean isEndpoint(UdpEndpoint endpoint) {
    IpAddress address = endpoint.address();
    return table.isEndpoint(address.isV6(), address.high(), address.low(), endpoint.port());
  }

  @Test
  void isEndpoint_manyPeers_findsNearlyAllAndNobodyElse() {
    int count = 5000;
    for (int i = 0; i < count; i++) {
      events.peer(table, 10 + i).where().set(at(i));
    }

    int found = 0;
    for (int i = 0; i < count; i++) {
      found += isEndpoint(at(i)) ? 1 : 0;
    }
    // A bucket holds 1.2 on average, and rarely more than its four.
    assertThat(found).isGreaterThan(count * 95 / 100);
    for (int i = count; i < 2 * count; i++) {
      assertThat(isEndpoint(at(i))).isFalse();
    }
  }

  @Test
  void isEndpoint_peerMovedOrRemoved_isNotWhereItWas() {
    first.where().set(at(2));
    first.where().set(at(3));
    assertThat(isEndpoint(at(2))).isFalse();
    assertThat(isEndpoint(at(3))).isTrue();

    // Another one where it was, and there again.
    second.where().set(at(2));
    assertThat(isEndpoint(at(2))).isTrue();
    table.remove(first);
    assertThat(isEndpoint(at(3))).isFalse();
    second.where().set(at(3));
    assertThat(isEndpoint(at(3))).isTrue();
  }
}
