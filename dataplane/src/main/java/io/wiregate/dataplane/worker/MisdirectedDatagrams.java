package io.wiregate.dataplane.worker;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.udp.UdpEndpoint;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// Datagrams that another worker received and this one is meant by. Off the walk: with steering
/// they are the rare ones behind the first of an offload batch that spans two peers, so this may
/// lock and allocate; bounded in number and bytes. Any thread.
final class MisdirectedDatagrams {
  /// A datagram and where it came from.
  static final class Datagram {
    private final int interfaceNumber;
    private final byte[] bytes;
    private final UdpEndpoint from;
    private final int trafficClass;

    private Datagram(int interfaceNumber, byte[] bytes, UdpEndpoint from, int trafficClass) {
      this.interfaceNumber = interfaceNumber;
      this.bytes = bytes;
      this.from = from;
      this.trafficClass = trafficClass;
    }

    /// The same at every worker.
    int interfaceNumber() {
      return interfaceNumber;
    }

    /// Borrowed.
    byte[] bytes() {
      return bytes;
    }

    UdpEndpoint from() {
      return from;
    }

    int trafficClass() {
      return trafficClass;
    }
  }

  private static final int MAX_DATAGRAMS = 1024;
  private static final int MAX_BYTES = 4 << 20;

  private final ArrayDeque<Datagram> waiting = new ArrayDeque<>();
  private int waitingBytes;
  private volatile boolean any;

  synchronized boolean add(
      int interfaceNumber,
      NativeBuffer data,
      int offset,
      int length,
      UdpEndpoint from,
      int trafficClass) {
    if (waiting.size() >= MAX_DATAGRAMS || waitingBytes + length > MAX_BYTES) {
      return false;
    }
    waiting.addLast(
        new Datagram(interfaceNumber, data.toArray(offset, length), from, trafficClass));
    waitingBytes += length;
    any = true;
    return true;
  }

  boolean isEmpty() {
    return !any;
  }

  synchronized @Nullable Datagram poll() {
    Datagram first = waiting.pollFirst();
    if (first != null) {
      waitingBytes -= first.bytes().length;
    }
    any = !waiting.isEmpty();
    return first;
  }
}
