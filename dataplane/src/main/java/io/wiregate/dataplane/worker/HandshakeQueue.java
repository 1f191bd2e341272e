package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.noise.HandshakeRateLimiter;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.session.IndexEntry;
import io.wiregate.dataplane.session.IndexTable;
import io.wiregate.dataplane.session.LocalIdentity;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.dataplane.session.SourceHash;
import io.wiregate.dataplane.wire.CookieReplyMessage;
import io.wiregate.dataplane.wire.HandshakeMacs;
import io.wiregate.dataplane.wire.InitiationMessage;
import io.wiregate.dataplane.wire.ResponseMessage;
import io.wiregate.os.udp.UdpSource;
import java.security.SecureRandom;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What waits for handshake threads at one interface, and who of it goes first. Made of lanes that
/// are served in turn, each for the sources that a hash of their address names: a source is an IPv4
/// address or the first 64 bits of an IPv6 address, since a host may choose the others freely.
///
/// There are lanes for those we know, apart from the strangers': for messages from a peer's
/// endpoint, and for responses and cookies under an index of ours that waits for one, which nobody
/// guesses who is not on the way; those are drawn by the index. So strangers from any number of
/// addresses do not lock out peers that renew their sessions. That is no proof, addresses can be
/// forged: what is to be done with a message is the same in all lanes.
///
/// Only initiations that have a valid `mac1`, responses that have one and are waited for, and
/// cookie replies under an index of ours get in: who neither knows our public key nor has read what
/// others send takes no place and begins no load. Under load, strangers who have been sent a cookie
/// and come without it do not get in either. Nothing is decrypted before. Any thread.
final class HandshakeQueue {
  static final int KNOWN_LANES = 8;
  static final int STRANGERS_LANES = 16;
  static final int LANES = KNOWN_LANES + STRANGERS_LANES;

  /// Sources of strangers that are counted at a time while under load: more than can be answered in
  /// a second, at 20 each, many times over.
  private static final int STRANGERS_COUNTED = 16384;

  private static final int KNOWN_COUNTED = 4096;

  /// Lanes are drawn anew after 2^32 ns, some 4.3 s: who shares a lane with a flood has another one
  /// when a handshake is repeated after 5 s.
  private static final int DRAW_SHIFT = 32;

  /// In place of an address where the lane is an index's.
  private static final long NO_ADDRESS = -1;

  private final PeerTable peers;
  private final List<IndexTable> indices;
  private final HandshakeLane[] lanes = new HandshakeLane[LANES];
  private final SourceHash hash;
  private final CookieDemands demands;
  private final Runnable onCrowded;

  /// The lane to look at first. Two threads that take at once may look at the same.
  private volatile int turn;

  /// @param indices of all workers
  /// @param nowNanos the boot clock
  /// @param onCrowded called with each message that finds its lane crowded, without waiting
  HandshakeQueue(
      PeerTable peers,
      List<IndexTable> indices,
      SecureRandom random,
      long nowNanos,
      Runnable onCrowded) {
    this.peers = peers;
    this.indices = indices;
    this.onCrowded = onCrowded;
    hash = new SourceHash(random);
    demands = new CookieDemands(random);
    // Those we know have a table of limits of their own, which no number of strangers fills.
    var strangers = new HandshakeRateLimiter(STRANGERS_COUNTED, random, nowNanos);
    var known = new HandshakeRateLimiter(KNOWN_COUNTED, random, nowNanos);
    for (int i = 0; i < LANES; i++) {
      lanes[i] = new HandshakeLane(i < KNOWN_LANES ? known : strangers);
    }
  }

  /// The peers of the interface.
  PeerTable peers() {
    return peers;
  }

  /// Whom of the strangers a cookie was demanded of.
  CookieDemands demands() {
    return demands;
  }

