package io.wiregate.benchmarks;

import io.wiregate.dataplane.session.IndexEntry;
import io.wiregate.dataplane.session.IndexPermutation;
import io.wiregate.dataplane.session.IndexTable;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerTable;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// Which session a receiver index is: of one that there is, another one each time; of a stranger's
/// guess; and what a handshake does, taking one and giving it back.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class IndexTableBenchmark {
  private static final int LOOKUPS = 1 << 16;
  private static final byte[] KEY = new byte[IndexPermutation.KEY_SIZE];

  @Param({"1", "1000000"})
  public int sessions;

  private final IndexTable indices = new IndexTable(new IndexPermutation(KEY), 0, 0);
  private final SplittableRandom random = new SplittableRandom(5);
  private final Peer peer = ManyPeers.newPeer(new PeerTable(0), random);
  private final int[] known = new int[LOOKUPS];
  private final int[] guesses = random.ints(LOOKUPS).toArray();
  private int next;

  @Setup
  public void prepare() {
    int[] all = new int[sessions];
    for (int i = 0; i < sessions; i++) {
      IndexEntry entry = indices.allocate(peer);
      if (entry == null) {
        throw new IllegalStateException("no index");
      }
      all[i] = entry.index();
    }
    for (int i = 0; i < LOOKUPS; i++) {
      known[i] = all[random.nextInt(sessions)];
    }
  }

  @Benchmark
  public @Nullable IndexEntry lookup() {
    return indices.lookup(known[next++ & (LOOKUPS - 1)]);
  }

  @Benchmark
  public @Nullable IndexEntry lookupGuess() {
    return indices.lookup(guesses[next++ & (LOOKUPS - 1)]);
  }

  @Benchmark
  public int allocateAndRelease() {
    IndexEntry entry = indices.allocate(peer);
    if (entry == null) {
      throw new IllegalStateException("no index");
    }
    indices.release(entry);
    return entry.index();
  }
}
