package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.path.HandshakeSink;
import io.wiregate.dataplane.path.MisdirectedSink;
import io.wiregate.dataplane.session.IndexTable;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.dataplane.wire.MessageType;
import io.wiregate.dataplane.wire.TransportMessage;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.poll.Epoll;
import io.wiregate.os.poll.EventFd;
import io.wiregate.os.udp.ReceiveBatch;
import io.wiregate.os.udp.UdpSocket;
import org.jspecify.annotations.Nullable;

/// What a handshake thread waits for: the sockets to which the kernel steers all that is no
/// transport message, so that no flood of strangers wakes a worker or takes room from packets; and
/// its bell.
///
/// Owner: the handshake thread, but for [#ring], which any thread may call until [#close].
final class HandshakeSockets implements AutoCloseable {
  /// Messages that are read at once. Each may hold 64 datagrams, and all of those are looked at.
  private static final int SLOTS = 16;

  /// Datagrams of a look, about. Many, since what waits is to wait in the lanes, where it has its
  /// turn, not in the kernel, where a flood comes before all others; and not more, since meanwhile
  /// nothing in the lanes has its turn.
  private static final int DATAGRAMS = 512;

  /// Files whose readiness is told at once.
  private static final int FILES = 64;

  // Epoll tokens: the family in the lowest bit, the interface's number above.
  private static final int V6 = 1;
  private static final long BELL = -1;

  private final HandshakeSink door;
  private final MisdirectedSink misdirected;
  private final int workers;
  private final HandshakePorts ports;
  private final Epoll epoll;
  private final EventFd bell;
  private final ReceiveBatch batch = new ReceiveBatch(SLOTS);
  private final @Nullable UdpSocket[] sockets = new @Nullable UdpSocket[2 * Worker.MAX_INTERFACES];
  private final @Nullable PeerTable[] tables = new @Nullable PeerTable[Worker.MAX_INTERFACES];

  /// Files that the last wait has found ready and nobody has looked at.
  private int ready;

  /// Of those which to begin with: where one has more than a look takes, the others have their
  /// turn.
  private int turn;

  /// What is left of [#DATAGRAMS].
  private int left;

  // What the last look brought.
  private boolean moreWaits;
  private boolean refusedAny;

  /// @param door gets what is read
  /// @param misdirected gets packets that came in one message with a handshake's
  /// @param ports count what is not worth it
  /// @param workers how many there are
  HandshakeSockets(
      HandshakeSink door, MisdirectedSink misdirected, HandshakePorts ports, int workers)
      throws OsException {
    this.door = door;
    this.misdirected = misdirected;
    this.workers = workers;
    this.ports = ports;
    epoll = new Epoll(FILES);
    bell = new EventFd();
    epoll.add(bell.fd(), BELL);
  }

  /// Reads an interface's sockets from now on, in place of those before; null for none.
  ///
  /// @throws IllegalStateException where the kernel watches no more files
  void set(PeerTable peers, @Nullable UdpSocket v4, @Nullable UdpSocket v6) {
    int number = peers.number();
    tables[number] = v4 == null && v6 == null ? null : peers;
    set(2 * number, v4);
    set(2 * number + V6, v6);
  }

  private void set(int token, @Nullable UdpSocket socket) {
    UdpSocket before = sockets[token];
    sockets[token] = null;
    if (before != null) {
      epoll.remove(before.fd());
    }
    if (socket == null) {
      return;
    }
    try {
      epoll.add(socket.fd(), token);
    } catch (OsException e) {
      throw new IllegalStateException("the kernel does not watch another file: " + e.getMessage());
    }
    sockets[token] = socket;
  }

  /// Ends the wait that is under way, or the next one. Any thread.
  void ring() {
    bell.ring();
  }

  /// Returns when something has arrived or the bell was rung; [#read] is to follow.
  void await() {
    ready = poll(-1);
  }

  /// Has the door take what has arrived, or a part of it that does not take long.
  ///
  /// @param now the boot clock
  void read(long now) {
    moreWaits = false;
    refusedAny = false;
    left = DATAGRAMS;
    if (ready == 0) {
      ready = poll(0);
    }
    turn = ready == 0 ? 0 : (turn + 1) % ready;
    for (int i = 0; i < ready; i++) {
      long token = epoll.token((turn + i) % ready);
      if (token == BELL) {
        bell.silence();
      } else {
        read((int) token, now);
      }
    }
    ready = 0;
  }

  private int poll(int timeoutMillis) {
    try {
      return epoll.await(timeoutMillis);
    } catch (OsException e) {
      throw new IllegalStateException("a handshake thread cannot wait: " + e.getMessage());
    }
  }

  private void read(int token, long now) {
    UdpSocket socket = sockets[token];
    PeerTable peers = tables[token / 2];
    if (socket == null || peers == null) {
      return;
    }
    int count = SLOTS;
    while (count == SLOTS && left > 0) {
      count = socket.receive(batch, SLOTS);
      for (int i = 0; i < count; i++) {
        offer(peers, i, now);
      }
    }
    moreWaits |= count == SLOTS;
  }

  /// One message: one datagram, or several from the same place.
  private void offer(PeerTable peers, int index, long now) {
    int offset = batch.offset(index);
    int length = batch.length(index);
    int size = batch.segmentSize(index);
    int at = 0;
    do { // once for a datagram of no bytes too
      Outcome refused = offer(peers, index, offset + at, Math.min(size, length - at), now);
      if (refused != null) {
        refusedAny = true;
        ports.count(peers, refused);
      }
      at += size;
      left--;
    } while (at < length);
  }

  private @Nullable Outcome offer(PeerTable peers, int index, int at, int length, long now) {
    NativeBuffer data = batch.data();
    return switch (MessageType.of(data, at, length)) {
      case MessageType.NONE -> HandshakeSink.malformed(data, at, length);
      case MessageType.TRANSPORT -> handOver(peers, index, at, length);
      default -> door.offer(peers, data, at, length, batch, index, now);
    };
  }

  /// A packet right behind a message of a handshake, which the kernel has put together; or it names
  /// a worker that there is not.
  private @Nullable Outcome handOver(PeerTable peers, int index, int at, int length) {
    NativeBuffer data = batch.data();
    int worker = IndexTable.workerOf(TransportMessage.receiver(data, at));
    boolean taken =
        worker < workers
            && misdirected.hand(
                worker, peers, data, at, length, batch.endpoint(index), batch.trafficClass(index));
    return taken ? null : Outcome.IN_NO_SESSION;
  }

  /// Whether more had arrived than the last [#read] took.
  boolean moreWaits() {
    return moreWaits;
  }

  /// Whether the last [#read] brought something that leads nowhere.
  boolean refusedAny() {
    return refusedAny;
  }

  @Override
  public void close() {
    epoll.close();
    bell.close();
    batch.close();
  }
}
