package io.wiregate.dataplane.wire;

import io.wiregate.os.NativeBuffer;

/// What a message is: its first 32 bits. The paper has one byte of type and three reserved bytes;
/// read as one number, a message with anything in the reserved bytes is of no type at all.
public final class MessageType {
  /// What [#of] says of bytes that are no message of WireGuard.
  public static final int NONE = 0;

  public static final int INITIATION = 1;
  public static final int RESPONSE = 2;
  public static final int COOKIE_REPLY = 3;
  public static final int TRANSPORT = 4;

  /// Bytes of the first 32 bits.
  private static final int SIZE = 4;

  private MessageType() {}

  /// The type of a message that also has a length that this type may have, or [#NONE].
  public static int of(NativeBuffer buffer, int offset, int length) {
    return length < SIZE ? NONE : ofLength(buffer.getIntLittleEndian(offset), length);
  }

  /// The type of a message that also has a length that this type may have, or [#NONE].
  public static int of(byte[] message) {
    return message.length < SIZE ? NONE : ofLength(LittleEndian.getInt(message, 0), message.length);
  }

  /// Whether bytes begin as a message of a handshake does, whatever their length.
  public static boolean claimsHandshake(NativeBuffer buffer, int offset, int length) {
    if (length < SIZE) {
      return false;
    }
    int type = buffer.getIntLittleEndian(offset);
    return type >= INITIATION && type <= COOKIE_REPLY;
  }

  private static int ofLength(int type, int length) {
    boolean fits =
        switch (type) {
          case INITIATION -> length == InitiationMessage.SIZE;
          case RESPONSE -> length == ResponseMessage.SIZE;
          case COOKIE_REPLY -> length == CookieReplyMessage.SIZE;
          case TRANSPORT -> length >= TransportMessage.MIN_SIZE;
          default -> false;
        };
    return fits ? type : NONE;
  }
}
