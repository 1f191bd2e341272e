package io.wiregate.dataplane.wire;

import io.wiregate.os.NativeBuffer;

/// The two MACs that end an initiation and a response alike (paper, 5.4.4): each covers everything
/// before it.
public final class HandshakeMacs {
  /// Bytes of one MAC, and of a cookie.
  public static final int MAC_SIZE = 16;

  private HandshakeMacs() {}

  /// Where `mac1` begins, which is also the number of bytes it covers.
  public static int mac1(byte[] message) {
    return message.length - 2 * MAC_SIZE;
  }

  /// Where `mac2` begins, which is also the number of bytes it covers.
  public static int mac2(byte[] message) {
    return message.length - MAC_SIZE;
  }

  /// Whether it carries a `mac2` at all: without a cookie it is zero.
  public static boolean hasMac2(byte[] message) {
    int any = 0;
    for (int i = mac2(message); i < message.length; i++) {
      any |= message[i];
    }
    return any != 0;
  }

  /// As [#hasMac2(byte[])], of a message in a buffer.
  ///
  /// @param length of the message, which starts at `offset`
  public static boolean hasMac2(NativeBuffer data, int offset, int length) {
    int mac2 = offset + length - MAC_SIZE;
    return (data.getLongBigEndian(mac2) | data.getLongBigEndian(mac2 + Long.BYTES)) != 0;
  }

  /// The index that the sender of an initiation or a response chose; both hold it in the same
  /// place, so that a cookie reply can go to either.
  public static int sender(byte[] message) {
    return LittleEndian.getInt(message, InitiationMessage.SENDER);
  }
}
