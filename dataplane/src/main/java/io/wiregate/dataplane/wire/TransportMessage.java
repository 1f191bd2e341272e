package io.wiregate.dataplane.wire;

import io.wiregate.os.NativeBuffer;

/// A message with an encrypted packet, or with none as a keepalive (paper, 5.4.6):
///
/// ```
///   0 type | 4 receiver | 8 counter | 16 packet, padded + tag
/// ```
public final class TransportMessage {
  public static final int RECEIVER = 4;
  public static final int COUNTER = 8;

  /// Bytes before the encrypted packet.
  public static final int HEADER_SIZE = 16;

  /// Bytes of the tag behind the encrypted packet.
  public static final int TAG_SIZE = 16;

  /// Bytes by which a message is longer than its padded packet.
  public static final int OVERHEAD = HEADER_SIZE + TAG_SIZE;

  /// Bytes of a keepalive, the shortest message.
  public static final int MIN_SIZE = OVERHEAD;

  private TransportMessage() {}

  /// Whether it has the type and at least the length of a transport message.
  public static boolean is(NativeBuffer buffer, int offset, int length) {
    return length >= MIN_SIZE && buffer.getIntLittleEndian(offset) == MessageType.TRANSPORT;
  }

  /// The index that the receiver chose for the session.
  public static int receiver(NativeBuffer buffer, int offset) {
    return buffer.getIntLittleEndian(offset + RECEIVER);
  }

  /// The number of the message within its session; unsigned.
  public static long counter(NativeBuffer buffer, int offset) {
    return buffer.getLongLittleEndian(offset + COUNTER);
  }

  /// Writes everything before the encrypted packet.
  public static void putHeader(NativeBuffer buffer, int offset, int receiver, long counter) {
    buffer.putIntLittleEndian(offset, MessageType.TRANSPORT);
    buffer.putIntLittleEndian(offset + RECEIVER, receiver);
    buffer.putLongLittleEndian(offset + COUNTER, counter);
  }
}
