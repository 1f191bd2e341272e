package io.wiregate.benchmarks;

import io.wiregate.dataplane.session.ReplayWindow;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// The replay window, one counter at a time.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ReplayWindowBenchmark {
  private final ReplayWindow window = new ReplayWindow();
  private long counter;

  @Benchmark
  public boolean inOrder() {
    return window.accept(counter++);
  }

  /// Neighbours change places.
  @Benchmark
  public boolean reordered() {
    return window.accept(counter++ ^ 7);
  }

  @Benchmark
  public boolean replayed() {
    return window.accept(0);
  }
}
