package io.wiregate.benchmarks;

import io.wiregate.dataplane.session.Peer;
import io.wiregate.os.OsException;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// The whole walk, system calls included, where some peers talk of many that are configured. Each
/// invocation is of another of those that talk, in a random order.
///
/// With 45 segments it is a large transfer; with one it is what finding the peer weighs most on.
/// `256 of 256` tells what many peers that talk cost from what many that are silent do.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PeersWalkBenchmark {
  private static final int TURNS = 1 << 12;

  /// Messages that arrive in turn, however few peers talk: what feeds the walk would otherwise find
  /// those of one peer in a nearer cache.
  private static final int ARRIVALS = 256;

  @Param({"1 of 1", "1 of 1000000", "256 of 256", "256 of 1000000"})
  public String peers = "";

  @Param({"1", "45"})
  public int segments;

  private final int[] turns = new int[TURNS];
  private int[] addresses = {};
  private int next;
  private LoopbackWalk walk;

  @Setup
  public void prepare() throws OsException {
    int talking = Integer.parseInt(peers.substring(0, peers.indexOf(' ')));
    int configured = Integer.parseInt(peers.substring(peers.lastIndexOf(' ') + 1));
    walk = new LoopbackWalk(segments);
    ManyPeers.configure(walk.peers(), configured);
    addresses = new int[talking];
    int copies = Math.max(1, ARRIVALS / talking);
    for (int i = 0; i < talking; i++) {
      addresses[i] = ManyPeers.address((int) ((long) i * configured / talking));
      Peer peer = walk.peers().routes().findV4(addresses[i]);
      if (peer == null) {
        throw new IllegalStateException("nobody has an address that was given to a peer");
      }
      walk.begin(peer, addresses[i], copies);
    }
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < TURNS; i++) {
      turns[i] = random.nextInt(talking * copies);
    }
  }

  @Benchmark
  public long outbound() {
    return walk.outbound(addresses[turn() % addresses.length]);
  }

  @Benchmark
  public long inbound() {
    return walk.inbound(turn());
  }

  private int turn() {
    return turns[next++ & (TURNS - 1)];
  }

  @TearDown
  public void close() {
    walk.close();
  }
}
