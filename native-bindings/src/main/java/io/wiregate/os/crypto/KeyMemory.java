package io.wiregate.os.crypto;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.internal.Libc;
import java.util.ArrayDeque;

/// Memory for keys, in slabs that are never given back, so that making and dropping a session's
/// keys costs no call of the allocator. Any thread.
///
/// A slab is kept out of the swap (mlock(2)) and out of core dumps (madvise(2)) where the kernel
/// permits it; where not, keys work all the same, and [#protection] says so.
public final class KeyMemory {
  /// A multiple of the page size of every Linux (4, 16 or 64 KiB), since both calls act on pages.
  private static final int SLAB_SIZE = 65536;

  private static final int MADV_DONTDUMP = 16;

  private static final ArrayDeque<Slot> FREE = new ArrayDeque<>();

  private static boolean locked = true;
  private static boolean undumped = true;

  private record Slot(NativeBuffer slab, int offset) {}

  /// What the kernel permitted for all memory of keys so far.
  ///
  /// @param locked it never goes to the swap; else raise `RLIMIT_MEMLOCK` or give `CAP_IPC_LOCK`
  /// @param excludedFromDumps it is in no core dump
  public record Protection(boolean locked, boolean excludedFromDumps) {}

  private KeyMemory() {}

  static AeadKey allocate() {
    synchronized (FREE) {
      if (FREE.isEmpty()) {
        addSlab();
      }
      Slot slot = FREE.removeFirst();
      return AeadKey.at(slot.slab(), slot.offset());
    }
  }

  private static void addSlab() {
    NativeBuffer slab = NativeBuffer.allocate(SLAB_SIZE, SLAB_SIZE);
    long address = slab.address(0, SLAB_SIZE);
    locked &= Libc.mlock(address, SLAB_SIZE) >= 0;
    undumped &= Libc.madvise(address, SLAB_SIZE, MADV_DONTDUMP) >= 0;
    for (int offset = 0; offset < SLAB_SIZE; offset += AeadKey.SIZE) {
      FREE.add(new Slot(slab, offset));
    }
  }

  /// Takes back the memory of a key that has been wiped.
  static void release(AeadKey key) {
    synchronized (FREE) {
      FREE.addLast(new Slot(key.memory(), key.offset()));
    }
  }

  /// Whether keys are safe from swap and dumps.
  public static Protection protection() {
    synchronized (FREE) {
      if (FREE.isEmpty()) {
        addSlab();
      }
      return new Protection(locked, undumped);
    }
  }
}
