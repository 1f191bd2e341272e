package io.wiregate.dataplane.offload;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.AllocationMeter;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.testing.conformance.Proves;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class ChecksumTest {
  /// RFC 1071, 4.1, as plain as it can be.
  static int naive(byte[] bytes, int offset, int length) {
    long sum = 0;
    for (int i = 0; i < length; i++) {
      sum += (long) (bytes[offset + i] & 0xff) << ((i & 1) == 0 ? 8 : 0);
    }
    while (sum >>> 16 != 0) {
      sum = (sum >>> 16) + (sum & 0xffff);
    }
    return (int) sum;
  }

  @Test
  void sum_exampleOfRfc1071_isThatOfTheRfc() {
    try (NativeBuffer buffer = NativeBuffer.allocate(8)) {
      buffer.putLongBigEndian(0, 0x0001_f203_f4f5_f6f7L);
      assertThat(Checksum.sum(buffer, 0, 8)).isEqualTo(0xddf2);
    }
  }

  @Test
  @Proves("offload.checksums")
  void sum_everyLengthUpTo9001AtEveryAlignment_equalsNaive() {
    byte[] bytes = new byte[9016];
    new Random(1071).nextBytes(bytes);
    try (NativeBuffer buffer = NativeBuffer.allocate(bytes.length)) {
      buffer.copyFrom(0, bytes, 0, bytes.length);
      for (int length = 0; length <= 9001; length++) {
        int offset = length % 15;
        assertThat(Checksum.sum(buffer, offset, length))
            .as("length %d", length)
            .isEqualTo(naive(bytes, offset, length));
      }
    }
  }

  @Test
  void sum_allOnes_isAllOnes() {
    byte[] bytes = new byte[65536];
    java.util.Arrays.fill(bytes, (byte) 0xff);
    try (NativeBuffer buffer = NativeBuffer.allocate(bytes.length)) {
      buffer.copyFrom(0, bytes, 0, bytes.length);
      assertThat(Checksum.sum(buffer, 0, 65536)).isEqualTo(0xffff);
      assertThat(Checksum.sum(buffer, 0, 65535)).isEqualTo(naive(bytes, 0, 65535));
    }
  }

  @Test
  void sum_ofZeros_isZero() {
    try (NativeBuffer buffer = NativeBuffer.allocate(100)) {
      assertThat(Checksum.sum(buffer, 0, 99)).isZero();
    }
  }

  @Property(tries = 300)
  void copyAndSum_anyPlace_copiesAndSums(
      @ForAll @IntRange(max = 3000) int length,
      @ForAll @IntRange(max = 9) int from,
      @ForAll @IntRange(max = 9) int to,
      @ForAll long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    try (NativeBuffer source = NativeBuffer.allocate(length + 10);
        NativeBuffer target = NativeBuffer.allocate(length + 10)) {
      source.copyFrom(from, bytes, 0, length);
      assertThat(Checksum.copyAndSum(source, from, target, to, length))
          .isEqualTo(naive(bytes, 0, length));
      assertThat(target.toArray(to, length)).isEqualTo(bytes);
    }
  }

  @Property
  void update_anyWord_equalsAChecksumMadeAnew(
      @ForAll @IntRange(max = 0xffff) int other,
      @ForAll @IntRange(max = 0xffff) int before,
      @ForAll @IntRange(max = 0xffff) int after) {
    int rest = 0x4500; // an IP header is never all zero
    int checksum = Checksum.complement(Checksum.fold(rest + other + before));
    assertThat(Checksum.update(checksum, before, after))
        .isEqualTo(Checksum.complement(Checksum.fold(rest + other + after)));
  }

  @Property
  void subtract_whatWasAdded_leavesTheRest(
      @ForAll @IntRange(min = 1, max = 0xffff) int sum, @ForAll @IntRange(max = 0xffff) int part) {
    assertThat(Checksum.subtract(Checksum.add(sum, part), part)).isEqualTo(sum);
  }

  @Property(tries = 300)
  @Proves("offload.checksums")
  void pseudoHeaders_anyAddresses_equalRfc793AndRfc8200(
      @ForAll long seed, @ForAll @IntRange(max = 65535) int length) {
    byte[] packet = new byte[40];
    new Random(seed).nextBytes(packet);
    byte[] v4 = new byte[12];
    System.arraycopy(packet, 12, v4, 0, 8);
    v4[9] = 17;
    v4[10] = (byte) (length >>> 8);
    v4[11] = (byte) length;
    byte[] v6 = new byte[40];
    System.arraycopy(packet, 8, v6, 0, 32);
    v6[34] = (byte) (length >>> 8);
    v6[35] = (byte) length;
    v6[39] = 6;
    try (NativeBuffer buffer = NativeBuffer.allocate(40)) {
      buffer.copyFrom(0, packet, 0, 40);
      assertThat(Checksum.pseudoHeaderV4(buffer, 0, 17, length)).isEqualTo(naive(v4, 0, 12));
      assertThat(Checksum.pseudoHeaderV6(buffer, 0, 6, length)).isEqualTo(naive(v6, 0, 40));
    }
  }

  @Test
  void sum_afterWarmUp_allocatesNothing() {
    try (NativeBuffer source = NativeBuffer.allocate(1500);
        NativeBuffer target = NativeBuffer.allocate(1500)) {
      assertThat(
              AllocationMeter.allocatedBytes(() -> Checksum.copyAndSum(source, 3, target, 5, 1400)))
          .isZero();
    }
  }
}
