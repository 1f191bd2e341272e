package io.wiregate.dataplane.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class IndexTableTest {
  private static final IndexPermutation PERMUTATION =
      new IndexPermutation(new byte[IndexPermutation.KEY_SIZE]);

  private final RecordedEvents events = new RecordedEvents();
  private final Peer peer = events.peer(new PeerTable(0), 1);
  private final IndexTable table = new IndexTable(PERMUTATION, 5, 17);

  private IndexEntry allocate() {
    return Objects.requireNonNull(table.allocate(peer));
  }

  @Test
  void allocate_many_areDifferentAndDecode() {
    Set<Integer> seen = new HashSet<>();
    for (int i = 0; i < 5000; i++) {
      IndexEntry entry = allocate();
      int index = entry.index();
      seen.add(index);
      assertThat(IndexTable.workerOf(index)).isEqualTo(5);
      assertThat(PERMUTATION.node(index >>> IndexTable.WORKER_BITS)).isEqualTo(17);
      assertThat(table.lookup(index)).isSameAs(entry);
      assertThat(entry.peer()).isSameAs(peer);
      assertThat(entry.session()).isNull();
    }

    assertThat(seen).hasSize(5000);
    assertThat(table.size()).isEqualTo(5000);
  }

  @Test
  void allocate_growth_keepsWhatIsThere() {
    List<IndexEntry> entries = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      entries.add(allocate());
    }

    assertThat(entries)
        .allSatisfy(entry -> assertThat(table.lookup(entry.index())).isSameAs(entry));
  }

  @Test
  void release_slot_isReusedLast() {
    IndexEntry first = allocate();
    table.release(first);
    Set<Integer> next = new HashSet<>();
    int others = 0;
    while (true) {
      IndexEntry entry = allocate();
      if (entry.index() == first.index()) {
        break;
      }
      next.add(entry.index());
      table.release(entry);
      others++;
    }

    assertThat(others).isEqualTo(1023);
    assertThat(next).hasSize(1023);
  }

  @Test
  void release_order_isThatOfReuse() {
    Queue<Integer> released = new ArrayDeque<>();
    Random random = new Random(1);
    List<IndexEntry> held = new ArrayList<>();
    for (int i = 0; i < 700; i++) {
      held.add(allocate());
    }
    while (!held.isEmpty()) {
      IndexEntry entry = held.remove(random.nextInt(held.size()));
      released.add(entry.index());
      table.release(entry);
    }
    for (int i = 0; i < 324; i++) {
      allocate(); // never used before
    }
    for (int i = 0; i < 100; i++) {
      assertThat(allocate().index()).isEqualTo(released.remove());
    }
  }

  @Test
  void release_twice_givesTheSlotBackOnce() {
    IndexEntry entry = allocate();
    table.release(entry);
    table.release(entry);

    assertThat(table.size()).isZero();
    assertThat(table.lookup(entry.index())).isNull();
  }

  @Test
  void release_entryWhoseSlotIsAnothersByNow_changesNothing() {
    IndexEntry old = allocate();
    table.release(old);
    IndexEntry later = allocate();
    while (later.index() != old.index()) {
      table.release(later);
      later = allocate();
    }
    table.release(old);

    assertThat(table.lookup(old.index())).isSameAs(later);
    assertThat(table.size()).isEqualTo(1);
  }

  @Test
  void lookup_foreignIndices_findNothing() {
    IndexEntry entry = allocate();
    IndexTable otherWorker = new IndexTable(PERMUTATION, 6, 17);
    IndexTable otherNode = new IndexTable(PERMUTATION, 5, 18);

    assertThat(table.lookup(entry.index() ^ 1)).isNull();
    assertThat(otherWorker.lookup(entry.index())).isNull();
    assertThat(otherNode.lookup(entry.index())).isNull();
    otherWorker.release(entry);
    otherNode.release(entry);
    assertThat(table.lookup(entry.index())).isSameAs(entry);
    Random random = new Random(2);
    int found = 0;
    for (int i = 0; i < 100_000; i++) {
      found += table.lookup(random.nextInt()) == null ? 0 : 1;
    }
    assertThat(found).isLessThanOrEqualTo(1);
  }

  @Test
  void allocate_allInUse_isRefusedUntilOneIsReleased() {
    List<IndexEntry> all = new ArrayList<>();
    IndexEntry entry;
    while ((entry = table.allocate(peer)) != null) {
      all.add(entry);
    }
    assertThat(all).hasSize(1 << 20);

    table.release(all.get(77));
    assertThat(allocate().index()).isEqualTo(all.get(77).index());
  }

  @Test
  void table_severalThreads_neverGivesAnIndexTwice() throws InterruptedException {
    Set<Integer> inUse = ConcurrentHashMap.newKeySet();
    AtomicInteger faults = new AtomicInteger();
    AtomicBoolean done = new AtomicBoolean();
    IndexEntry constant = allocate();
    inUse.add(constant.index());
    Thread reader =
        Thread.ofPlatform()
            .start(() -> {
              while (!done.get()) {
                if (table.lookup(constant.index()) != constant) {
                  faults.incrementAndGet();
                }
              }
            });
    Thread[] writers = new Thread[3];
    for (int t = 0; t < writers.length; t++) {
      int seed = t;
      writers[t] =
          Thread.ofPlatform()
              .start(() -> {
                Random random = new Random(seed);
                List<IndexEntry> held = new ArrayList<>();
                for (int i = 0; i < 10_000; i++) {
                  IndexEntry entry = table.allocate(peer);
                  if (entry == null || !inUse.add(entry.index())) {
                    faults.incrementAndGet();
                    continue;
                  }
                  held.add(entry);
                  if (random.nextInt(3) == 0) {
                    IndexEntry old = held.remove(random.nextInt(held.size()));
                    inUse.remove(old.index());
                    table.release(old);
                  }
                }
              });
    }
    for (Thread writer : writers) {
      writer.join();
    }
    done.set(true);
    reader.join();

    assertThat(faults).hasValue(0);
    assertThat(table.size()).isEqualTo(inUse.size());
  }
}
