package io.wiregate.dataplane.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.AllocationMeter;
import io.wiregate.dataplane.noise.BouncyCastleX25519;
import io.wiregate.dataplane.noise.CookieChecker;
import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.noise.StaticIdentity;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.session.IndexEntry;
import io.wiregate.dataplane.session.IndexPermutation;
import io.wiregate.dataplane.session.IndexTable;
import io.wiregate.dataplane.session.LocalIdentity;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.dataplane.session.Session;
import io.wiregate.dataplane.testing.Mac1;
import io.wiregate.dataplane.testing.NoPeerEvents;
import io.wiregate.dataplane.wire.CookieReplyMessage;
import io.wiregate.dataplane.wire.InitiationMessage;
import io.wiregate.dataplane.wire.MessageType;
import io.wiregate.dataplane.wire.ResponseMessage;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.crypto.AeadKey;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.testing.conformance.Proves;
import io.wiregate.os.udp.ReceiveBatch;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpSource;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whose messages find a place while others flood.
class HandshakeQueueTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final long DRAW = 1L << 32;
  private static final long NOW = 77 * DRAW;
  private static final long SECOND = 1_000_000_000L;
  private static final int ALL = HandshakeQueue.STRANGERS_LANES * HandshakeLane.CAPACITY;

  private final StaticIdentity keys =
      new StaticIdentity(PrivateKey.generate(RANDOM, new BouncyCastleX25519()));
  private final PeerTable peers = table(5);
  private final IndexTable indices =
      new IndexTable(new IndexPermutation(new byte[32]), /* worker= */ 0, /* node= */ 0);
  private final AtomicInteger offered = new AtomicInteger();
  private final AtomicInteger crowded = new AtomicInteger();
  private final HandshakeQueues queues = new HandshakeQueues(offered::incrementAndGet);
  private final HandshakeQueue queue = open(peers);
  private final HandshakeDoor door = new HandshakeDoor(queues);
  private final ReceivedHandshake message = new ReceivedHandshake();
  private final NativeBuffer data = NativeBuffer.allocate(768);
  private final Sources sources;
  private final ReceiveBatch attacker;
  private final ReceiveBatch client;

  HandshakeQueueTest() throws OsException {
    sources = new Sources();
    attacker = sources.from(IpAddress.parse("127.66.66.66"));
    client = sources.from(IpAddress.parse("127.1.2.3"));
    put(InitiationMessage.SIZE, 0);
    put(ResponseMessage.SIZE, 0);
    put(CookieReplyMessage.SIZE, 0);
  }

  @AfterEach
  void close() {
    data.close();
    attacker.close();
    client.close();
    sources.close();
  }

  private HandshakeQueue open(PeerTable of) {
    HandshakeQueue opened =
        new HandshakeQueue(of, List.of(indices), RANDOM, NOW, crowded::incrementAndGet);
    queues.open(opened);
    return opened;
  }

  private PeerTable table(int number) {
    PeerTable table = new PeerTable(number);
    table.setIdentity(new LocalIdentity(keys, new CookieChecker(keys, RANDOM, NOW)));
    return table;
  }

  /// Makes the message that is offered from now on, of the type that has that length and with a
  /// valid `mac1`.
  private void put(int length, int index) {
    ByteBuffer message = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    switch (length) {
      case InitiationMessage.SIZE -> message.putInt(MessageType.INITIATION);
      case ResponseMessage.SIZE ->
          message.putInt(MessageType.RESPONSE).putInt(ResponseMessage.RECEIVER, index);
      default ->
          message.putInt(MessageType.COOKIE_REPLY).putInt(CookieReplyMessage.RECEIVER, index);
    }
    if (length != CookieReplyMessage.SIZE) {
      Mac1.put(keys.publicKey(), message.array());
    }
    data.copyFrom(place(length), message.array(), 0, length);
  }

  private static int place(int length) {
    return switch (length) {
      case ResponseMessage.SIZE -> 256;
      case CookieReplyMessage.SIZE -> 512;
      default -> 0;
    };
  }

  private @Nullable Outcome outcome(PeerTable at, ReceiveBatch from, int length, long now) {
    return door.offer(at, data, place(length), length, from, 0, now);
  }

  private boolean offer(ReceiveBatch from, int length, long now) {
    return outcome(peers, from, length, now) == null;
  }

  private boolean initiate(ReceiveBatch from, long now) {
    return offer(from, InitiationMessage.SIZE, now);
  }

  private int fill(ReceiveBatch from, int length, long now) {
    int taken = 0;
    while (offer(from, length, now)) {
      taken++;
    }
    return taken;
  }

  private Peer peerAt(ReceiveBatch batch) {
    Peer peer =
        new Peer(PublicKey.of(new byte[32]), peers, 0, new NoPeerEvents(), new AtomicLong());
    peers.add(peer);
    peer.where().set(batch.endpoint(0));
    return peer;
  }

  /// Fills every lane of the strangers', as a flood from very many addresses does.
  private void fillStrangers() throws OsException {
    int source = 0x7f20_0000;
    while (queue.size() < ALL) {
      try (ReceiveBatch from = sources.from(IpAddress.v4(source++))) {
        fill(from, InitiationMessage.SIZE, NOW);
      }
    }
  }

  @Test
  void offer_floodOfOneSource_fillsItsLaneOnly() {
    assertThat(fill(attacker, InitiationMessage.SIZE, NOW)).isEqualTo(HandshakeLane.CAPACITY);
    assertThat(queue.size()).isEqualTo(HandshakeLane.CAPACITY);
    assertThat(offered).hasValue(HandshakeLane.CAPACITY);
  }

  /// Whoever rests is to look before the lane is full.
  @Test
  void offer_intoACrowdedLane_saysSo() {
    for (int i = 1; i < HandshakeLane.HIGH; i++) {
      initiate(attacker, NOW);
    }
    assertThat(crowded).hasValue(0);
    initiate(attacker, NOW);
    assertThat(crowded).hasValue(1);
    int more = fill(attacker, InitiationMessage.SIZE, NOW);
    assertThat(crowded).hasValue(1 + more);
  }

  /// Its lane may be the client's too, but not for long: lanes are drawn anew.
  @Test
  void offer_floodOfOneSource_leavesRoomForOthers() {
    int refused = 0;
    for (int draw = 0; draw < 64; draw++) {
      long now = NOW + draw * DRAW;
      fill(attacker, InitiationMessage.SIZE, now);
      refused += initiate(client, now) ? 0 : 1;
      drain();
    }

    // One in 16 is to be expected; nearly a quarter has a chance of one in some ten million.
    assertThat(refused).isLessThan(16);
  }

  @Test
  @Proves("load.known-peers")
  void offer_floodOfManySources_leavesRoomForPeersWeKnow() throws OsException {
    Peer peer = peerAt(client);
    fillStrangers();
    assertThat(initiate(attacker, NOW)).isFalse();
    assertThat(initiate(client, NOW)).isTrue();

    peers.remove(peer);
    assertThat(initiate(client, NOW)).isFalse();
  }

  @Test
  void offer_peerThatHasMoved_isAStrangerWhereItWas() throws OsException {
    Peer peer = peerAt(client);
    peer.where().set(UdpEndpoint.of(IpAddress.parse("127.1.2.4"), sources.port()));
    fillStrangers();

    assertThat(initiate(client, NOW)).isFalse();
    try (ReceiveBatch moved = sources.from(IpAddress.parse("127.1.2.4"))) {
      assertThat(initiate(moved, NOW)).isTrue();
    }
  }

  @Test
  void offer_responseOrCookieUnderAnIndexOfOurs_isNotAStrangers() throws OsException {
    IndexEntry entry = Objects.requireNonNull(indices.allocate(peerAt(client)));
    fillStrangers();
    put(ResponseMessage.SIZE, entry.index());
    assertThat(offer(attacker, ResponseMessage.SIZE, NOW)).isTrue();
    put(CookieReplyMessage.SIZE, entry.index());
    assertThat(offer(attacker, CookieReplyMessage.SIZE, NOW)).isTrue();
  }

  /// A cookie reply has no `mac1`: nobody who does not know an index of ours takes a place by it.
  @Test
  void offer_responseOrCookieForNothing_isRefused() throws OsException {
    IndexEntry entry = Objects.requireNonNull(indices.allocate(peerAt(client)));
    put(ResponseMessage.SIZE, entry.index() + 16);
    put(CookieReplyMessage.SIZE, entry.index() + 16);
    for (int length : new int[] {ResponseMessage.SIZE, CookieReplyMessage.SIZE}) {
      assertThat(outcome(peers, attacker, length, NOW)).isEqualTo(Outcome.HANDSHAKE_UNEXPECTED);
    }
    assertThat(queues.isEmpty()).isTrue();
  }

  /// Whoever has recorded a response takes no place by it, when what it answered is over.
  @Test
  void offer_responseUnderAnIndexThatHasASession_isRefused() throws OsException {
    Peer peer = peerAt(client);
    IndexEntry entry = Objects.requireNonNull(indices.allocate(peer));
    put(ResponseMessage.SIZE, entry.index());
    assertThat(offer(attacker, ResponseMessage.SIZE, NOW)).isTrue();
    AeadKey key = AeadKey.of(new byte[AeadKey.SIZE], 0);
    peer.begin(new Session(entry, 1, true, NOW, key, key));
    assertThat(outcome(peers, attacker, ResponseMessage.SIZE, NOW))
        .isEqualTo(Outcome.HANDSHAKE_UNEXPECTED);

    put(CookieReplyMessage.SIZE, entry.index()); // of a response of ours, perhaps
    assertThat(offer(attacker, CookieReplyMessage.SIZE, NOW)).isTrue();
  }

  /// All messages come to the queue in the same object.
  @Test
  void offer_messageThatIsAnsweredNevertheless_isMarkedAndTheNextIsNot() {
    fill(attacker, InitiationMessage.SIZE, NOW);
    drain();
    demand(attacker);
    while (outcome(attacker) != null) {
      // until it is drawn
    }
    poll();
    assertThat(message.isToldAgain()).isTrue();
    assertThat(initiate(client, NOW)).isTrue();
    poll();
    assertThat(message.isToldAgain()).isFalse();
  }

  /// An index of ours is in clear in what its peer is sent: whoever reads it, and sends under it
  /// from any number of addresses, takes no place from other peers.
  @Test
  @Proves("load.known-peers")
  void offer_oneIndexFromManySources_fillsOneLane() throws OsException {
    IndexEntry entry = Objects.requireNonNull(indices.allocate(peerAt(client)));
    put(CookieReplyMessage.SIZE, entry.index());
    int taken = 0;
    for (int i = 0; i < 64; i++) {
      try (ReceiveBatch from = sources.from(IpAddress.v4(0x7f30_0000 + i))) {
        taken += fill(from, CookieReplyMessage.SIZE, NOW);
      }
    }
    assertThat(taken).isEqualTo(HandshakeLane.CAPACITY);
  }

  /// Under load, who has been sent a cookie comes with it, or is refused before a copy is made: all
  /// but some, of whom one may be a newcomer whose address others forge.
  @Test
  void offer_strangerUnderLoadWhoWasTold_isRefusedUnlessItBringsACookie() {
    fill(attacker, InitiationMessage.SIZE, NOW);
    poll();
    demand(attacker);
    poll();
    int taken = 0;
    for (int i = 0; i < 100 * CookieDemands.TOLD_AGAIN; i++) {
      if (outcome(attacker) == null) {
        taken++;
        poll();
      }
    }
    assertThat(taken).isBetween(40, 160); // six deviations from what is to be expected

    data.putByte(InitiationMessage.SIZE - 1, 1);
    for (int i = 0; i < 100; i++) {
      assertThat(outcome(attacker)).isNull();
      poll();
    }
  }

  @Test
  void offer_strangerWhoWasToldAndIsNotUnderLoadAnyMore_getsIn() {
    fill(attacker, InitiationMessage.SIZE, NOW);
    demand(attacker);
    drain();
    assertThat(offer(attacker, InitiationMessage.SIZE, NOW + SECOND)).isTrue();
  }

  @Test
  void offer_peerUnderLoadWhoWasTold_getsIn() {
    peerAt(attacker);
    fill(attacker, InitiationMessage.SIZE, NOW);
    demand(attacker);
    for (int i = 0; i < 100; i++) {
      poll();
      assertThat(outcome(attacker)).isNull();
    }
  }

  @Test
  void poll_oneSourceFloods_servesTheOthersInTurn() {
    peerAt(client); // which is in a lane of its own for certain
    fill(attacker, InitiationMessage.SIZE, NOW);
    assertThat(initiate(client, NOW)).isTrue();

    queue.poll(message);
    HandshakeLane first = message.lane();
    queue.poll(message);
    assertThat(message.lane()).isNotSameAs(first);
  }

  @Test
  @Proves("load.per-interface")
  void poll_floodAtOneInterface_servesTheOthersInTurn() {
    PeerTable others = table(6);
    HandshakeQueue calm = open(others);
    fill(attacker, InitiationMessage.SIZE, NOW);
    for (int i = 0; i < 3; i++) {
      outcome(others, attacker, InitiationMessage.SIZE, NOW);
    }

    int turn = 0;
    int served = 0;
    for (int i = 0; i < 6; i++) {
      turn = queues.poll(message, turn) + 1;
      served += message.queue() == calm ? 1 : 0;
    }
    assertThat(served).isEqualTo(3);
    assertThat(calm.isEmpty()).isTrue();
    assertThat(message.queue()).isSameAs(calm);
  }

  @Test
  @Proves("fault.18-global-limiter")
  void isUnderLoad_floodOfOneSource_isSoForItsLaneOnly() {
    peerAt(client);
    fill(attacker, InitiationMessage.SIZE, NOW);
    assertThat(initiate(client, NOW)).isTrue();
    boolean[] ofClient = new boolean[2];
    while (queue.poll(message)) {
      boolean isClient = message.source().toEndpoint().equals(client.endpoint(0));
      HandshakeLane lane = Objects.requireNonNull(message.lane());
      ofClient[isClient ? 1 : 0] |= lane.isUnderLoad(NOW);
    }

    assertThat(ofClient).containsExactly(true, false);
  }

  /// So that no number of strangers fills the table that peers we know are counted in.
  @Test
  void limiter_ofPeersWeKnow_isNotTheStrangers() {
    peerAt(client);
    initiate(client, NOW);
    queue.poll(message);
    HandshakeLane ofKnown = Objects.requireNonNull(message.lane());
    initiate(attacker, NOW);
    queue.poll(message);

    assertThat(ofKnown.limiter()).isNotSameAs(Objects.requireNonNull(message.lane()).limiter());
  }

  @Test
  void offer_afterClose_isRefused() {
    initiate(client, NOW);
    queues.close(peers);

    assertThat(initiate(client, NOW)).isFalse();
    assertThat(queues.poll(message, 0)).isEqualTo(-1);
    assertThat(queues.isEmpty()).isTrue();
  }

  @Test
  void offer_longerThanAnyHandshakeMessage_isRefused() {
    assertThat(offer(client, InitiationMessage.SIZE + 1, NOW)).isFalse();
    assertThat(queues.isEmpty()).isTrue();
  }

  /// Whoever does not know our public key takes no place, and puts nobody under load.
  @ParameterizedTest
  @ValueSource(ints = {InitiationMessage.SIZE, ResponseMessage.SIZE})
  @Proves("cookie.mac1")
  void offer_wrongMac1_isRefused(int length) throws OsException {
    put(length, Objects.requireNonNull(indices.allocate(peerAt(client))).index());
    data.putByte(place(length) + 20, 1);
    for (int i = 0; i < 2 * HandshakeLane.CAPACITY; i++) {
      assertThat(outcome(peers, attacker, length, NOW)).isEqualTo(Outcome.HANDSHAKE_BAD_MAC1);
    }
    assertThat(queues.isEmpty()).isTrue();
    assertThat(offered).hasValue(0);
    assertThat(crowded).hasValue(0);
    data.putByte(place(length) + 20, 0);
    assertThat(offer(attacker, length, NOW)).isTrue();
    poll();
    assertThat(Objects.requireNonNull(message.lane()).isUnderLoad(NOW)).isFalse();
  }

  /// A hash is not spent on what has no place anyhow.
  @Test
  void offer_wrongMac1IntoAFullLane_isRefusedForThat() {
    fill(attacker, InitiationMessage.SIZE, NOW);
    data.putByte(20, 1);
    assertThat(outcome(attacker)).isEqualTo(Outcome.HANDSHAKE_QUEUE_FULL);
  }

  /// Nothing can be meant for an interface without a key.
  @Test
  void offer_withoutIdentity_isRefused() {
    peers.setIdentity(null);
    assertThat(outcome(client)).isEqualTo(Outcome.HANDSHAKE_BAD_MAC1);
  }

  /// What is cheaper comes first: the flood it is part of may not cost a hash for each.
  @Test
  void offer_wrongMac1OfAStrangerWhoWasTold_isRefusedUnread() {
    fill(attacker, InitiationMessage.SIZE, NOW);
    demand(attacker);
    data.putByte(20, 1);
    int unread = 0;
    for (int i = 0; i < 1000; i++) {
      unread += outcome(attacker) == Outcome.HANDSHAKE_COOKIE_DEMANDED ? 1 : 0;
    }
    assertThat(unread).isBetween(930, 999); // all but one in 32
  }

  @Test
  @Proves("load.no-allocation")
  void offerAndPoll_messagesOfStrangers_allocateNothingButTheHash() throws OsException {
    int index = Objects.requireNonNull(indices.allocate(peerAt(client))).index();
    put(ResponseMessage.SIZE, index);
    put(CookieReplyMessage.SIZE, index);
    long withMac1 =
        AllocationMeter.allocatedBytes(() -> {
          initiate(attacker, NOW);
          initiate(client, NOW);
          offer(attacker, ResponseMessage.SIZE, NOW);
          queues.poll(message, 0);
          queues.poll(message, 6);
          queues.poll(message, 0);
        });
    long without =
        AllocationMeter.allocatedBytes(() -> {
          offer(attacker, CookieReplyMessage.SIZE, NOW);
          queues.poll(message, 0);
        });
    fill(attacker, InitiationMessage.SIZE, NOW);
    demand(attacker);
    drain();
    long told =
        AllocationMeter.allocatedBytes(() -> {
          if (outcome(attacker) == null) {
            queues.poll(message, 0);
          }
        });

    assertThat(withMac1 / 3000).isLessThanOrEqualTo(640);
    assertThat(without).isZero();
    assertThat(told / 1000).isLessThanOrEqualTo(2 * 640 / CookieDemands.TOLD_AGAIN);
  }

  private @Nullable Outcome outcome(ReceiveBatch from) {
    return outcome(peers, from, InitiationMessage.SIZE, NOW);
  }

  private void demand(ReceiveBatch from) {
    UdpSource source = new UdpSource();
    from.copySource(0, source);
    queue.demands().add(source, NOW);
  }

  private void poll() {
    assertThat(queue.poll(message)).isTrue();
  }

  private void drain() {
    while (queue.poll(message)) {
      // until it is empty
    }
  }
}
