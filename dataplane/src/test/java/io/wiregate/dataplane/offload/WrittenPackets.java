package io.wiregate.dataplane.offload;

import io.wiregate.os.IoVectors;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// What a coalescer's writes put on the TUN interface: gathered as writev(2) does.
final class WrittenPackets {
  private static final int SIZE_OF_IOVEC = 16;

  private WrittenPackets() {}

  /// Each write, virtio header first.
  static List<byte[]> of(SegmentCoalescer coalescer) {
    List<byte[]> writes = new ArrayList<>();
    for (int i = 0; i < coalescer.writeCount(); i++) {
      writes.add(gather(coalescer.vectors(), coalescer.firstVector(i), coalescer.vectorCount(i)));
    }
    return writes;
  }

  private static byte[] gather(IoVectors vectors, int first, int count) {
    MemorySegment array = memory(vectors.address(first, count), (long) count * SIZE_OF_IOVEC);
    ByteArrayOutputStream gathered = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      long address = array.get(ValueLayout.JAVA_LONG, (long) i * SIZE_OF_IOVEC);
      long length = array.get(ValueLayout.JAVA_LONG, (long) i * SIZE_OF_IOVEC + 8);
      gathered.writeBytes(memory(address, length).toArray(ValueLayout.JAVA_BYTE));
    }
    return gathered.toByteArray();
  }

  @SuppressWarnings("restricted")
  private static MemorySegment memory(long address, long length) {
    return MemorySegment.ofAddress(address).reinterpret(length);
  }
}
