package io.wiregate.dataplane.wire;

/// The second message, from the responder (paper, 5.4.3):
///
/// ```
///   0 type | 4 sender | 8 receiver | 12 ephemeral | 44 tag of nothing | 60 mac1 | 76 mac2
/// ```
public final class ResponseMessage {
  /// Bytes.
  public static final int SIZE = 92;

  public static final int SENDER = 4;
  public static final int RECEIVER = 8;
  public static final int EPHEMERAL = 12;
  public static final int ENCRYPTED_NOTHING = 44;
  public static final int MAC1 = 60;
  public static final int MAC2 = 76;

  private ResponseMessage() {}

  /// Whether it has the type and the length of a response.
  public static boolean is(byte[] message) {
    return MessageType.of(message) == MessageType.RESPONSE;
  }

  /// The index that the responder chose.
  public static int sender(byte[] message) {
    return LittleEndian.getInt(message, SENDER);
  }

  /// The index that the initiator chose.
  public static int receiver(byte[] message) {
    return LittleEndian.getInt(message, RECEIVER);
  }

  /// Writes the type and both indices.
  public static void putHeader(byte[] message, int sender, int receiver) {
    LittleEndian.putInt(message, 0, MessageType.RESPONSE);
    LittleEndian.putInt(message, SENDER, sender);
    LittleEndian.putInt(message, RECEIVER, receiver);
  }
}
