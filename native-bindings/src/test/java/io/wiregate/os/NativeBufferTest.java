package io.wiregate.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class NativeBufferTest {
  @Test
  void access_outside_isRefused() {
    try (NativeBuffer buffer = NativeBuffer.allocate(16);
        NativeBuffer other = NativeBuffer.allocate(8)) {
      List<ThrowingCallable> accesses =
          List.of(
              () -> buffer.getByte(16),
              () -> buffer.getByte(-1),
              () -> buffer.putByte(16, 0),
              () -> buffer.getUnsignedShort(15),
              () -> buffer.getUnsignedShortBigEndian(15),
              () -> buffer.putShort(15, 0),
              () -> buffer.getInt(13),
              () -> buffer.getIntBigEndian(13),
              () -> buffer.getIntLittleEndian(-1),
              () -> buffer.putInt(Integer.MAX_VALUE, 0),
              () -> buffer.getLong(9),
              () -> buffer.putLongBigEndian(9, 0),
              () -> buffer.putLongLittleEndian(Integer.MIN_VALUE, 0),
              () -> buffer.address(8, 9),
              () -> buffer.address(17, 0),
              () -> buffer.address(1, -1),
              () -> buffer.address(Integer.MAX_VALUE, Integer.MAX_VALUE),
              () -> buffer.wipe(15, 2),
              () -> buffer.copyFrom(0, other, 1, 8),
              () -> buffer.copyFrom(9, other, 0, 8),
              () -> buffer.copyFrom(0, new byte[4], 2, 3),
              () -> buffer.copyTo(0, new byte[4], 0, 5),
              () -> buffer.toArray(10, 7),
              () -> other.getLong(1));
      for (ThrowingCallable access : accesses) {
        assertThatThrownBy(access).isInstanceOf(IndexOutOfBoundsException.class);
      }
    }
  }

  @Test
  void access_atTheEnd_works() {
    try (NativeBuffer buffer = NativeBuffer.allocate(8)) {
      buffer.putLongBigEndian(0, 0x0102030405060708L);
      assertThat(buffer.getByte(7)).isEqualTo((byte) 8);
      assertThat(buffer.getUnsignedShortBigEndian(6)).isEqualTo(0x0708);
      assertThat(buffer.getIntBigEndian(4)).isEqualTo(0x05060708);
      assertThat(buffer.getIntLittleEndian(4)).isEqualTo(0x08070605);
      assertThat(buffer.getLongLittleEndian(0)).isEqualTo(0x0807060504030201L);
      assertThat(buffer.address(8, 0)).isEqualTo(buffer.address(0, 8) + 8);
      buffer.copyFrom(1, buffer, 0, 7);
      assertThat(buffer.toArray(0, 8)).containsExactly(1, 1, 2, 3, 4, 5, 6, 7);
    }
  }

  @Test
  void access_toABufferTooSmallForIt_isRefused() {
    try (NativeBuffer buffer = NativeBuffer.allocate(2)) {
      assertThatThrownBy(() -> buffer.getInt(0)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> buffer.getLong(0)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void allocate_large_isZeroedAndAlignedAndNotResidentBeforeUse() throws IOException {
    int size = 256 << 20;
    long before = residentBytes();
    try (NativeBuffer buffer = NativeBuffer.allocate(size)) {
      assertThat(residentBytes() - before).isLessThan(size / 4);
      assertThat(buffer.address(0, size) % 64).isZero();
      assertThat(buffer.getLong(size - 8)).isZero();
      buffer.putLong(size - 8, 1);
    }
  }

  @Test
  void allocate_nothing_isRefused() {
    assertThatThrownBy(() -> NativeBuffer.allocate(-1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void close_twice_isRefused() {
    for (int size : new int[] {64, 1 << 20}) {
      NativeBuffer buffer = NativeBuffer.allocate(size);
      buffer.close();
      assertThatThrownBy(buffer::close).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void ofString_anyText_endsWithNul() {
    try (NativeBuffer buffer = NativeBuffer.ofString("/é")) {
      assertThat(buffer.toArray(0, buffer.size())).containsExactly('/', 0xc3, 0xa9, 0);
    }
  }

  private static long residentBytes() throws IOException {
    String[] fields = Files.readString(Path.of("/proc/self/statm")).split(" ", -1);
    return Long.parseLong(fields[1]) * 4096;
  }
}
