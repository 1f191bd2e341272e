package io.wiregate.os.crypto;

import io.wiregate.os.NativeBuffer;
import java.util.concurrent.atomic.AtomicLong;

/// A key of 32 bytes outside the Java heap, so that neither the collector nor a heap dump copies
/// it.
///
/// Owner: whoever made it, who closes it when no thread uses it any more; closing wipes it. Any
/// thread may read.
public final class AeadKey implements AutoCloseable {
  /// Bytes.
  public static final int SIZE = 32;

  private static final AtomicLong IDS = new AtomicLong();

  private final NativeBuffer memory;
  private final int offset;
  private long id;
  private boolean closed;

  private AeadKey(NativeBuffer memory, int offset) {
    this.memory = memory;
    this.offset = offset;
  }

  /// A key with a copy of 32 bytes of an array, which the caller wipes.
  public static AeadKey of(byte[] bytes, int from) {
    AeadKey key = KeyMemory.allocate();
    key.set(bytes, from);
    return key;
  }

  static AeadKey at(NativeBuffer memory, int offset) {
    return new AeadKey(memory, offset);
  }

  /// Replaces the bytes, for a key that serves several handshakes in turn. No other thread may be
  /// using it.
  public void set(byte[] bytes, int from) {
    memory.copyFrom(offset, bytes, from, SIZE);
    id = IDS.incrementAndGet();
  }

  /// A number that no other value of any key ever has, so that a cipher can tell whether it is set
  /// up for this one.
  public long id() {
    return id;
  }

  /// Where the 32 bytes are, for a native call.
  public long address() {
    return memory.address(offset, SIZE);
  }

  /// Copies the key into an array, which the caller wipes.
  public void copyTo(byte[] target, int at) {
    memory.copyTo(offset, target, at, SIZE);
  }

  int offset() {
    return offset;
  }

  NativeBuffer memory() {
    return memory;
  }

  /// Wipes the bytes and gives the memory back. Closing twice is allowed.
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    memory.wipe(offset, SIZE);
    KeyMemory.release(this);
  }
}
