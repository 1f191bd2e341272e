package io.wiregate.benchmarks;

import io.wiregate.dataplane.route.AllowedIps;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
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

/// Finds the owner of an address that has one, a different one each time, and changes one owner.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AllowedIpsBenchmark {
  private static final int LOOKUPS = 1 << 16;
  private static final String FIRST = "first";
  private static final String SECOND = "second";

  @Param({"1", "1000", "1000000"})
  public int prefixes;

  private AllowedIps<String> table = AllowedIps.empty();
  private final int[] v4 = new int[LOOKUPS];
  private final long[] v6 = new long[LOOKUPS];
  private final IpPrefix[] known = new IpPrefix[LOOKUPS];
  private int next;

  /// Single addresses, as road warriors have them, half of IPv4 and half of IPv6, scattered.
  @Setup
  public void fill() {
    SplittableRandom random = new SplittableRandom(1);
    int each = (prefixes + 1) / 2;
    int[] hosts = random.ints(each).toArray();
    for (int host : hosts) {
      table = table.with(new IpPrefix(IpAddress.v4(host), 32), FIRST);
      table = table.with(new IpPrefix(IpAddress.v6(0xfd00L << 48, host), 128), FIRST);
    }
    for (int i = 0; i < LOOKUPS; i++) {
      int host = hosts[random.nextInt(each)];
      v4[i] = host;
      v6[i] = host;
      known[i] = new IpPrefix(IpAddress.v4(host), 32);
    }
  }

  @Benchmark
  public @Nullable String findV4() {
    return table.findV4(v4[next++ & (LOOKUPS - 1)]);
  }

  @Benchmark
  public @Nullable String findV6() {
    return table.findV6(0xfd00L << 48, v6[next++ & (LOOKUPS - 1)]);
  }

  /// A new table that differs in one owner.
  @Benchmark
  public AllowedIps<String> change() {
    return table.with(known[next++ & (LOOKUPS - 1)], SECOND);
  }
}
