package io.wiregate.dataplane.session;

import io.wiregate.os.NativeBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZJ_Result;

/// A worker stages a packet while the peer is removed: nothing waits any more, and no byte of the
/// room that all peers share stays taken.
@JCStressTest
@Outcome(id = "true, 0", expect = Expect.ACCEPTABLE)
@Outcome(expect = Expect.FORBIDDEN, desc = "bytes that nobody gives back")
@State
public class StagedPacketsStress {
  private static final NativeBuffer PACKET = NativeBuffer.allocate(16);

  private final AtomicLong total = new AtomicLong();
  private final StagedPackets staged = new StagedPackets(total);

  @Actor
  public void worker() {
    staged.add(PACKET, 0, 16, 1);
  }

  @Actor
  public void controlThread() {
    staged.close();
  }

  @Arbiter
  public void arbiter(ZJ_Result result) {
    result.r1 = !staged.isWaiting();
    result.r2 = total.get();
  }
}
