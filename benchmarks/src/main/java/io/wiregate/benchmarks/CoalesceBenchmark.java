package io.wiregate.benchmarks;

import io.wiregate.dataplane.offload.SegmentCoalescer;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.tun.TunOffloads;
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

/// Gathers TCP segments of one flow for one write. The figure is of the batch.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CoalesceBenchmark {
  private static final int STRIDE = TestPackets.MTU + 32;

  @Param({"1", "45"})
  public int packets;

  private final SegmentCoalescer coalescer = new SegmentCoalescer(SegmentCoalescer.MAX_PACKETS);
  private NativeBuffer data;
  private NativeBuffer firstHeaders;

  @Setup
  public void prepare() {
    data = NativeBuffer.allocate(packets * STRIDE);
    TestPackets.putSegments(data, 0, STRIDE, packets);
    firstHeaders = NativeBuffer.allocate(TestPackets.HEADERS);
    firstHeaders.copyFrom(0, data, 0, TestPackets.HEADERS);
  }

  @Benchmark
  public int coalesce() {
    // The first packet's headers were made those of all.
    data.copyFrom(0, firstHeaders, 0, TestPackets.HEADERS);
    coalescer.begin(data, TunOffloads.ALL);
    for (int i = 0; i < packets; i++) {
      coalescer.add(i * STRIDE, TestPackets.MTU);
    }
    int writes = coalescer.finish();
    if (writes != 1) {
      throw new IllegalStateException("not merged");
    }
    return writes;
  }

  @TearDown
  public void close() {
    coalescer.close();
    data.close();
    firstHeaders.close();
  }
}
