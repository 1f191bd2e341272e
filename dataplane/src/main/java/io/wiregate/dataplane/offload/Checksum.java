package io.wiregate.dataplane.offload;

import io.wiregate.os.NativeBuffer;
import java.nio.ByteOrder;

/// The Internet checksum (RFC 1071).
///
/// A *sum* here is the ones' complement sum of 16-bit words in network order, folded to 16 bits;
/// what packets carry is its complement. Sums of parts add up with [#add], if all but the last part
/// have even lengths. A sum is 0 only if every byte was.
public final class Checksum {
  private static final long LOW_HALF = 0xffff_ffffL;
  private static final boolean SWAPPED = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

  private Checksum() {}

  /// The sum of `length` bytes; any alignment.
  public static int sum(NativeBuffer buffer, int offset, int length) {
    // The sum does not care for the byte order until the end (RFC 1071, 2 B), and 2^31 bytes cannot
    // overflow 64 bits. The loop must stay this plain: the compiler then makes it one of vectors,
    // at 0.03 to 0.05 ns per byte. Unrolled by hand, with two or four accumulators or with
    // add-and-carry, it stays scalar and takes twice to three times as long.
    long sum = 0;
    int at = 0;
    int end = length - 7;
    for (; at < end; at += 8) {
      long word = buffer.getLong(offset + at);
      sum += (word & LOW_HALF) + (word >>> 32);
    }
    return foldNative(sum + sumOfFew(buffer, offset + at, length - at));
  }

  /// Up to seven bytes.
  private static long sumOfFew(NativeBuffer buffer, int offset, int length) {
    int at = offset;
    long sum = 0;
    if ((length & 4) != 0) {
      sum = buffer.getInt(at) & LOW_HALF;
      at += 4;
    }
    if ((length & 2) != 0) {
      sum += buffer.getUnsignedShort(at);
      at += 2;
    }
    if ((length & 1) != 0) {
      sum += SWAPPED ? buffer.getUnsignedByte(at) : buffer.getUnsignedByte(at) << 8;
    }
    return sum;
  }

  private static int foldNative(long sum) {
    long folded = (sum >>> 32) + (sum & LOW_HALF);
    folded = (folded >>> 16) + (folded & 0xffff);
    folded = (folded >>> 16) + (folded & 0xffff);
    int result = (int) ((folded >>> 16) + (folded & 0xffff));
    return SWAPPED ? Short.reverseBytes((short) result) & 0xffff : result;
  }

  /// The sum of an IPv4 header without options. Headers are too short for a loop to pay: what comes
  /// before and after its vectors takes longer than the sum.
  static int sumOfV4Header(NativeBuffer buffer, int packet) {
    return foldNative(
        words(buffer, packet)
            + words(buffer, packet + 8)
            + (buffer.getInt(packet + 16) & LOW_HALF));
  }

  /// Eight bytes as two words of 32 bits, added: up to 2^31 of these can be.
  private static long words(NativeBuffer buffer, int at) {
    long both = buffer.getLong(at);
    return (both & LOW_HALF) + (both >>> 32);
  }

  /// Copies bytes from one place to another that does not overlap it.
  ///
  /// @return their sum
  public static int copyAndSum(
      NativeBuffer source, int sourceOffset, NativeBuffer target, int targetOffset, int length) {
    // Two passes: 0.05 ns per byte. One pass that loads, stores and adds takes 0.09, because the
    // compiler makes no vectors of it: it cannot know that the two do not overlap.
    target.copyFrom(targetOffset, source, sourceOffset, length);
    return sum(target, targetOffset, length);
  }

  /// The sum of two sums.
  public static int add(int sum, int other) {
    return fold(sum + other);
  }

  /// What is left of a sum without a part of it.
  public static int subtract(int sum, int part) {
    return fold(sum + (~part & 0xffff));
  }

  /// Makes a sum of a total of up to 32767 words.
  public static int fold(int total) {
    int folded = (total >>> 16) + (total & 0xffff);
    return (folded >>> 16) + (folded & 0xffff);
  }

  /// What a packet carries for this sum.
  public static int complement(int sum) {
    return ~sum & 0xffff;
  }

  /// What a packet carries where 0 means 'no checksum' (UDP): the same in ones' complement.
  public static int complementNotZero(int sum) {
    int complement = complement(sum);
    return complement == 0 ? 0xffff : complement;
  }

  /// The checksum after a 16-bit word under it changed (RFC 1624, equation 3).
  public static int update(int checksum, int oldWord, int newWord) {
    return complement(fold((~checksum & 0xffff) + (~oldWord & 0xffff) + newWord));
  }

  /// The sum of an IPv4 packet's pseudo-header (RFC 9293, 3.1).
  ///
  /// @param packet where its IP header starts
  /// @param length bytes of transport header and payload
  public static int pseudoHeaderV4(NativeBuffer buffer, int packet, int protocol, int length) {
    return fold(foldNative(words(buffer, packet + InnerPacket.V4_SOURCE)) + protocol + length);
  }

  /// The sum of an IPv6 packet's pseudo-header (RFC 8200, 8.1), for one without a routing header.
  ///
  /// @param packet where its IP header starts
  /// @param length bytes of transport header and payload, at most 65535
  public static int pseudoHeaderV6(NativeBuffer buffer, int packet, int protocol, int length) {
    int at = packet + InnerPacket.V6_SOURCE;
    long addresses =
        words(buffer, at) + words(buffer, at + 8) + words(buffer, at + 16) + words(buffer, at + 24);
    return fold(foldNative(addresses) + protocol + length);
  }
}
