package io.wiregate.benchmarks.receive;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import java.lang.invoke.VarHandle;

/// Buffers of one size from which the kernel takes one for each completion, in the order in which
/// they were given. Owner: that of the ring. Source: io_uring_register_buf_ring(3).
final class ProvidedBuffers implements AutoCloseable {
  private static final int SIZE_OF_BUF = 16;
  private static final int PAGE_SIZE = 4096;

  // struct io_uring_buf_ring: the tail lies in the first entry's padding.
  private static final int TAIL = 14;

  private final int group;
  private final int count;
  private final int size;
  private final NativeBuffer entries;
  private final NativeBuffer data;
  private int tail;

  /// @param count buffers, a power of two
  /// @param size bytes of each; only what is used becomes resident
  ProvidedBuffers(int group, int count, int size) {
    this.group = group;
    this.count = count;
    this.size = size;
    entries = NativeBuffer.allocate(count * SIZE_OF_BUF, PAGE_SIZE);
    data = NativeBuffer.allocate(Math.multiplyExact(count, size));
    for (int i = 0; i < count; i++) {
      give(i);
    }
    publish();
  }

  /// Lets the kernel take them, until the ring is closed.
  void register(Uring ring) throws OsException {
    try (NativeBuffer registration = NativeBuffer.allocate(40)) {
      registration.putLong(0, entries.address(0, entries.size()));
      registration.putInt(8, count);
      registration.putShort(12, group);
      ring.register(Uring.REGISTER_PBUF_RING, registration.address(0, 40), 1);
    }
  }

  /// The memory that all buffers are in.
  NativeBuffer data() {
    return data;
  }

  /// Where in [#data] buffer `id` starts.
  int offset(int id) {
    return id * size;
  }

  /// Returns buffer `id`, once [#publish] says so.
  void give(int id) {
    int at = (tail++ & (count - 1)) * SIZE_OF_BUF;
    entries.putLong(at, data.address(offset(id), size));
    entries.putInt(at + 8, size);
    entries.putShort(at + 12, id);
  }

  void publish() {
    VarHandle.releaseFence();
    entries.putShort(TAIL, tail & 0xffff);
  }

  /// Only after the ring, which may still write to them.
  @Override
  public void close() {
    entries.close();
    data.close();
  }
}
