package io.wiregate.benchmarks;

import io.wiregate.dataplane.session.Peer;
import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// The whole walk of a packet through [OutboundPath] and [InboundPath], system calls included:
/// [TestPackets#SEGMENTS] full TCP segments an invocation, over loopback, with one peer.
///
/// [#outbound] and [#inbound] include what feeds the walk and takes its output away; the two
/// `...Plumbing` do only that, with the same system calls and sizes, so the difference is what our
/// own code costs.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class WalkBenchmark {
  private LoopbackWalk walk;

  @Setup
  public void prepare() throws OsException {
    walk = new LoopbackWalk(TestPackets.SEGMENTS);
    Peer peer = ManyPeers.newPeer(walk.peers(), new SplittableRandom(1));
    walk.peers().add(peer);
    walk.peers().allow(peer, new IpPrefix(IpAddress.v4(TestPackets.SOURCE & -256), 24));
    walk.begin(peer, TestPackets.SOURCE, 1);
  }

  @Benchmark
  public long outbound() {
    return walk.outbound(TestPackets.DESTINATION);
  }

  @Benchmark
  public long inbound() {
    return walk.inbound(0);
  }

  @Benchmark
  public int outboundPlumbing() {
    return walk.outboundPlumbing();
  }

  @Benchmark
  public int inboundPlumbing() {
    return walk.inboundPlumbing();
  }

  @TearDown
  public void close() {
    walk.close();
  }
}
