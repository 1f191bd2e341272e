package io.wiregate.benchmarks;

import io.wiregate.dataplane.offload.InnerPacket;
import io.wiregate.dataplane.offload.SegmentSplitter;
import io.wiregate.dataplane.wire.TransportMessage;
import io.wiregate.os.NativeBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// The steps of the walk that only look at headers, per packet.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HeadersBenchmark {
  private static final int HEADER = TransportMessage.HEADER_SIZE;
  private static final int STRIDE = TestPackets.MTU + TransportMessage.OVERHEAD;
  private static final int CE = InnerPacket.CE;

  private final SegmentSplitter splitter = new SegmentSplitter();
  private final NativeBuffer read = TestPackets.large(TestPackets.SEGMENTS);
  private final NativeBuffer message = NativeBuffer.allocate(TestPackets.SEGMENTS * STRIDE);

  @Setup
  public void prepare() {
    TestPackets.putSegments(message, HEADER, STRIDE, TestPackets.SEGMENTS);
    for (int i = 0; i < TestPackets.SEGMENTS; i++) {
      TransportMessage.putHeader(message, i * STRIDE, 1 + i, i);
      message.putByte(i * STRIDE + HEADER + 1, InnerPacket.ECT_0);
    }
  }

  /// Step 1 inward: kind, receiver and counter of a datagram.
  @Benchmark
  @OperationsPerInvocation(TestPackets.SEGMENTS)
  public long outer() {
    long sum = 0;
    for (int i = 0; i < TestPackets.SEGMENTS; i++) {
      int at = i * STRIDE;
      if (TransportMessage.is(message, at, STRIDE)) {
        sum += TransportMessage.receiver(message, at) + TransportMessage.counter(message, at);
      }
    }
    return sum;
  }

  /// Step 6 inward: length and ECN of the packet inside, where the network was congested.
  @Benchmark
  @OperationsPerInvocation(TestPackets.SEGMENTS)
  public int inner() {
    int sum = 0;
    for (int i = 0; i < TestPackets.SEGMENTS; i++) {
      int at = i * STRIDE + HEADER;
      sum += InnerPacket.trimmedLength(message, at, TestPackets.MTU);
      sum += InnerPacket.decapsulateEcn(message, at, CE) ? 1 : 0;
    }
    return sum;
  }

  /// Step 1 outward: the headers of one read, once for all its segments.
  @Benchmark
  public int read() {
    return splitter.begin(read, 0, read.size());
  }

  @TearDown
  public void close() {
    read.close();
    message.close();
  }
}
