package io.wiregate.benchmarks;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.crypto.Aead;
import io.wiregate.os.crypto.AeadBatch;
import io.wiregate.os.crypto.AeadEngines;
import io.wiregate.os.crypto.AeadKey;
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

/// Seals a batch in place, as the walk does. The figure is of the whole batch. An engine that the
/// machine lacks fails.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SealBenchmark {
  private static final int STRIDE = 1536;

  @Param({"boringssl", "ipsecmb", "libcrypto", "jdk"})
  public String engine = "";

  @Param({"64", "512", "1420"})
  public int length;

  @Param({"1", "45"})
  public int packets;

  private NativeBuffer buffer;
  private AeadBatch batch;
  private Aead aead;
  private AeadKey key;
  private long counter;

  @Setup
  public void prepare() {
    buffer = NativeBuffer.allocate(packets * STRIDE);
    batch = new AeadBatch(packets, buffer);
    for (int i = 0; i < packets; i++) {
      batch.add(i * STRIDE + 16, length, i * STRIDE + 16, 0);
    }
    aead = AeadEngines.select(engine).engine().newAead();
    key = AeadKey.of(new byte[AeadKey.SIZE], 0);
  }

  @Benchmark
  public void seal() {
    batch.numberFrom(counter);
    counter += packets;
    aead.seal(key, batch);
  }

  @TearDown
  public void close() {
    aead.close();
    key.close();
    buffer.close();
  }
}
