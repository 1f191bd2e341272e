package io.wiregate.benchmarks;

import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.os.net.IpPrefix;
import java.util.ArrayList;
import java.util.List;
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

/// One change among many peers, published to the walk; of another peer each time.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PublishBenchmark {
  private static final int CHANGES = 1 << 14;

  @Param({"1", "1000", "1000000"})
  public int peers;

  private final PeerTable table = new PeerTable(0);
  private final SplittableRandom random = new SplittableRandom(4);
  private final List<Peer> changed = new ArrayList<>();

  /// Two prefixes that each of them has in turn: its own, and one that nobody has.
  private final List<IpPrefix> own = new ArrayList<>();

  private final List<IpPrefix> free = new ArrayList<>();
  private int next;

  @Setup
  public void prepare() {
    ManyPeers.configure(table, peers);
    for (int i = 0; i < CHANGES; i++) {
      int number = random.nextInt(peers);
      Peer peer = table.routes().findV4(ManyPeers.address(number));
      if (peer == null) {
        throw new IllegalStateException("nobody has an address that was given to a peer");
      }
      changed.add(peer);
      own.add(ManyPeers.v6(number));
      free.add(ManyPeers.v4(peers + i));
    }
  }

  /// A peer gets other address ranges in place of those it had: one step for the walk.
  @Benchmark
  public int replaceAllowedIps() {
    int at = next++ & (CHANGES - 1);
    table.replaceAllowedIps(changed.get(at), List.of(own.get(at), free.get(at)));
    return table.routes().size();
  }

  /// A peer is added, gets two addresses, and is removed: four steps for the walk.
  @Benchmark
  public int addAndRemove() {
    int at = next++ & (CHANGES - 1);
    Peer peer = ManyPeers.newPeer(table, random);
    table.add(peer);
    table.allow(peer, free.get(at));
    table.allow(peer, ManyPeers.v6(peers + at));
    table.remove(peer);
    return table.size();
  }
}