  /// Takes a copy of a message: what is refused costs no more than it must, and is refused by the
  /// thread that has just read it, while it is in its cache.
  ///
  /// @param message of the length of its type
  /// @param now the boot clock
  /// @return null where it waits now, else why not
  @Nullable Outcome offer(ReceivedHandshake message, long now) {
    boolean isInitiation = message.length() == InitiationMessage.SIZE;
    IndexEntry asking = isInitiation ? null : asking(message);
    if (!isInitiation && asking == null) {
      return isMeantForUs(message) ? Outcome.HANDSHAKE_UNEXPECTED : Outcome.HANDSHAKE_BAD_MAC1;
    }
    int number = laneOf(message, asking, now);
    HandshakeLane lane = lanes[number];
    if (number >= KNOWN_LANES && lane.isUnderLoad(now) && wasTold(message, now)) {
      if (!demands.isToldAgain()) {
        lane.countRefused(now);
        return Outcome.HANDSHAKE_COOKIE_DEMANDED;
      }
      message.tellAgain();
    }
    if (lane.isFull()) {
      return Outcome.HANDSHAKE_QUEUE_FULL;
    }
    if (!isMeantForUs(message)) {
      return Outcome.HANDSHAKE_BAD_MAC1;
    }
    if (!lane.offer(message)) {
      return Outcome.HANDSHAKE_QUEUE_FULL;
    }
    if (lane.size() >= HandshakeLane.HIGH) {
      onCrowded.run();
    }
    return null;
  }

  /// Whether a stranger under load has been sent a cookie a moment ago, and has come without one.
  private boolean wasTold(ReceivedHandshake message, long now) {
    return !HandshakeMacs.hasMac2(message.bytes(), message.length())
        && demands.contains(message.source(), now);
  }

  /// A cookie reply has no `mac1`: the index that it is for tells.
  private boolean isMeantForUs(ReceivedHandshake message) {
    if (message.length() == CookieReplyMessage.SIZE) {
      return true;
    }
    LocalIdentity identity = peers.identity();
    return identity != null && identity.cookies().hasValidMac1(message.bytes(), message.length());
  }

  /// What waits for a response or a cookie reply, null where nothing does.
  private @Nullable IndexEntry asking(ReceivedHandshake message) {
    if (message.length() == CookieReplyMessage.SIZE) {
      return lookup(CookieReplyMessage.receiver(message.bytes()));
    }
    IndexEntry entry = lookup(ResponseMessage.receiver(message.bytes()));
    return entry == null || entry.session() != null ? null : entry;
  }

  /// @param asking what it answers, null for an initiation
  private int laneOf(ReceivedHandshake message, @Nullable IndexEntry asking, long now) {
    if (asking != null) {
      // By the index, whatever address it comes from: who has read one fills one lane.
      return known(hash.of(asking.index(), NO_ADDRESS), now);
    }
    UdpSource source = message.source();
    long of = hash.of(source.high(), source.isV6() ? 0 : source.low());
    return peers.isEndpoint(source.isV6(), source.high(), source.low(), source.port())
        ? known(of, now)
        : KNOWN_LANES + ((int) drawn(of, now) & STRANGERS_LANES - 1);
  }

  private static int known(long of, long now) {
    return (int) drawn(of, now) & KNOWN_LANES - 1;
  }

  private static long drawn(long of, long now) {
    return SourceHash.mix(of + (now >>> DRAW_SHIFT));
  }

  /// What an index of this interface stands for, null where it is none.
  @Nullable IndexEntry lookup(int index) {
    int worker = IndexTable.workerOf(index);
    IndexEntry entry = worker < indices.size() ? indices.get(worker).lookup(index) : null;
    return entry != null && entry.peer().table() == peers ? entry : null;
  }

  /// Takes a message, of another lane than the last one where others wait.
  ///
  /// @param into gets a copy
  /// @return false where none waits
  boolean poll(ReceivedHandshake into) {
    int first = turn;
    for (int i = 0; i < LANES; i++) {
      int lane = (first + i) % LANES;
      if (lanes[lane].poll(into)) {
        turn = (lane + 1) % LANES;
        into.waitedIn(this, lane >= KNOWN_LANES);
        return true;
      }
    }
    return false;
  }

  /// Messages that wait, about.
  int size() {
    int size = 0;
    for (HandshakeLane lane : lanes) {
      size += lane.size();
    }
    return size;
  }

  boolean isEmpty() {
    for (HandshakeLane lane : lanes) {
      if (!lane.isEmpty()) {
        return false;
      }
    }
    return true;
  }
}
