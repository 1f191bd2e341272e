package io.wiregate.dataplane.session;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// The receiver indices of one worker's peers.
///
/// An index is 32 bits: the low [#WORKER_BITS] name the worker in clear, so that the kernel can
/// steer datagrams by them; the rest is a keyed permutation of this node's number and a slot in
/// this table, so that an observer can neither count sessions nor tell which belong together, and
/// any node of a cluster can tell whose session it is. Slots are reused oldest first.
///
/// Any thread looks up; handshake threads allocate and release.
public final class IndexTable {
  /// Low bits of an index that name the worker. A constant of the cluster.
  public static final int WORKER_BITS = 4;

  /// Workers that an index can name.
  public static final int MAX_WORKERS = 1 << WORKER_BITS;

  private static final int FIRST_SLOTS = 1024;

  private final IndexPermutation permutation;
  private final int worker;
  private final int node;

  // Guarded by this; the array is published to readers by the volatile field.
  private volatile AtomicReferenceArray<@Nullable IndexEntry> entries =
      new AtomicReferenceArray<>(FIRST_SLOTS);
  private int[] free = new int[FIRST_SLOTS];
  private int freeHead;
  private int freeCount;

  /// @param permutation shared by all tables of the cluster
  /// @param worker whose indices these are, below [#MAX_WORKERS]
  /// @param node this node's number in the cluster, 0 to 255
  public IndexTable(IndexPermutation permutation, int worker, int node) {
    this.permutation = permutation;
    this.worker = worker;
    this.node = node;
    for (int slot = 0; slot < FIRST_SLOTS; slot++) {
      free[slot] = slot;
    }
    freeCount = FIRST_SLOTS;
  }

  /// The worker that an index names.
  public static int workerOf(int index) {
    return index & (MAX_WORKERS - 1);
  }

  /// Takes an index for a handshake with a peer.
  ///
  /// @return null where all 2^20 are in use
  public synchronized @Nullable IndexEntry allocate(Peer peer) {
    // A slot is not reused while it is one of few free ones: late datagrams of its last session
    // would be taken for forgeries of the new one.
    if (freeCount <= entries.length() / 4 && entries.length() < IndexPermutation.SLOTS) {
      grow();
    }
    if (freeCount == 0) {
      return null;
    }
    int slot = free[freeHead];
    freeHead = (freeHead + 1) % free.length;
    freeCount--;
    int index = permutation.indexOf(node, slot) << WORKER_BITS | worker;
    IndexEntry entry = new IndexEntry(index, peer);
    entries.set(slot, entry);
    return entry;
  }

  private void grow() {
    AtomicReferenceArray<@Nullable IndexEntry> old = entries;
    int size = old.length() * 2;
    AtomicReferenceArray<@Nullable IndexEntry> larger = new AtomicReferenceArray<>(size);
    for (int slot = 0; slot < old.length(); slot++) {
      larger.set(slot, old.get(slot));
    }
    int[] slots = new int[size];
    for (int i = 0; i < freeCount; i++) {
      slots[i] = free[(freeHead + i) % free.length];
    }
    for (int slot = old.length(); slot < size; slot++) {
      slots[freeCount++] = slot;
    }
    free = slots;
    freeHead = 0;
    entries = larger;
  }

  /// Gives an index back; later datagrams under it belong to nobody. Releasing twice is allowed.
  public synchronized void release(IndexEntry entry) {
    int slot = slotOf(entry.index());
    if (slot >= 0 && slot < entries.length() && entries.get(slot) == entry) {
      entries.set(slot, null);
      free[(freeHead + freeCount) % free.length] = slot;
      freeCount++;
    }
  }

  /// What an index stands for, null where it is not one of ours.
  public @Nullable IndexEntry lookup(int index) {
    AtomicReferenceArray<@Nullable IndexEntry> current = entries;
    int slot = slotOf(index);
    if (slot < 0 || slot >= current.length()) {
      return null;
    }
    IndexEntry entry = current.get(slot);
    return entry != null && entry.index() == index ? entry : null;
  }

  /// The slot that an index decodes to, -1 where it is another node's.
  private int slotOf(int index) {
    int permuted = index >>> WORKER_BITS;
    return permutation.node(permuted) == node ? permutation.slot(permuted) : -1;
  }

  /// Indices in use.
  public synchronized int size() {
    return entries.length() - freeCount;
  }
}
