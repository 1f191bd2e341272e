package io.wiregate.os;

import io.wiregate.os.internal.Libc;
import io.wiregate.os.internal.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/// A fixed block of native memory for packets, messages and keys.
///
/// Owner: whoever allocated it, who also closes it. Any thread may read and write; nothing is
/// synchronised. Every access is checked against the block's size, so that a length from the wire
/// can never reach memory outside. There is no check of liveness: using a buffer after [#close] is
/// undefined, so a buffer is closed only after the threads that use it have ended.
///
/// Why not a [MemorySegment]: its accessors are fast only while the compiler sees a single kind of
/// segment at the call site, and they check the owning arena on each access. All accesses here go
/// through one constant segment that spans the address space.
public final class NativeBuffer implements AutoCloseable {
  /// From this size on, memory comes from the kernel: it zeroes each page when it is first used,
  /// where others would have to write zeros at once, so that all of a buffer would be resident.
  private static final int MAPPED_SIZE = 128 * 1024;

  /// The smallest there is, to which mappings are aligned.
  private static final int PAGE_SIZE = 4096;

  private static final int PROT_READ_WRITE = 1 | 2;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x02 | 0x20;

  private final AtomicBoolean closed = new AtomicBoolean();
  private final long address;
  private final int size;

  /// Whether it is a mapping of its own; else it comes from the C library. Not from an arena: to
  /// close one that several threads may use stops each thread of the process for a moment, and some
  /// buffers live no longer than a call.
  private final boolean isMapped;

  private NativeBuffer(boolean isMapped, long address, int size) {
    this.isMapped = isMapped;
    this.address = address;
    this.size = size;
  }

  /// Allocates zeroed memory, aligned to 64 bytes (a cache line).
  ///
  /// @param size bytes, positive
  public static NativeBuffer allocate(int size) {
    return allocate(size, 64);
  }

