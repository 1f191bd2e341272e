package io.wiregate.dataplane.path;

import io.wiregate.dataplane.offload.InnerPacket;
import io.wiregate.dataplane.offload.NestedMessage;
import io.wiregate.dataplane.offload.SegmentSplitter;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.session.Limits;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.Session;
import io.wiregate.dataplane.session.StagedPackets;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.crypto.Aead;
import io.wiregate.os.tun.VirtioNetHeader;
import io.wiregate.os.udp.UdpEndpoint;
import org.jspecify.annotations.Nullable;

/// From TUN to UDP. Owner: one worker thread, for all its interfaces. Steps of [#send]:
///
/// 1. parse what the TUN interface gave: one packet, or a large one that stands for several
/// 2. allowed-ips: which peer has the destination address; if none, the sender is told by ICMP
/// 3. endpoint: where that peer is; if nobody knows, the same
/// 4. session: the keys to send under; without any, the packet is staged and a handshake asked for,
///    and behind packets that wait it waits too
/// 5. split: put each packet at its place in a message
/// 6. counter, seal, UDP: [OutboundMessages], when a message is complete
public final class OutboundPath {
  /// Reads from one queue before others have their turn.
  private static final int READS_PER_TURN = 16;

  /// The largest packet that the kernel hands over, with its header.
  private static final int READ_SIZE = VirtioNetHeader.SIZE + 65535;

  private final NativeBuffer read = NativeBuffer.allocate(READ_SIZE);
  private final SegmentSplitter splitter = new SegmentSplitter();
  private final OutboundMessages messages;
  private final UnreachableAnswers answers = new UnreachableAnswers();

  /// @param aead for sealing; closed with this object
  public OutboundPath(Aead aead) {
    this.messages = new OutboundMessages(aead);
  }

  /// Carries what waits in the queue, up to a limit.
  ///
  /// @return whether there may be more
  public boolean run(QueuePair pair, long now) {
    for (int i = 0; i < READS_PER_TURN; i++) {
      int length = pair.tun().read(read, 0, READ_SIZE);
      if (length <= 0) {
        messages.flush(now);
        return false;
      }
      boolean _ = carry(pair, length, false, now);
    }
    messages.flush(now);
    return true;
  }

  /// @return whether it is on its way
  private boolean carry(QueuePair pair, int length, boolean hasWaited, long now) {
    Outcome outcome = send(pair, length, hasWaited, now);
    // Those are counted when they have left, or were kept.
    if (outcome != Outcome.OUT_FORWARDED && outcome != Outcome.OUT_STAGED) {
      pair.counters().count(outcome, Math.max(1, splitter.segmentCount()));
    }
    if (outcome == Outcome.OUT_NO_PEER || outcome == Outcome.OUT_NO_ENDPOINT) {
      answers.answer(pair, splitter, read, length, now);
    }
    return outcome == Outcome.OUT_FORWARDED;
  }

  /// The walk of one read.
  ///
  /// @param hasWaited whether its turn has come among those that wait
  private Outcome send(QueuePair pair, int length, boolean hasWaited, long now) {
    if (splitter.begin(read, 0, length) < 0) { // 1
      return Outcome.OUT_BAD_INNER_PACKET;
    }
    Peer peer = destinationPeer(pair); // 2
    if (peer == null) {
      return Outcome.OUT_NO_PEER;
    }
    UdpEndpoint endpoint = peer.endpoint(); // 3
    if (endpoint == null) {
      return Outcome.OUT_NO_ENDPOINT;
    }
    Session session = peer.sendingSession(now); // 4
    if (session == null || (peer.staged().isWaiting() && !hasWaited)) {
      return stage(pair, peer, length, hasWaited, now);
    }
    // A route may lead back into the tunnel, here or by way of another one. What grows with each
    // round must come to an end, so it may not be cut into pieces that grow again: ADR 0011.
    int packet = splitter.packetOffset();
    int available = length - packet;
    int nested = NestedMessage.find(read, packet, available);
    if (nested != NestedMessage.NONE
        && NestedMessage.isTo(
            read, packet, nested, available, endpoint.port(), session.remoteIndex())) {
      return Outcome.OUT_LOOP;
    }
    // RFC 6040, 4.1, normal mode: ECN is copied. DSCP would tell strangers what is inside.
    int trafficClass = InnerPacket.ecn(read, packet);
    boolean fragments = nested == NestedMessage.NONE;
    messages.begin(pair, peer, session, endpoint, trafficClass, fragments, now);
    int count = splitter.segmentCount();
    for (int i = 0; i < count; i++) { // 5
      int segment = splitter.length(i);
      splitter.copySegment(i, messages.memory(), messages.reserve(segment, now));
      messages.add(segment, true, now); // 6
    }
    return Outcome.OUT_FORWARDED;
  }

