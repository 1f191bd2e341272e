package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.wire.InitiationMessage;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.udp.ReceiveBatch;
import io.wiregate.os.udp.UdpSource;
import org.jspecify.annotations.Nullable;

/// A handshake message and where it came from, in fields that are filled again and again. Owner:
/// whoever holds it; in a [HandshakeLane], whose turn it is.
final class ReceivedHandshake {
  private final byte[] bytes = new byte[InitiationMessage.SIZE];
  private final UdpSource source = new UdpSource();
  private int length;
  private @Nullable HandshakeQueue queue;
  private @Nullable HandshakeLane lane;
  private boolean fromStranger;
  private boolean toldAgain;

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

  /// Where it waited; null before anything was taken.
  @Nullable HandshakeQueue queue() {
    return queue;
  }

  @Nullable HandshakeLane lane() {
    return lane;
  }

  /// Whether it waited with those of whom we do not know.
  boolean isFromStranger() {
    return fromStranger;
  }

  /// Whether a cookie was demanded of its source a moment ago, and it was drawn to be answered
  /// nevertheless; see [CookieDemands].
  boolean isToldAgain() {
    return toldAgain;
  }

  /// A message of a receive batch.
  ///
  /// @param size at most that of an initiation
  void set(NativeBuffer data, int offset, int size, ReceiveBatch batch, int index) {
    toldAgain = false;
    data.copyTo(offset, bytes, 0, size);
    length = size;
    batch.copySource(index, source);
  }

  void tellAgain() {
    toldAgain = true;
  }

  void waitedIn(HandshakeLane of) {
    lane = of;
  }

  /// @param withStrangers whether in one of the lanes for those we do not know
  void waitedIn(HandshakeQueue of, boolean withStrangers) {
    queue = of;
    fromStranger = withStrangers;
  }

  void copyFrom(ReceivedHandshake other) {
    System.arraycopy(other.bytes, 0, bytes, 0, other.length);
    length = other.length;
    toldAgain = other.toldAgain;
    source.copyFrom(other.source);
  }
}
