package io.wiregate.os.crypto;

import io.wiregate.os.NativeBuffer;
import java.util.Objects;

/// Packets to seal or open under one key: where each lies, how long it is, where it goes, and its
/// counter. Owner: one thread. It refers to the buffers until the next [#begin].
public final class AeadBatch {
  private final int capacity;
  private final int[] inputOffsets;
  private final int[] lengths;
  private final int[] outputOffsets;
  private final long[] counters;
  private final boolean[] authentic;
  private NativeBuffer input;
  private NativeBuffer output;
  private int count;

  /// @param buffer what [#input] and [#output] are until [#begin] names others
  public AeadBatch(int capacity, NativeBuffer buffer) {
    this.capacity = capacity;
    inputOffsets = new int[capacity];
    lengths = new int[capacity];
    outputOffsets = new int[capacity];
    counters = new long[capacity];
    authentic = new boolean[capacity];
    input = buffer;
    output = buffer;
  }

  public int capacity() {
    return capacity;
  }

  /// Starts a new batch between two buffers, which may be the same.
  public void begin(NativeBuffer from, NativeBuffer to) {
    input = from;
    output = to;
    count = 0;
  }

  /// Adds a packet.
  ///
  /// @param length bytes of the input, for opening with the tag
  public void add(int inputOffset, int length, int outputOffset, long counter) {
    int index = Objects.checkIndex(count, capacity);
    inputOffsets[index] = inputOffset;
    lengths[index] = length;
    outputOffsets[index] = outputOffset;
    counters[index] = counter;
    count = index + 1;
  }

  public int count() {
    return count;
  }

  public boolean isFull() {
    return count == capacity;
  }

  public NativeBuffer input() {
    return input;
  }

  public NativeBuffer output() {
    return output;
  }

  public int inputOffset(int index) {
    return inputOffsets[index];
  }

  public int length(int index) {
    return lengths[index];
  }

  public int outputOffset(int index) {
    return outputOffsets[index];
  }

  public long counter(int index) {
    return counters[index];
  }

  /// Gives packets added with any counter consecutive ones from `first` on.
  public void numberFrom(long first) {
    for (int i = 0; i < count; i++) {
      counters[i] = first + i;
    }
  }

  /// Whether packet `index` was genuine when it was opened.
  public boolean isAuthentic(int index) {
    return authentic[index];
  }

  /// For engines: the verdict on packet `index`.
  public void setAuthentic(int index, boolean value) {
    authentic[index] = value;
  }
}