  private @Nullable Peer destinationPeer(QueuePair pair) {
    int packet = splitter.packetOffset();
    if (InnerPacket.version(read, packet) == 4) {
      return pair.peerOfV4(InnerPacket.destinationV4(read, packet));
    }
    return pair.peerOfV6(
        InnerPacket.destinationV6High(read, packet), InnerPacket.destinationV6Low(read, packet));
  }

  private Outcome stage(QueuePair pair, Peer peer, int length, boolean hasWaited, long now) {
    int packets = splitter.segmentCount();
    int lost = peer.staged().add(read, 0, length, packets);
    if (lost == StagedPackets.REFUSED) {
      pair.counters().count(Outcome.OUT_STAGING_FULL, packets);
    } else {
      pair.counters().count(Outcome.OUT_STAGING_FULL, lost);
      pair.counters().count(Outcome.OUT_STAGED, packets);
    }
    if (peer.sendingSession(now) == null) {
      peer.wantHandshake(now);
    } else if (!hasWaited) {
      // Others wait that were read before, or the handshake was completed since the look.
      sendStaged(pair, peer, now);
    }
    return Outcome.OUT_STAGED;
  }

  /// Sends what waits for a peer that has a session now; where it has none, asks for a handshake.
  /// Any worker may: the peer's, or the one that has just read what has to wait behind others.
  ///
  /// @return whether anything was sent
  public boolean sendStaged(QueuePair pair, Peer peer, long now) {
    boolean any = false;
    int rounds = 0;
    while (canSend(peer, now) && peer.staged().beginDrain()) {
      any |= sendSomeStaged(pair, peer, now);
      messages.flush(now); // before anything that need not wait may leave
      if (!peer.staged().endDrain()) {
        break;
      }
      if (++rounds == 2) {
        // Another worker stages as fast as this one sends. It goes on itself with its next packet.
        peer.request(Peer.SEND_STAGED);
        break;
      }
    }
    if (peer.staged().isWaiting() && peer.endpoint() != null && peer.sendingSession(now) == null) {
      peer.wantHandshake(now); // as after our key was set
    }
    return any;
  }

  private static boolean canSend(Peer peer, long now) {
    return peer.sendingSession(now) != null && peer.endpoint() != null;
  }

  /// @return whether anything is on its way to the peer; it may not be the peer's any more
  private boolean sendSomeStaged(QueuePair pair, Peer peer, long now) {
    boolean any = false;
    for (int i = 0; i < Limits.MAX_STAGED_PACKETS && canSend(peer, now); i++) {
      byte[] packet = peer.staged().poll();
      if (packet == null) {
        break;
      }
      read.copyFrom(0, packet, 0, packet.length);
      any |= carry(pair, packet.length, true, now);
    }
    return any;
  }

  /// Sends an empty packet; without a session a handshake is asked for instead.
  public void sendKeepalive(QueuePair pair, Peer peer, long now) {
    UdpEndpoint endpoint = peer.endpoint();
    Session session = peer.sendingSession(now);
    if (endpoint == null) {
      return;
    }
    if (session == null) {
      peer.wantHandshake(now);
      return;
    }
    messages.begin(pair, peer, session, endpoint, InnerPacket.NOT_ECT, true, now);
    messages.reserve(0, now);
    messages.add(0, false, now);
    messages.flush(now);
  }

  /// Wipes the copy of the key that was used last.
  public void forgetKey() {
    messages.forgetKey();
  }

  public void close() {
    read.close();
    messages.close();
    answers.close();
  }
}
