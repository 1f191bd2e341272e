package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.wire.InitiationMessage;
import io.wiregate.os.udp.UdpSource;
import org.jspecify.annotations.Nullable;

/// A handshake message and where it came from, in fields that are filled again and again. Owner:
/// whoever holds it; in a [HandshakeLane], whose turn it is.
final class ReceivedHandshake {
  final byte[] bytes = new byte[InitiationMessage.SIZE];
  final UdpSource source = new UdpSource();
  int length;

  /// Where it waited, once it was taken.
  @Nullable HandshakeQueue queue;

  @Nullable HandshakeLane lane;

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

  void copyFrom(ReceivedHandshake other) {
    System.arraycopy(other.bytes, 0, bytes, 0, other.length);
    length = other.length;
    source.copyFrom(other.source);
  }
}
