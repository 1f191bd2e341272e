package io.wiregate.benchmarks;

import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.dataplane.session.PeerTimers;
import io.wiregate.dataplane.session.TimerWheel;
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

/// Timers: what a packet does to its peer's, and the wheel that wakes peers, with one and with a
/// million armed.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TimersBenchmark {
  private static final int DEADLINES = 1 << 16;
  private static final long MINUTE = 60_000_000_000L;

  @Param({"1", "1000000"})
  public int armed;

  private final SplittableRandom random = new SplittableRandom(6);
  private final Peer peer = ManyPeers.newPeer(new PeerTable(0), random);
  private final TimerWheel wheel = new TimerWheel(0);
  private final long[] deadlines = random.longs(DEADLINES, 1 << 30, MINUTE).toArray();
  private Entry[] entries = {};
  private int next;
  private long now = 1;

  private static final class Entry extends TimerWheel.Entry {}

  @Setup
  public void prepare() {
    entries = new Entry[armed];
    for (int i = 0; i < armed; i++) {
      entries[i] = new Entry();
      wheel.arm(entries[i], random.nextLong(1 << 30, MINUTE));
    }
  }

  /// Data goes out and its answer comes in.
  @Benchmark
  public boolean sendAndReceive() {
    PeerTimers timers = peer.timers();
    now++;
    timers.onDataSent(now);
    timers.onAnyAuthenticatedSent(now);
    peer.onTimersChanged();
    timers.onAnyAuthenticatedReceived(now);
    timers.onDataReceived(now);
    peer.onTimersChanged();
    return peer.isRemoved();
  }

  /// An entry of the wheel gets another deadline.
  @Benchmark
  public long arm() {
    int at = next++;
    wheel.arm(entries[at % armed], deadlines[at & (DEADLINES - 1)]);
    if (next < 0) {
      next = 0;
    }
    return wheel.nextDeadline();
  }

  /// The question of each turn of a worker; nothing is due.
  @Benchmark
  public TimerWheel.@Nullable Entry poll() {
    return wheel.poll(now);
  }
}
