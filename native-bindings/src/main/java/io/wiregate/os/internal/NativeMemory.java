package io.wiregate.os.internal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Reads and writes native memory by address, unchecked: [io.wiregate.os.NativeBuffer] checks.
///
/// One constant segment spans the address space, so that the compiler knows its kind, its bounds
/// and that it is always alive, and each access becomes one instruction.
public final class NativeMemory {
  @SuppressWarnings("restricted")
  private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final ValueLayout.OfShort SHORT_BE =
      JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT_BE =
      JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT_LE =
      JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG_BE =
      JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong LONG_LE =
      JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private NativeMemory() {}

  public static byte getByte(long address) {
    return MEMORY.get(JAVA_BYTE, address);
  }

  public static void putByte(long address, byte value) {
    MEMORY.set(JAVA_BYTE, address, value);
  }

  public static short getShort(long address) {
    return MEMORY.get(JAVA_SHORT_UNALIGNED, address);
  }

  public static void putShort(long address, short value) {
    MEMORY.set(JAVA_SHORT_UNALIGNED, address, value);
  }

  public static short getShortBigEndian(long address) {
    return MEMORY.get(SHORT_BE, address);
  }

  public static void putShortBigEndian(long address, short value) {
    MEMORY.set(SHORT_BE, address, value);
  }

  public static int getInt(long address) {
    return MEMORY.get(JAVA_INT_UNALIGNED, address);
  }

  public static void putInt(long address, int value) {
    MEMORY.set(JAVA_INT_UNALIGNED, address, value);
  }

  public static int getIntBigEndian(long address) {
    return MEMORY.get(INT_BE, address);
  }

  public static void putIntBigEndian(long address, int value) {
    MEMORY.set(INT_BE, address, value);
  }

  public static int getIntLittleEndian(long address) {
    return MEMORY.get(INT_LE, address);
  }

  public static void putIntLittleEndian(long address, int value) {
    MEMORY.set(INT_LE, address, value);
  }

  public static long getLong(long address) {
    return MEMORY.get(JAVA_LONG_UNALIGNED, address);
  }

  public static void putLong(long address, long value) {
    MEMORY.set(JAVA_LONG_UNALIGNED, address, value);
  }

  public static long getLongBigEndian(long address) {
    return MEMORY.get(LONG_BE, address);
  }

  public static void putLongBigEndian(long address, long value) {
    MEMORY.set(LONG_BE, address, value);
  }

  public static long getLongLittleEndian(long address) {
    return MEMORY.get(LONG_LE, address);
  }

  public static void putLongLittleEndian(long address, long value) {
    MEMORY.set(LONG_LE, address, value);
  }

  /// memmove(3).
  public static void copy(long source, long target, long length) {
    MemorySegment.copy(MEMORY, source, MEMORY, target, length);
  }

  public static void copyIn(byte[] source, int sourceOffset, long target, int length) {
    MemorySegment.copy(source, sourceOffset, MEMORY, JAVA_BYTE, target, length);
  }

  public static void copyOut(long source, byte[] target, int targetOffset, int length) {
    MemorySegment.copy(MEMORY, JAVA_BYTE, source, target, targetOffset, length);
  }

  public static void fill(long address, long length, byte value) {
    MEMORY.asSlice(address, length).fill(value);
  }

  public static MemorySegment segment(long address, long length) {
    return MEMORY.asSlice(address, length);
  }
}
