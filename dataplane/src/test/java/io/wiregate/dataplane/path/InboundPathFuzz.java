package io.wiregate.dataplane.path;

import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.offload.InnerPacket;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.session.IndexEntry;
import io.wiregate.dataplane.session.IndexPermutation;
import io.wiregate.dataplane.session.IndexTable;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerEvents;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.dataplane.session.Session;
import io.wiregate.dataplane.testing.NoPeerEvents;
import io.wiregate.dataplane.testing.PeerState;
import io.wiregate.dataplane.wire.TransportMessage;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.crypto.Aead;
import io.wiregate.os.crypto.AeadBatch;
import io.wiregate.os.crypto.AeadEngines;
import io.wiregate.os.crypto.AeadKey;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.testing.fuzz.FuzzInput;
import io.wiregate.os.testing.fuzz.LoopQueue;
import io.wiregate.os.tun.TunOffloads;
import io.wiregate.os.tun.TunQueue;
import io.wiregate.os.tun.VirtioNetHeader;
import io.wiregate.os.udp.SendBatch;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpOffloads;
import io.wiregate.os.udp.UdpSocket;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/// The whole inward walk: datagrams of a peer and of strangers, by themselves and as the kernel
/// puts them together, over real sockets on loopback.
///
/// Each datagram has one outcome. What does not authenticate changes nothing about any peer. What
/// comes out is a packet from an address that the peer may have.
///
/// Input: for each message who sends it and how (1 byte), its size (2 bytes), how its datagrams
/// differ, and what they carry.
public final class InboundPathFuzz {
  private static final int DATA_SIZE = 1 << 16;
  private static final int MESSAGES = 8;
  private static final long NOW = 1_000_000_000_000L;
  private static final UdpEndpoint NOWHERE = UdpEndpoint.of(IpAddress.v4(0x7f000001), 9);

  private static final NativeBuffer DATA = NativeBuffer.allocate(DATA_SIZE);
  private static final NativeBuffer WRITTEN = NativeBuffer.allocate(1 << 17);
  private static final SendBatch SENDS = new SendBatch(1);
  private static final Aead SEALER = AeadEngines.jdk().newAead();
  private static final TunQueue TUN = LoopQueue.open();
  private static final UdpSocket DEVICE = socket();
  private static final UdpSocket PEER = socket();
  private static final UdpSocket STRANGER = socket();

  private static final IndexTable INDICES =
      new IndexTable(new IndexPermutation(new byte[IndexPermutation.KEY_SIZE]), 0, 0);
  private static final InboundPath PATH =
      new InboundPath(
          AeadEngines.jdk().newAead(),
          INDICES,
          0,
          (table, data, offset, length, batch, index, now) ->
              left() ? null : Outcome.HANDSHAKE_QUEUE_FULL,
          (worker, through, data, offset, length, from, trafficClass) -> left());

  /// Datagrams that left the walk for another thread.
  private static long leftTheWalk;

  private final PeerTable peers = new PeerTable(0);
  private final QueuePair pair =
      new QueuePair(
          peers, TUN, List.of(TUN), TunOffloads.ALL, (packet, offset, length) -> false, 1420);
  private final AeadKey key = AeadKey.of(new byte[AeadKey.SIZE], 0);
  private final Session session;
  private final Session otherSession;
  private final Peer peer;
  private final Peer other;
  private long sent;
  private boolean anyGenuine;

