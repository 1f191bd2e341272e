package io.wiregate.os.link;

import static io.wiregate.os.link.RtnetlinkConstants.NLA_F_NESTED;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.net.IpAddress;
import java.nio.charset.StandardCharsets;

/// A request under construction: `struct nlmsghdr`, the fixed part that its type asks for, then
/// attributes. Source: netlink(7), rtnetlink(7).
final class NetlinkMessage {
  /// `struct nlmsghdr`.
  static final int HEADER_SIZE = 16;

  private static final int ATTRIBUTE_HEADER_SIZE = 4;

  private final NativeBuffer buffer;
  private int end;

  NetlinkMessage(NativeBuffer buffer) {
    this.buffer = buffer;
  }

  /// Starts a message with a fixed part of zeros.
  void begin(int type, int flags, int sequence, int fixedSize) {
    end = HEADER_SIZE + fixedSize;
    buffer.wipe(0, end);
    buffer.putShort(4, type);
    buffer.putShort(6, flags);
    buffer.putInt(8, sequence);
  }

  /// Turns the request into one with more flags.
  void addFlags(int flags) {
    buffer.putShort(6, buffer.getUnsignedShort(6) | flags);
  }

  void setSequence(int sequence) {
    buffer.putInt(8, sequence);
  }

  void putFixedByte(int offset, int value) {
    buffer.putByte(HEADER_SIZE + offset, value);
  }

  void putFixedInt(int offset, int value) {
    buffer.putInt(HEADER_SIZE + offset, value);
  }

  void putByte(int attribute, int value) {
    buffer.putByte(start(attribute, 1), value);
  }

  void putShortBigEndian(int attribute, int value) {
    buffer.putShortBigEndian(start(attribute, 2), value);
  }

  void putInt(int attribute, int value) {
    buffer.putInt(start(attribute, 4), value);
  }

  void putAddress(int attribute, IpAddress address) {
    byte[] bytes = address.toBytes();
    buffer.copyFrom(start(attribute, bytes.length), bytes, 0, bytes.length);
  }

  void putString(int attribute, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    buffer.copyFrom(start(attribute, bytes.length + 1), bytes, 0, bytes.length);
  }

  /// Begins an attribute that holds the ones to come, up to [#endNested].
  ///
  /// @return what to end it by
  int beginNested(int attribute) {
    int begun = end;
    start(attribute | NLA_F_NESTED, 0);
    return begun;
  }

  /// Ends an attribute that holds others.
  ///
  /// @param begun what [#beginNested] returned
  void endNested(int begun) {
    buffer.putShort(begun, end - begun);
  }

  /// Adds an attribute of zeros and says where its value is.
  private int start(int attribute, int length) {
    int at = end;
    int size = ATTRIBUTE_HEADER_SIZE + length;
    int padded = (size + 3) & ~3;
    buffer.wipe(at, padded);
    buffer.putShort(at, size);
    buffer.putShort(at + 2, attribute);
    end = at + padded;
    return at + ATTRIBUTE_HEADER_SIZE;
  }

  /// Completes the message and returns its length.
  int finish() {
    buffer.putInt(0, end);
    return end;
  }

  long address() {
    return buffer.address(0, end);
  }
}
