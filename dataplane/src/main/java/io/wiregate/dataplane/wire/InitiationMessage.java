package io.wiregate.dataplane.wire;

/// The first message, from the initiator (paper, 5.4.2):
///
/// ```
///   0 type | 4 sender | 8 ephemeral | 40 static + tag | 88 timestamp + tag | 116 mac1 | 132 mac2
/// ```
public final class InitiationMessage {
  /// Bytes.
  public static final int SIZE = 148;

  public static final int SENDER = 4;
  public static final int EPHEMERAL = 8;
  public static final int ENCRYPTED_STATIC = 40;
  public static final int ENCRYPTED_TIMESTAMP = 88;
  public static final int MAC1 = 116;
  public static final int MAC2 = 132;

  private InitiationMessage() {}

  /// Whether it has the type and the length of an initiation.
  public static boolean is(byte[] message) {
    return MessageType.of(message) == MessageType.INITIATION;
  }

  /// The index that the initiator chose.
  public static int sender(byte[] message) {
    return LittleEndian.getInt(message, SENDER);
  }

  /// Writes the type and the sender's index.
  public static void putHeader(byte[] message, int sender) {
    LittleEndian.putInt(message, 0, MessageType.INITIATION);
    LittleEndian.putInt(message, SENDER, sender);
  }
}
