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

/// Opens a batch from one buffer into another; the walk opens in place, which leaves nothing to be
/// opened again. The figure is of the whole batch. An engine that the machine lacks fails.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class OpenBenchmark {
  private static final int STRIDE = 1536;

  @Param({"boringssl", "ipsecmb", "libcrypto", "jdk"})
  public String engine = "";

  @Param({"64", "512", "1420"})
  public int length;

  @Param({"1", "45"})
  public int packets;

  private NativeBuffer sealed;
  private NativeBuffer opened;
  private AeadBatch batch;
  private Aead aead;
  private AeadKey key;

  @Setup
  public void prepare() {
    sealed = NativeBuffer.allocate(packets * STRIDE);
    opened = NativeBuffer.allocate(packets * STRIDE);
    batch = new AeadBatch(packets, sealed);
    aead = AeadEngines.select(engine).engine().newAead();
    key = AeadKey.of(new byte[AeadKey.SIZE], 0);
    for (int i = 0; i < packets; i++) {
      batch.add(i * STRIDE + 16, length, i * STRIDE + 16, i);
    }
    aead.seal(key, batch);
    batch.begin(sealed, opened);
    for (int i = 0; i < packets; i++) {
      batch.add(i * STRIDE + 16, length + Aead.TAG_SIZE, i * STRIDE + 16, i);
    }
  }

  @Benchmark
  public boolean open() {
    aead.open(key, batch);
    if (!batch.isAuthentic(packets - 1)) {
      throw new IllegalStateException("it did not open");
    }
    return batch.isAuthentic(0);
  }

  @TearDown
  public void close() {
    aead.close();
    key.close();
    sealed.close();
    opened.close();
  }
}