  private static UdpSocket socket() {
    try {
      UdpSocket socket = UdpSocket.open(false, UdpOffloads.ALL, 4 << 20);
      socket.bind(0);
      return socket;
    } catch (OsException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private InboundPathFuzz() {
    peer = peer(1, "10.7.1.0/24", "fd00::/64");
    other = peer(2, "10.7.1.128/25", "fd00:0:0:0:8000::/65");
    session = session(peer, 0);
    peer.begin(session);
    peer.where().set(NOWHERE);
    otherSession = session(other, 1);
    other.begin(otherSession);
  }

  private Peer peer(int number, String... allowed) {
    byte[] bytes = new byte[PublicKey.SIZE];
    bytes[0] = (byte) number;
    Peer made = new Peer(PublicKey.of(bytes), peers, 0, NOBODY, new AtomicLong());
    peers.add(made);
    for (String prefix : allowed) {
      peers.allow(made, IpPrefix.parse(prefix));
    }
    return made;
  }

  private static Session session(Peer of, int key) {
    byte[] bytes = new byte[AeadKey.SIZE];
    bytes[0] = (byte) key;
    IndexEntry entry = Objects.requireNonNull(INDICES.allocate(of));
    return new Session(entry, 1, false, NOW, AeadKey.of(bytes, 0), AeadKey.of(bytes, 0));
  }

  private static boolean left() {
    leftTheWalk++;
    return true;
  }

  public static void fuzzerTestOneInput(byte[] bytes) throws OsException {
    InboundPathFuzz run = new InboundPathFuzz();
    leftTheWalk = 0;
    try {
      run.all(new FuzzInput(bytes));
    } finally {
      PATH.forgetKey();
      for (Session each : List.of(run.session, run.otherSession)) {
        INDICES.release(each.entry());
        each.wipe();
      }
      run.key.close();
    }
  }

  private void all(FuzzInput input) throws OsException {
    Map<String, String> before = PeerState.of(peer);
    Map<String, String> otherBefore = PeerState.of(other);
    for (int i = 0; i < MESSAGES && !input.isEmpty(); i++) {
      send(input);
    }
    while (PATH.run(pair, DEVICE, NOW + 1)) {
      // until all have arrived
    }
    long counted = leftTheWalk;
    for (Outcome outcome : Outcome.values()) {
      counted += pair.counters().get(outcome);
    }
    require(counted == sent, sent + " datagrams had " + counted + " outcomes");
    if (!anyGenuine) {
      require(PeerState.of(peer).equals(before), "the peer changed");
    }
    require(PeerState.of(other).equals(otherBefore), "another peer changed");
    checkWritten();
  }

  /// Sends one message of one or several datagrams, all of one size but the last.
  private void send(FuzzInput input) throws OsException {
    int how = input.next();
    int size = input.nextShort() % 1500;
    int count = 1 + (how >>> 5);
    UdpSocket from = (how & 1) == 0 ? PEER : STRANGER;
    int length = 0;
    for (int i = 0; i < count; i++) {
      int part = i == count - 1 && (how & 2) != 0 ? Math.min(size, input.next()) : size;
      put(input, length, part);
      length += part;
    }
    SENDS.clear();
    UdpEndpoint to = UdpEndpoint.of(IpAddress.v4(0x7f000001), DEVICE.localPort());
    SENDS.add(to, DATA, 0, length, Math.max(1, size), 0);
    require(from.send(SENDS, 0) == 1, "loopback refuses a message");
    sent += length == 0 ? 1 : (length + size - 1) / size;
  }

  private void put(FuzzInput input, int at, int size) {
    int what = input.next();
    byte[] content = input.nextBytes(Math.min(size, what == 0 ? 200 : 64));
    DATA.wipe(at, size);
    if ((what & 3) == 3 || size < TransportMessage.MIN_SIZE) {
      DATA.copyFrom(at, content, 0, content.length);
      // Whoever guesses an index is no peer; a type of ours in the first bytes is only more likely.
      if ((what & 4) != 0 && size >= 4) {
        DATA.putIntLittleEndian(at, what >>> 3 & 7);
      }
      return;
    }
    int plain = size - TransportMessage.OVERHEAD;
    int sealed = at + TransportMessage.HEADER_SIZE;
    DATA.copyFrom(sealed, content, 0, Math.min(plain, content.length));
    if ((what & 3) != 1 && plain >= InnerPacket.V6_HEADER) {
      putHeader(sealed, plain, what);
    }
    int receiver = session.localIndex() ^ ((what & 0x40) != 0 ? 1 << (what >>> 3 & 7) : 0);
    long counter = (what & 0x80) != 0 ? input.nextLong() : input.next();
    TransportMessage.putHeader(DATA, at, receiver, counter);
    AeadBatch batch = new AeadBatch(1, DATA);
    batch.add(sealed, plain, sealed, counter);
    SEALER.seal(key, batch);
    if ((what & 0x20) != 0) {
      int where = at + TransportMessage.HEADER_SIZE + input.nextShort() % (size - 16);
      DATA.putByte(where, DATA.getByte(where) ^ (1 << (what & 7)));
    } else {
      anyGenuine |= receiver == session.localIndex();
    }
  }

  /// An IP header as long as the packet, of a source that may be the peer's.
  private static void putHeader(int at, int length, int what) {
    if ((what & 4) != 0) {
      DATA.putByte(at, 0x60);
      DATA.putShortBigEndian(at + 4, length - InnerPacket.V6_HEADER);
      DATA.putLongBigEndian(at + 8, 0xfd00L << 48);
    } else {
      DATA.putByte(at, 0x45);
      DATA.putShortBigEndian(at + 2, length);
      DATA.putIntBigEndian(at + 12, 0x0a070100 | DATA.getUnsignedByte(at + 15));
    }
  }

  private void checkWritten() {
    long writes = 0;
    int length;
    while ((length = TUN.read(WRITTEN, 0, WRITTEN.size())) > 0) {
      int at = VirtioNetHeader.SIZE;
      int available = length - at;
      writes++;
      require(InnerPacket.trimmedLength(WRITTEN, at, available) == available, "no whole packet");
      boolean allowed =
          InnerPacket.isV6(WRITTEN, at)
              ? InnerPacket.sourceV6High(WRITTEN, at) == 0xfd00L << 48
                  && InnerPacket.sourceV6Low(WRITTEN, at) >= 0
              : (InnerPacket.sourceV4(WRITTEN, at) & 0xffffff80) == 0x0a070100;
      require(allowed, "a packet from an address of another");
    }
    long forwarded = pair.counters().get(Outcome.IN_FORWARDED);
    require(writes <= forwarded && (forwarded == 0) == (writes == 0), "packets nobody counted");
    require(pair.counters().get(Outcome.IN_TUN_REFUSED) == 0, "a write was refused");
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new AssertionError(otherwise);
    }
  }

  private static final PeerEvents NOBODY = new NoPeerEvents();
}
