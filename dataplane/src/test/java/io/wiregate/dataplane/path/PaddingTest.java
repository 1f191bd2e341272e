package io.wiregate.dataplane.path;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.conformance.Proves;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// `calculate_skb_padding` of the kernel's `send.c`.
class PaddingTest {
  private static int kernel(int length, int mtu) {
    int lastUnit = length;
    if (mtu == 0) {
      return length + aligned(lastUnit) - lastUnit;
    }
    if (lastUnit > mtu) {
      lastUnit %= mtu;
    }
    return length + Math.min(mtu, aligned(lastUnit)) - lastUnit;
  }

  private static int aligned(int length) {
    return (length + 15) / 16 * 16;
  }

  @Example
  @Proves("message.padding")
  void padded_knownLengths_areTheKernels() {
    int[][] table = {
      // length, MTU, padded
      {0, 1420, 0},
      {1, 1420, 16},
      {16, 1420, 16},
      {17, 1420, 32},
      {1408, 1420, 1408},
      {1409, 1420, 1420},
      {1420, 1420, 1420},
      {1297, 1300, 1300},
      {1300, 1300, 1300},
      {1301, 1300, 1316}, // larger than the MTU: the last part is padded
      {2600, 1300, 2600},
      {2599, 1300, 2600},
      {84, 0, 96}, // MTU not known
      {65535, 0, 65536},
      {10, 8, 16}, // the last part is 2 bytes, padded to the MTU of 8
    };
    for (int[] row : table) {
      assertThat(OutboundMessages.padded(row[0], row[1]))
          .as("%d bytes, MTU %d", row[0], row[1])
          .isEqualTo(row[2]);
    }
  }

  @Property
  @Proves("message.padding")
  void padded_anyLengthAndMtu_isTheKernels(
      @ForAll @IntRange(max = 65535) int length, @ForAll @IntRange(max = 65535) int mtu) {
    int padded = OutboundMessages.padded(length, mtu);

    assertThat(padded).isEqualTo(kernel(length, mtu));
    assertThat(padded).isBetween(length, length + 15);
    if (mtu > 0 && length <= mtu) {
      assertThat(padded).isLessThanOrEqualTo(mtu);
    }
  }
}
