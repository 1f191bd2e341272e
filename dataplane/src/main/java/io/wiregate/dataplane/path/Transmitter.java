package io.wiregate.dataplane.path;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.outcome.OutcomeCounters;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.os.Errno;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.udp.SendBatch;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpSocket;
import org.jspecify.annotations.Nullable;

/// Hands messages of one address family to the kernel, and deals with what it refuses: a source
/// address that is gone, a way that takes no segmentation. One message's failure never holds up the
/// others. Owner: one worker thread.
final class Transmitter {
  private static final int CAPACITY = 64;

  private final SendBatch messages = new SendBatch(CAPACITY);
  private final SendBatch single = new SendBatch(SendBatch.MAX_SEGMENTS);
  private final @Nullable Peer[] peers = new @Nullable Peer[CAPACITY];
  private final boolean[] fragments = new boolean[CAPACITY];
  private boolean segmentationRefused;

  Transmitter() {}

  boolean isFull() {
    return messages.isFull();
  }

  /// Whether messages of several datagrams are worth making: `EIO` says that a device on the way
  /// out cannot compute their checksums, which does not change while it is there.
  boolean takesSegments(UdpSocket socket) {
    return socket.sendsSegments() && !segmentationRefused;
  }

  /// @param mayFragment whether its datagrams may be sent in fragments
  void add(
      Peer peer,
      UdpEndpoint to,
      NativeBuffer payload,
      int offset,
      int length,
      int segmentSize,
      int trafficClass,
      boolean mayFragment) {
    peers[messages.count()] = peer;
    fragments[messages.count()] = mayFragment;
    messages.add(to, payload, offset, length, segmentSize, trafficClass);
  }

  /// Sends what was added, through `socket`; without one, all is refused.
  void flush(@Nullable UdpSocket socket, OutcomeCounters counters, long now) {
    int count = messages.count();
    for (int first = 0; first < count; ) {
      int sent = socket == null ? -Errno.ENETDOWN : send(socket, first, count);
      if (sent > 0) {
        for (int i = first; i < first + sent; i++) {
          counters.count(Outcome.OUT_FORWARDED, messages.segmentCount(i));
        }
        first += sent;
      } else if (sent != -Errno.EINTR) {
        sendOtherwise(socket, first, -sent, counters, now);
        first++;
      }
    }
    for (int i = 0; i < count; i++) {
      peers[i] = null;
    }
    messages.clear();
  }

  /// Sends what comes next and is alike in whether it may be fragmented, which is all as a rule.
  private int send(UdpSocket socket, int first, int count) {
    boolean mayFragment = fragments[first];
    int end = first + 1;
    while (end < count && fragments[end] == mayFragment) {
      end++;
    }
    int refused = socket.setFragments(mayFragment);
    return refused < 0 ? refused : socket.send(messages, first, end);
  }

  /// One message that was refused as it was.
  private void sendOtherwise(
      @Nullable UdpSocket socket, int index, int errno, OutcomeCounters counters, long now) {
    Peer peer = peers[index];
    if (socket == null || peer == null) {
      counters.count(Outcome.OUT_UDP_REFUSED, messages.segmentCount(index));
      return;
    }
    boolean maybeSource =
        messages.destination(index).localAddress() != null
            && (errno == Errno.EINVAL
                || errno == Errno.ENETUNREACH
                || errno == Errno.EADDRNOTAVAIL);
    int segments = messages.segmentCount(index);
    boolean maybeSegments =
        segments > 1 && (errno == Errno.EINVAL || errno == Errno.EMSGSIZE || errno == Errno.EIO);
    int why = errno;
    // EINVAL may mean either: what goes by itself from the same address tells which.
    if (maybeSegments) {
      why = sendOneByOne(socket, index, segments, true, counters);
      if (why == 0) {
        if (errno == Errno.EIO) {
          segmentationRefused = true;
        } else {
          peer.where().onSegmentsRefused(now);
        }
        return;
      }
    }
    if (maybeSource && why != Errno.EMSGSIZE) {
      peer.where().forgetLocalAddress();
      why = sendOneByOne(socket, index, segments, false, counters);
      if (why == 0) {
        return;
      }
    }
    counters.count(refusal(index, why), segments);
  }

  private Outcome refusal(int index, int errno) {
    return errno == Errno.EMSGSIZE && !fragments[index]
        ? Outcome.OUT_NESTED_TOO_LARGE
        : Outcome.OUT_UDP_REFUSED;
  }

  /// Sends the datagrams of one message by themselves.
  ///
  /// @return 0, or the error number of the first one where that was refused; then nothing was sent,
  ///   and nothing counted
  private int sendOneByOne(
      UdpSocket socket, int index, int segments, boolean withSource, OutcomeCounters counters) {
    boolean any = false;
    for (int done = 0; done < segments; ) {
      single.clear();
      done += single.addUnsegmented(messages, index, done, withSource);
      for (int first = 0; first < single.count(); ) {
        int sent = socket.send(single, first);
        if (sent > 0) {
          any = true;
          counters.count(Outcome.OUT_FORWARDED, sent);
          first += sent;
        } else if (sent != -Errno.EINTR) {
          // One that is too large for its way says nothing of the smaller ones behind it.
          if (!any && !(sent == -Errno.EMSGSIZE && !fragments[index])) {
            return -sent;
          }
          counters.count(refusal(index, -sent));
          first++;
        }
      }
    }
    return 0;
  }

  void close() {
    messages.close();
    single.close();
  }
}
