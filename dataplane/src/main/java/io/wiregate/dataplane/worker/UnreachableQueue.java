package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.path.UnreachableSink;
import io.wiregate.os.NativeBuffer;
import java.util.concurrent.atomic.AtomicLong;

/// Packets of one interface on their way from one worker to the [UnreachableThread]: a ring whose
/// places are filled again and again, of which only those take memory that were used.
///
/// One thread offers and one polls; neither ever waits for the other.
final class UnreachableQueue implements UnreachableSink, AutoCloseable {
  /// Packets that may wait: more than the worker may offer at once.
  static final int CAPACITY = 64;

  /// Bytes of a place: a length, then the packet.
  private static final int STRIDE = 2048;

  private static final int PACKET = 8;

  /// Bytes of the largest packet that it takes.
  static final int LARGEST = STRIDE - PACKET;

  private final NativeBuffer places = NativeBuffer.allocate(CAPACITY * STRIDE);
  private final AtomicLong offered = new AtomicLong();
  private final AtomicLong polled = new AtomicLong();
  private final Runnable onOffered;

  /// @param onOffered called after each packet, without waiting
  UnreachableQueue(Runnable onOffered) {
    this.onOffered = onOffered;
  }

  private static int place(long position) {
    return (int) (position % CAPACITY) * STRIDE;
  }

  @Override
  public boolean offer(NativeBuffer packet, int offset, int length) {
    long position = offered.get();
    if (length > LARGEST || position - polled.get() >= CAPACITY) {
      return false;
    }
    int at = place(position);
    places.putInt(at, length);
    places.copyFrom(at + PACKET, packet, offset, length);
    offered.set(position + 1);
    onOffered.run();
    return true;
  }

  /// Takes the packet that has waited longest.
  ///
  /// @param into with room for [#LARGEST] bytes from `offset` on
  /// @return its length, 0 where none waits
  int poll(NativeBuffer into, int offset) {
    long position = polled.get();
    if (position == offered.get()) {
      return 0;
    }
    int at = place(position);
    int length = places.getInt(at);
    into.copyFrom(offset, places, at + PACKET, length);
    polled.set(position + 1);
    return length;
  }

  boolean isEmpty() {
    return polled.get() == offered.get();
  }

  /// Frees the memory. Neither thread may be using it.
  @Override
  public void close() {
    places.close();
  }
}
