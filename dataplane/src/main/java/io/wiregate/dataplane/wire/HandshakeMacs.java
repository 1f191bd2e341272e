package io.wiregate.dataplane.wire;

/// The two MACs that end an initiation and a response alike (paper, 5.4.4): each covers everything
/// before it.
public final class HandshakeMacs {
  /// Bytes of one MAC, and of a cookie.
  public static final int MAC_SIZE = 16;

  private HandshakeMacs() {}

  /// Where `mac1` begins, which is also the number of bytes it covers.
  public static int mac1(byte[] message) {
    return mac1(message.length);
  }

  /// As [#mac1(byte[])], of a message of that length.
  public static int mac1(int length) {
    return length - 2 * MAC_SIZE;
  }

  /// Where `mac2` begins, which is also the number of bytes it covers.
  public static int mac2(byte[] message) {
    return mac2(message.length);
  }

  private static int mac2(int length) {
    return length - MAC_SIZE;
  }

  /// Whether it carries a `mac2` at all: without a cookie it is zero.
  public static boolean hasMac2(byte[] message) {
    return hasMac2(message, message.length);
  }

  /// As [#hasMac2(byte[])], of the message in the first `length` bytes.
  public static boolean hasMac2(byte[] message, int length) {
    int any = 0;
    for (int i = mac2(length); i < length; i++) {
      any |= message[i];
    }
    return any != 0;
  }

  /// The index that the sender of an initiation or a response chose; both hold it in the same
  /// place, so that a cookie reply can go to either.
  public static int sender(byte[] message) {
    return LittleEndian.getInt(message, InitiationMessage.SENDER);
  }
}
