package io.wiregate.dataplane.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wiregate.dataplane.AllocationMeter;
import io.wiregate.os.testing.conformance.Proves;
import java.util.BitSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class IndexPermutationTest {
  private static final int ALL = 1 << IndexPermutation.BITS;
  private static final IndexPermutation ONE = of(1);
  private static final IndexPermutation OTHER = of(2);

  private static IndexPermutation of(int first) {
    byte[] key = new byte[IndexPermutation.KEY_SIZE];
    key[0] = (byte) first;
    return new IndexPermutation(key);
  }

  @Test
  void indexOf_allSlotsOfANode_areDistinct() {
    BitSet seen = new BitSet(ALL);
    for (int slot = 0; slot < IndexPermutation.SLOTS; slot++) {
      seen.set(ONE.indexOf(7, slot));
    }
    assertThat(seen.cardinality()).isEqualTo(IndexPermutation.SLOTS);
  }

  @Property
  void index_anyNodeAndSlot_decodesToThem(
      @ForAll @IntRange(max = IndexPermutation.NODES - 1) int node,
      @ForAll @IntRange(max = IndexPermutation.SLOTS - 1) int slot) {
    int index = ONE.indexOf(node, slot);
    assertThat(index).isBetween(0, ALL - 1);
    assertThat(ONE.node(index)).isEqualTo(node);
    assertThat(ONE.slot(index)).isEqualTo(slot);
  }

  @Property
  void invert_anyNumber_staysWithin28Bits(@ForAll int index) {
    assertThat(ONE.invert(index)).isBetween(0, ALL - 1);
    assertThat(ONE.permute(ONE.invert(index))).isEqualTo(index & ALL - 1);
  }

  @Test
  @Proves("handshake.index-random")
  void permute_otherKey_differsAlmostEverywhere() {
    int same = 0;
    for (int slot = 0; slot < 10_000; slot++) {
      same += ONE.permute(slot) == OTHER.permute(slot) ? 1 : 0;
    }
    assertThat(same).isLessThan(5);
  }

  @Test
  void permute_sameKey_isTheSame() {
    assertThat(of(1).permute(12345)).isEqualTo(ONE.permute(12345));
  }

  @Test
  @Proves("handshake.index-random")
  void permute_neighbours_differInHalfTheBits() {
    long bits = 0;
    for (int slot = 0; slot < 10_000; slot++) {
      bits += Integer.bitCount(ONE.permute(slot) ^ ONE.permute(slot + 1));
    }
    assertThat(bits / 10_000.0).isBetween(13.5, 14.5);
  }

  @Test
  void constructor_keyOfOtherLength_isRefused() {
    assertThatThrownBy(() -> new IndexPermutation(new byte[16]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void invert_afterWarmUp_allocatesNothing() {
    int[] sum = {0};
    assertThat(AllocationMeter.allocatedBytes(() -> sum[0] += ONE.slot(sum[0]))).isZero();
  }
}
