package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.path.HandshakeSink;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.dataplane.wire.InitiationMessage;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.udp.ReceiveBatch;
import io.wiregate.os.udp.UdpSource;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Handshake messages on their way from workers to handshake threads: a ring whose places are
/// filled again and again, so that no number of strangers' messages takes memory or makes a worker
/// wait.
///
/// Any number of threads on either side. The algorithm is Vyukov's bounded queue: each place has a
/// sequence number that says whose turn it is.
final class HandshakeQueue implements HandshakeSink {
  /// Messages that may wait. At some 5,000 handshakes per second a full queue is 0.2 s of work.
  static final int CAPACITY = 1024;

  private static final int MASK = CAPACITY - 1;
  private static final VarHandle SEQUENCE = MethodHandles.arrayElementVarHandle(long[].class);

  /// A message, as long as whoever took it holds it.
  static final class Message {
    private final byte[] bytes = new byte[InitiationMessage.SIZE];
    private final UdpSource source = new UdpSource();
    private int length;
    private @Nullable PeerTable peers;

    /// The message in the first [#length] bytes.
    byte[] bytes() {
      return bytes;
    }

    int length() {
      return length;
    }

    UdpSource source() {
      return source;
    }

    /// The peers of the interface that it arrived at.
    @Nullable PeerTable peers() {
      return peers;
    }

    private void copyFrom(Message other) {
      System.arraycopy(other.bytes, 0, bytes, 0, other.length);
      length = other.length;
      source.copyFrom(other.source);
      peers = other.peers;
    }
  }

  private final Message[] messages = new Message[CAPACITY];
  private final long[] sequences = new long[CAPACITY];
  private final AtomicLong head = new AtomicLong();
  private final AtomicLong tail = new AtomicLong();
  private final AtomicIntegerArray waiting = new AtomicIntegerArray(Worker.MAX_INTERFACES);
  private final Runnable onOffered;

  /// @param onOffered called after each message, without waiting
  HandshakeQueue(Runnable onOffered) {
    this.onOffered = onOffered;
    for (int i = 0; i < CAPACITY; i++) {
      messages[i] = new Message();
      sequences[i] = i;
    }
  }

  @Override
  public boolean offer(
      PeerTable peers, NativeBuffer data, int offset, int length, ReceiveBatch batch, int index) {
    if (length > InitiationMessage.SIZE) {
      return false;
    }
    long position = tail.get();
    while (true) {
      long turn = (long) SEQUENCE.getAcquire(sequences, (int) position & MASK) - position;
      if (turn < 0) {
        return false;
      }
      if (turn == 0 && tail.compareAndSet(position, position + 1)) {
        break;
      }
      position = tail.get();
    }
    Message message = messages[(int) position & MASK];
    data.copyTo(offset, message.bytes, 0, length);
    message.length = length;
    message.peers = peers;
    batch.copySource(index, message.source);
    waiting.incrementAndGet(peers.number());
    SEQUENCE.setRelease(sequences, (int) position & MASK, position + 1);
    onOffered.run();
    return true;
  }

  /// Takes the message that has waited longest.
  ///
  /// @param into gets a copy
  /// @return false where none waits
  boolean poll(Message into) {
    long position = head.get();
    while (true) {
      long turn = (long) SEQUENCE.getAcquire(sequences, (int) position & MASK) - (position + 1);
      if (turn < 0) {
        return false;
      }
      if (turn == 0 && head.compareAndSet(position, position + 1)) {
        break;
      }
      position = head.get();
    }
    into.copyFrom(messages[(int) position & MASK]);
    PeerTable peers = into.peers;
    if (peers != null) {
      waiting.decrementAndGet(peers.number());
    }
    SEQUENCE.setRelease(sequences, (int) position & MASK, position + CAPACITY);
    return true;
  }

  /// Messages that wait, about.
  int size() {
    return (int) Math.max(0, tail.get() - head.get());
  }

  /// Those of one interface.
  int waiting(PeerTable peers) {
    return waiting.get(peers.number());
  }

  boolean isEmpty() {
    return size() == 0;
  }
}
