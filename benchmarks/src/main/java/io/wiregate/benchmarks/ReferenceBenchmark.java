package io.wiregate.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// Nothing of WireGate's: how fast the machine was in that run. `benchmarks/compare` divides by it.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ReferenceBenchmark {
  private static final int WORDS = 1024;

  private final long[] words = new long[WORDS];

  public ReferenceBenchmark() {
    for (int i = 0; i < WORDS; i++) {
      words[i] = i * 0x9e37_79b9_7f4a_7c15L;
    }
  }

  /// A hash of 8 KiB whose steps wait for each other, so that no compiler makes it anything else.
  @Benchmark
  public long hash() {
    long hash = 0;
    for (long word : words) {
      hash = Long.rotateLeft((hash ^ word) * 0xc2b2_ae3d_27d4_eb4fL, 31);
    }
    return hash;
  }
}
