package io.wiregate.os.udp;

import io.wiregate.os.testing.fuzz.FuzzInput;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Control messages beside what recvmmsg(2) brings: several, cut short, lying about their length,
/// of kinds that nobody asked for. Input: for each of the batch's messages what the kernel says
/// their control messages are long (2 bytes), then 128 bytes of them.
public final class ReceivedControlFuzz {
  private static final int MESSAGES = 2;
  private static final int CONTROL_SIZE = 128;
  private static final int SIZE_OF_MMSGHDR = 64;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH = 40;

  private static final ReceiveBatch BATCH = new ReceiveBatch(MESSAGES, 64);
  private static final MemorySegment HEADERS =
      memory(BATCH.headersAddress(), MESSAGES * SIZE_OF_MMSGHDR);

  private ReceivedControlFuzz() {}

  @SuppressWarnings("restricted")
  private static MemorySegment memory(long address, long length) {
    return MemorySegment.ofAddress(address).reinterpret(length);
  }

  public static void fuzzerTestOneInput(byte[] bytes) {
    FuzzInput input = new FuzzInput(bytes);
    for (int i = 0; i < MESSAGES; i++) {
      long header = (long) i * SIZE_OF_MMSGHDR;
      HEADERS.set(ValueLayout.JAVA_LONG, header + CONTROL_LENGTH, input.nextShort());
      MemorySegment control =
          memory(HEADERS.get(ValueLayout.JAVA_LONG, header + CONTROL), CONTROL_SIZE);
      control.fill((byte) 0);
      byte[] content = input.nextBytes(CONTROL_SIZE);
      MemorySegment.copy(MemorySegment.ofArray(content), 0, control, 0, content.length);
    }
    BATCH.onReceived(MESSAGES);
    for (int i = 0; i < MESSAGES; i++) {
      check(i);
    }
  }

  private static void check(int message) {
    long length =
        HEADERS.get(ValueLayout.JAVA_LONG, (long) message * SIZE_OF_MMSGHDR + CONTROL_LENGTH);
    if (length != CONTROL_SIZE) {
      throw new AssertionError("the header is not ready for the next receive");
    }
    if (BATCH.segmentSize(message) < 1 || BATCH.trafficClass(message) >>> 8 != 0) {
      throw new AssertionError("a size or class that cannot be");
    }
    BATCH.endpoint(message);
  }
}
