package io.wiregate.dataplane.wire;

/// The answer of a responder under load to whoever sent a handshake message without a cookie
/// (paper, 5.4.7):
///
/// ```
///   0 type | 4 receiver | 8 nonce | 32 cookie + tag
/// ```
public final class CookieReplyMessage {
  /// Bytes.
  public static final int SIZE = 64;

  public static final int RECEIVER = 4;
  public static final int NONCE = 8;
  public static final int NONCE_SIZE = 24;
  public static final int ENCRYPTED_COOKIE = 32;

  private CookieReplyMessage() {}

  /// Whether it has the type and the length of a cookie reply.
  public static boolean is(byte[] message) {
    return MessageType.of(message) == MessageType.COOKIE_REPLY;
  }

  /// The index that the sender of the message it answers chose.
  public static int receiver(byte[] message) {
    return LittleEndian.getInt(message, RECEIVER);
  }

  /// Writes the type and the receiver's index.
  public static void putHeader(byte[] message, int receiver) {
    LittleEndian.putInt(message, 0, MessageType.COOKIE_REPLY);
    LittleEndian.putInt(message, RECEIVER, receiver);
  }
}
