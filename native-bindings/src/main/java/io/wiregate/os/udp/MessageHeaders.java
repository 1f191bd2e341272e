package io.wiregate.os.udp;

import io.wiregate.os.NativeBuffer;

/// An array of `struct mmsghdr`, each with one `struct iovec`. Source: recvmsg(2), recvmmsg(2).
final class MessageHeaders implements AutoCloseable {
  private static final int SIZE = 64;
  private static final int SIZE_OF_IOVEC = 16;

  private static final int NAME = 0;
  private static final int NAME_LENGTH = 8;
  private static final int VECTORS = 16;
  private static final int VECTOR_COUNT = 24;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH = 40;
  private static final int FLAGS = 48;
  private static final int MESSAGE_LENGTH = 56;

  private final NativeBuffer headers;
  private final NativeBuffer vectors;

  MessageHeaders(int capacity) {
    headers = NativeBuffer.allocate(capacity * SIZE);
    vectors = NativeBuffer.allocate(capacity * SIZE_OF_IOVEC);
    for (int i = 0; i < capacity; i++) {
      headers.putLong(i * SIZE + VECTORS, vectors.address(i * SIZE_OF_IOVEC, SIZE_OF_IOVEC));
      headers.putLong(i * SIZE + VECTOR_COUNT, 1);
    }
  }

  long address(int first, int count) {
    return headers.address(first * SIZE, count * SIZE);
  }

  void setName(int index, long address) {
    headers.putLong(index * SIZE + NAME, address);
  }

  void setNameLength(int index, int length) {
    headers.putInt(index * SIZE + NAME_LENGTH, length);
  }

  void setData(int index, long address, int length) {
    vectors.putLong(index * SIZE_OF_IOVEC, address);
    vectors.putLong(index * SIZE_OF_IOVEC + 8, length);
  }

  void setControl(int index, long address) {
    headers.putLong(index * SIZE + CONTROL, address);
  }

  void setControlLength(int index, int length) {
    headers.putLong(index * SIZE + CONTROL_LENGTH, length);
  }

  int controlLength(int index) {
    return (int) headers.getLong(index * SIZE + CONTROL_LENGTH);
  }

  int flags(int index) {
    return headers.getInt(index * SIZE + FLAGS);
  }

  /// Bytes that arrived or left.
  int messageLength(int index) {
    return headers.getInt(index * SIZE + MESSAGE_LENGTH);
  }

  @Override
  public void close() {
    headers.close();
    vectors.close();
  }
}
