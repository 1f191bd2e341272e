package io.wiregate.os.crypto;

import io.wiregate.os.NativeBuffer;
import java.util.ArrayDeque;

/// Memory for keys, in slabs that are never given back, so that making and dropping a session's
/// keys costs no call of the allocator. Any thread.
final class KeyMemory {
  private static final int KEYS_PER_SLAB = 1024;

  private static final ArrayDeque<Slot> FREE = new ArrayDeque<>();

  private record Slot(NativeBuffer slab, int offset) {}

  private KeyMemory() {}

  static AeadKey allocate() {
    synchronized (FREE) {
      if (FREE.isEmpty()) {
        NativeBuffer slab = NativeBuffer.allocate(KEYS_PER_SLAB * AeadKey.SIZE);
        for (int i = 0; i < KEYS_PER_SLAB; i++) {
          FREE.add(new Slot(slab, i * AeadKey.SIZE));
        }
      }
      Slot slot = FREE.removeFirst();
      return AeadKey.at(slot.slab(), slot.offset());
    }
  }

  /// Takes back the memory of a key that has been wiped.
  static void release(AeadKey key) {
    synchronized (FREE) {
      FREE.addLast(new Slot(key.memory(), key.offset()));
    }
  }
}
