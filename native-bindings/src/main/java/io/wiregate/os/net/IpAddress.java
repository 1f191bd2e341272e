package io.wiregate.os.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/// An IPv4 or IPv6 address.
///
/// @param isV6 which family
/// @param high the upper 64 bits of an IPv6 address; 0 for IPv4
/// @param low the lower 64 bits of an IPv6 address; an IPv4 address in the lower 32 bits
public record IpAddress(boolean isV6, long high, long low) implements Comparable<IpAddress> {
  public IpAddress {
    if (!isV6 && (high != 0 || low >>> 32 != 0)) {
      throw new IllegalArgumentException("an IPv4 address has 32 bits");
    }
  }

  public static IpAddress v4(int address) {
    return new IpAddress(false, 0, Integer.toUnsignedLong(address));
  }

  public static IpAddress v6(long high, long low) {
    return new IpAddress(true, high, low);
  }

  /// From 4 or 16 bytes in network order.
  public static IpAddress of(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return switch (bytes.length) {
      case 4 -> v4(buffer.getInt());
      case 16 -> v6(buffer.getLong(), buffer.getLong());
      default -> throw new IllegalArgumentException("an address has 4 or 16 bytes");
    };
  }

  /// Reads an address as people write it: four decimal numbers, or RFC 4291's forms of IPv6,
  /// without brackets and without a zone. Names are not looked up.
  ///
  /// @throws IllegalArgumentException if it is none; the message shows the text
  public static IpAddress parse(String text) {
    // InetAddress would take "1.2" and "%eth0" too, and turn ::ffff:1.2.3.4 into an IPv4 address.
    if (text.indexOf(':') < 0) {
      return parseV4(text);
    }
    if (text.indexOf('%') >= 0 || text.indexOf('[') >= 0) {
      throw malformed(text);
    }
    byte[] bytes;
    try {
      bytes = InetAddress.ofLiteral(text).getAddress();
    } catch (IllegalArgumentException refused) {
      throw malformed(text);
    }
    if (bytes.length == 4) {
      return v6(0, 0xffff_0000_0000L | Integer.toUnsignedLong(ByteBuffer.wrap(bytes).getInt()));
    }
    return of(bytes);
  }

  private static IpAddress parseV4(String text) {
    String[] parts = text.split("\\.", -1);
    if (parts.length != 4) {
      throw malformed(text);
    }
    int address = 0;
    for (String part : parts) {
      boolean digits = part.chars().allMatch(c -> c >= '0' && c <= '9');
      // Other programs read a leading zero as octal, so nobody can know what was meant.
      boolean ambiguous = part.length() > 1 && part.charAt(0) == '0';
      if (part.isEmpty()
          || part.length() > 3
          || !digits
          || ambiguous
          || Integer.parseInt(part) > 255) {
        throw malformed(text);
      }
      address = address << 8 | Integer.parseInt(part);
    }
    return v4(address);
  }

  private static IllegalArgumentException malformed(String text) {
    return new IllegalArgumentException("'" + text + "' is not an IP address");
  }

  /// 32 or 128.
  public int bits() {
    return isV6 ? 128 : 32;
  }

  /// Whether it is of `fe80::/10`, which is good on one link only (RFC 4291, 2.5.6).
  public boolean isLinkLocal() {
    return isV6 && high >>> 54 == 0xfe80 >>> 6;
  }

  /// 4 or 16 bytes in network order.
  public byte[] toBytes() {
    return isV6
        ? ByteBuffer.allocate(16).putLong(high).putLong(low).array()
        : ByteBuffer.allocate(4).putInt((int) low).array();
  }

  public InetAddress toInetAddress() {
    try {
      return InetAddress.getByAddress(toBytes());
    } catch (UnknownHostException impossible) {
      throw new AssertionError(impossible);
    }
  }

  @Override
  public int compareTo(IpAddress other) {
    if (isV6 != other.isV6) {
      return isV6 ? 1 : -1;
    }
    int byHigh = Long.compareUnsigned(high, other.high);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
  }

  /// RFC 5952: lower case, the longest run of zero groups shortened.
  @Override
  public String toString() {
    if (!isV6) {
      return (low >>> 24) + "." + (low >>> 16 & 255) + "." + (low >>> 8 & 255) + "." + (low & 255);
    }
    int start = -1;
    int length = 1; // a single zero group is not shortened
    for (int i = 0; i < 8; i++) {
      int run = 0;
      while (i + run < 8 && group(i + run) == 0) {
        run++;
      }
      if (run > length) {
        start = i;
        length = run;
      }
    }
    StringBuilder text = new StringBuilder(39);
    for (int i = 0; i < 8; i++) {
      if (i == start) {
        text.append("::");
        i += length - 1;
      } else {
        if (i > 0 && i != start + length) {
          text.append(':');
        }
        text.append(Integer.toHexString(group(i)));
      }
    }
    return text.toString();
  }

  private int group(int index) {
    long half = index < 4 ? high : low;
    return (int) (half >>> (48 - 16 * (index & 3))) & 0xffff;
  }
}
