package io.wiregate.os;

/// An array of `struct iovec` for a gathering write: pieces of memory that go out as one. Owner:
/// one thread. Source: writev(2).
public final class IoVectors implements AutoCloseable {
  private static final int SIZE_OF_IOVEC = 16;

  private final NativeBuffer vectors;
  private final int capacity;

  /// @param capacity pieces, at most 1024 (`UIO_MAXIOV`)
  public IoVectors(int capacity) {
    this.capacity = capacity;
    this.vectors = NativeBuffer.allocate(capacity * SIZE_OF_IOVEC);
  }

  public int capacity() {
    return capacity;
  }

  /// Points piece `index` at memory that must stay unchanged until the write has returned.
  public void set(int index, NativeBuffer buffer, int offset, int length) {
    int at = index * SIZE_OF_IOVEC;
    vectors.putLong(at, buffer.address(offset, length));
    vectors.putLong(at + 8, length);
  }

  /// The bytes that piece `index` covers.
  public int length(int index) {
    return (int) vectors.getLong(index * SIZE_OF_IOVEC + 8);
  }

  /// The address of the pieces from `first` on, for a system call that reads `count` of them.
  public long address(int first, int count) {
    return vectors.address(first * SIZE_OF_IOVEC, count * SIZE_OF_IOVEC);
  }

  @Override
  public void close() {
    vectors.close();
  }
}
