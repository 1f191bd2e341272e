package io.wiregate.os.link;

import static io.wiregate.os.link.RtnetlinkConstants.NLA_TYPE_MASK;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.net.IpAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The messages in what one recv(2) brought, seen one at a time. Source: netlink(7).
final class NetlinkReply {
  private static final int HEADER_SIZE = NetlinkMessage.HEADER_SIZE;
  private static final int ATTRIBUTE_HEADER_SIZE = 4;

  private final NativeBuffer buffer;
  private int received;
  private int start;
  private int end;
  private int next;

  // The attributes at hand: those of the message, or those within one of them.
  private int attributes;
  private int attributesEnd;

  NetlinkReply(NativeBuffer buffer) {
    this.buffer = buffer;
  }

  void onReceived(int length) {
    received = length;
    next = 0;
  }

  /// Goes on to the next message, if there is one.
  boolean advance() {
    start = next;
    if (received - start < HEADER_SIZE) {
      return false;
    }
    int length = buffer.getInt(start);
    if (length < HEADER_SIZE || length > received - start) {
      return false;
    }
    end = start + length;
    next = start + ((length + 3) & ~3);
    attributes = end;
    attributesEnd = end;
    return true;
  }

  int type() {
    return buffer.getUnsignedShort(start + 4);
  }

  int flags() {
    return buffer.getUnsignedShort(start + 6);
  }

  int sequence() {
    return buffer.getInt(start + 8);
  }

  /// A byte of the fixed part, 0 past the message's end.
  int fixedByte(int offset) {
    int at = start + HEADER_SIZE + offset;
    return at < end ? buffer.getUnsignedByte(at) : 0;
  }

  int fixedInt(int offset) {
    int at = start + HEADER_SIZE + offset;
    return at + 4 <= end ? buffer.getInt(at) : 0;
  }

  /// Says how long the fixed part is, after which the attributes follow; where that is longer than
  /// the message, there are none.
  void seekAttributes(int fixedSize) {
    int room = end - start - HEADER_SIZE;
    boolean fits = fixedSize >= 0 && fixedSize <= room;
    attributes = fits ? start + HEADER_SIZE + ((fixedSize + 3) & ~3) : end;
    attributesEnd = end;
  }

  /// Goes into an attribute that holds others; [#seekAttributes] leads out again.
  ///
  /// @return false where there is none
  boolean enter(int attribute) {
    int at = find(attributes, attributesEnd, attribute);
    if (at < 0) {
      return false;
    }
    attributesEnd = at + length(at);
    attributes = at;
    return true;
  }

  /// Where the value of an attribute is, -1 where there is none.
  private int find(int from, int to, int attribute) {
    int at = from;
    while (at + ATTRIBUTE_HEADER_SIZE <= to) {
      int length = buffer.getUnsignedShort(at);
      if (length < ATTRIBUTE_HEADER_SIZE || at + length > to) {
        return -1;
      }
      if ((buffer.getUnsignedShort(at + 2) & NLA_TYPE_MASK) == attribute) {
        return at + ATTRIBUTE_HEADER_SIZE;
      }
      at += (length + 3) & ~3;
    }
    return -1;
  }

  private int length(int value) {
    return buffer.getUnsignedShort(value - ATTRIBUTE_HEADER_SIZE) - ATTRIBUTE_HEADER_SIZE;
  }

  int intValue(int attribute, int otherwise) {
    int at = find(attributes, attributesEnd, attribute);
    return at < 0 || length(at) < 4 ? otherwise : buffer.getInt(at);
  }

  int byteValue(int attribute, int otherwise) {
    int at = find(attributes, attributesEnd, attribute);
    return at < 0 || length(at) < 1 ? otherwise : buffer.getUnsignedByte(at);
  }

  int shortBigEndianValue(int attribute, int otherwise) {
    int at = find(attributes, attributesEnd, attribute);
    return at < 0 || length(at) < 2 ? otherwise : buffer.getUnsignedShortBigEndian(at);
  }

  @Nullable IpAddress address(int attribute) {
    int at = find(attributes, attributesEnd, attribute);
    int length = at < 0 ? 0 : length(at);
    return length == 4 || length == 16 ? IpAddress.of(buffer.toArray(at, length)) : null;
  }

  /// Empty where there is none.
  String string(int attribute) {
    return text(find(attributes, attributesEnd, attribute));
  }

  String nestedString(int outer, int attribute) {
    int at = find(attributes, attributesEnd, outer);
    return at < 0 ? "" : text(find(at, at + length(at), attribute));
  }

  private String text(int at) {
    if (at < 0) {
      return "";
    }
    int length = length(at);
    while (length > 0 && buffer.getByte(at + length - 1) == 0) {
      length--;
    }
    return new String(buffer.toArray(at, length), StandardCharsets.UTF_8);
  }
}
