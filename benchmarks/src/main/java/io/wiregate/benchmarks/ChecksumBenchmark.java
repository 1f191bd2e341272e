package io.wiregate.benchmarks;

import io.wiregate.dataplane.offload.Checksum;
import io.wiregate.os.NativeBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// The Internet checksum, alone and with a copy.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ChecksumBenchmark {
  @Param({"20", "1368"})
  public int length;

  private final NativeBuffer source = NativeBuffer.allocate(2048);
  private final NativeBuffer target = NativeBuffer.allocate(2048);

  @Benchmark
  public int sum() {
    return Checksum.sum(source, 52, length);
  }

  @Benchmark
  public int copyAndSum() {
    return Checksum.copyAndSum(source, 52, target, 68, length);
  }

  @TearDown
  public void close() {
    source.close();
    target.close();
  }
}