  /// Allocates zeroed memory.
  ///
  /// @param size bytes, positive
  /// @param alignment a power of two that the address is a multiple of
  public static NativeBuffer allocate(int size, int alignment) {
    if (size >= MAPPED_SIZE && alignment <= PAGE_SIZE) {
      long mapped = Libc.mmap(0, size, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
      if (mapped < 0) {
        throw new OutOfMemoryError("mmap of " + size + " bytes");
      }
      return new NativeBuffer(true, mapped, size);
    }
    if (size < 1) {
      throw new IllegalArgumentException("a buffer of " + size + " bytes");
    }
    int rounded = Math.ceilDiv(size, alignment) * alignment;
    long allocated = Libc.aligned_alloc(alignment, rounded);
    if (allocated == 0) {
      throw new OutOfMemoryError("aligned_alloc of " + rounded + " bytes");
    }
    NativeMemory.fill(allocated, rounded, (byte) 0);
    return new NativeBuffer(false, allocated, size);
  }

  /// A string as C wants it: UTF-8 and a NUL, which [#size] counts.
  public static NativeBuffer ofString(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    NativeBuffer buffer = allocate(bytes.length + 1);
    buffer.copyFrom(0, bytes, 0, bytes.length);
    return buffer;
  }

  /// Bytes.
  public int size() {
    return size;
  }

  /// The address of the byte at `offset`, for a native call that touches `length` bytes from there.
  public long address(int offset, int length) {
    Objects.checkFromIndexSize(offset, length, size);
    return address + offset;
  }

  public byte getByte(int offset) {
    return NativeMemory.getByte(address + Objects.checkIndex(offset, size));
  }

  public int getUnsignedByte(int offset) {
    return getByte(offset) & 0xff;
  }

  public void putByte(int offset, int value) {
    NativeMemory.putByte(address + Objects.checkIndex(offset, size), (byte) value);
  }

  /// An unsigned 16-bit number in network order.
  public int getUnsignedShortBigEndian(int offset) {
    return NativeMemory.getShortBigEndian(address + Objects.checkIndex(offset, size - 1)) & 0xffff;
  }

  public void putShortBigEndian(int offset, int value) {
    NativeMemory.putShortBigEndian(address + Objects.checkIndex(offset, size - 1), (short) value);
  }

  /// An unsigned 16-bit number in the processor's order.
  public int getUnsignedShort(int offset) {
    return NativeMemory.getShort(address + Objects.checkIndex(offset, size - 1)) & 0xffff;
  }

  public void putShort(int offset, int value) {
    NativeMemory.putShort(address + Objects.checkIndex(offset, size - 1), (short) value);
  }

  public int getIntBigEndian(int offset) {
    return NativeMemory.getIntBigEndian(address + Objects.checkIndex(offset, size - 3));
  }

  public void putIntBigEndian(int offset, int value) {
    NativeMemory.putIntBigEndian(address + Objects.checkIndex(offset, size - 3), value);
  }

  public int getIntLittleEndian(int offset) {
    return NativeMemory.getIntLittleEndian(address + Objects.checkIndex(offset, size - 3));
  }

  public void putIntLittleEndian(int offset, int value) {
    NativeMemory.putIntLittleEndian(address + Objects.checkIndex(offset, size - 3), value);
  }

  /// A 32-bit number in the processor's order, as C structures hold it.
  public int getInt(int offset) {
    return NativeMemory.getInt(address + Objects.checkIndex(offset, size - 3));
  }

  public void putInt(int offset, int value) {
    NativeMemory.putInt(address + Objects.checkIndex(offset, size - 3), value);
  }

  public long getLongBigEndian(int offset) {
    return NativeMemory.getLongBigEndian(address + Objects.checkIndex(offset, size - 7));
  }

  public void putLongBigEndian(int offset, long value) {
    NativeMemory.putLongBigEndian(address + Objects.checkIndex(offset, size - 7), value);
  }

  public long getLongLittleEndian(int offset) {
    return NativeMemory.getLongLittleEndian(address + Objects.checkIndex(offset, size - 7));
  }

  public void putLongLittleEndian(int offset, long value) {
    NativeMemory.putLongLittleEndian(address + Objects.checkIndex(offset, size - 7), value);
  }

  /// A 64-bit number in the processor's order, as C structures hold it.
  public long getLong(int offset) {
    return NativeMemory.getLong(address + Objects.checkIndex(offset, size - 7));
  }

  public void putLong(int offset, long value) {
    NativeMemory.putLong(address + Objects.checkIndex(offset, size - 7), value);
  }

  /// Copies `length` bytes into this buffer; the ranges may overlap.
  public void copyFrom(int offset, NativeBuffer source, int sourceOffset, int length) {
    NativeMemory.copy(source.address(sourceOffset, length), address(offset, length), length);
  }

  /// Copies `length` bytes of an array into this buffer.
  public void copyFrom(int offset, byte[] source, int sourceOffset, int length) {
    Objects.checkFromIndexSize(sourceOffset, length, source.length);
    NativeMemory.copyIn(source, sourceOffset, address(offset, length), length);
  }

  /// Copies `length` bytes from here into an array.
  public void copyTo(int offset, byte[] target, int targetOffset, int length) {
    Objects.checkFromIndexSize(targetOffset, length, target.length);
    NativeMemory.copyOut(address(offset, length), target, targetOffset, length);
  }

  /// A copy of `length` bytes as an array.
  public byte[] toArray(int offset, int length) {
    byte[] bytes = new byte[length];
    copyTo(offset, bytes, 0, length);
    return bytes;
  }

  /// Sets `length` bytes to zero. Native memory is never optimised away as a dead store, so this
  /// also wipes secrets.
  public void wipe(int offset, int length) {
    NativeMemory.fill(address(offset, length), length, (byte) 0);
  }

  /// This buffer as a segment, for the standard library's own methods. Cold paths only.
  public MemorySegment segment(int offset, int length) {
    return NativeMemory.segment(address(offset, length), length);
  }

  /// Frees the memory. See the class comment for when that is allowed.
  ///
  /// @throws IllegalStateException the second time: the memory may be somebody else's by then
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      throw new IllegalStateException("this buffer was closed before");
    }
    if (isMapped) {
      Libc.munmap(address, size);
    } else {
      Libc.free(address);
    }
  }
}
