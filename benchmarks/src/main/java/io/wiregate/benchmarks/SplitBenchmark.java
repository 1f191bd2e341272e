package io.wiregate.benchmarks;

import io.wiregate.dataplane.offload.SegmentSplitter;
import io.wiregate.os.NativeBuffer;
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

/// Makes the TCP segments that one read from a TUN interface stands for. The figure is of the read.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SplitBenchmark {
  @Param({"1", "45"})
  public int segments;

  private final SegmentSplitter splitter = new SegmentSplitter();
  private NativeBuffer read;
  private NativeBuffer target;

  @Setup
  public void prepare() {
    read = TestPackets.large(segments);
    target = NativeBuffer.allocate(segments * (TestPackets.MTU + 32));
  }

  @Benchmark
  public int split() {
    int count = splitter.begin(read, 0, read.size());
    for (int i = 0; i < count; i++) {
      splitter.copySegment(i, target, i * (TestPackets.MTU + 32) + 16);
    }
    return count;
  }

  @TearDown
  public void close() {
    read.close();
    target.close();
  }
}
