package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.noise.HandshakeRateLimiter;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.udp.ReceiveBatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/// Two workers put a message each into a lane while a handshake thread takes one: each message
/// comes out once, whole, and none is lost.
@JCStressTest
@Outcome(
    id = {"0, 1, 2", "1, 2, 0", "2, 1, 0"},
    expect = Expect.ACCEPTABLE)
@Outcome(expect = Expect.FORBIDDEN, desc = "lost, twice, or parts of two")
@State
public class HandshakeLaneStress {
  private static final int LENGTH = 148;
  private static final HandshakeRateLimiter UNUSED =
      new HandshakeRateLimiter(1, new SecureRandom(), 0);
  private static final ReceivedHandshake ONE = filledWith(1);
  private static final ReceivedHandshake TWO = filledWith(2);

  private final HandshakeLane lane = new HandshakeLane(UNUSED);
  private final ReceivedHandshake during = new ReceivedHandshake();
  private final ReceivedHandshake after = new ReceivedHandshake();

  private static ReceivedHandshake filledWith(int value) {
    ReceivedHandshake message = new ReceivedHandshake();
    try (NativeBuffer buffer = NativeBuffer.allocate(LENGTH);
        ReceiveBatch nowhere = new ReceiveBatch(1, 256)) {
      for (int at = 0; at < LENGTH; at += 4) {
        buffer.putIntLittleEndian(at, value);
      }
      message.set(buffer, 0, LENGTH, nowhere, 0);
    }
    return message;
  }

  @Actor
  public void worker() {
    lane.offer(ONE);
  }

  @Actor
  public void otherWorkerAndHandshakeThread(III_Result result) {
    lane.offer(TWO);
    result.r1 = take(during);
  }

  @Arbiter
  public void arbiter(III_Result result) {
    result.r2 = take(after);
    result.r3 = take(after);
  }

  /// The number that all of the message agrees on, 0 where there is none.
  private int take(ReceivedHandshake into) {
    if (!lane.poll(into)) {
      return 0;
    }
    ByteBuffer bytes = ByteBuffer.wrap(into.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    int value = bytes.getInt(0);
    for (int at = 4; at < LENGTH; at += 4) {
      if (bytes.getInt(at) != value) {
        return -1;
      }
    }
    return value;
  }
}
