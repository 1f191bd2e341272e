package io.wiregate.dataplane.session;

import io.wiregate.os.NativeBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/// A worker sends what waits while another one stages behind it: one of them sends that too, and
/// nothing is left waiting for nobody.
@JCStressTest
@Outcome(id = "false, 2", expect = Expect.ACCEPTABLE)
@Outcome(expect = Expect.FORBIDDEN, desc = "a packet that nobody sends")
@State
public class StagedDrainStress {
  private static final NativeBuffer PACKET = NativeBuffer.allocate(16);

  private final StagedPackets staged = new StagedPackets(new AtomicLong());
  private final AtomicInteger sent = new AtomicInteger();

  public StagedDrainStress() {
    staged.add(PACKET, 0, 16, 1);
  }

  private void send() {
    while (staged.beginDrain()) {
      while (staged.poll() != null) {
        sent.incrementAndGet();
      }
      if (!staged.endDrain()) {
        return;
      }
    }
  }

  @Actor
  public void peersWorker() {
    send();
  }

  @Actor
  public void readingWorker() {
    staged.add(PACKET, 0, 16, 1);
    send();
  }

  @Arbiter
  public void arbiter(ZI_Result result) {
    result.r1 = staged.isWaiting();
    result.r2 = sent.get();
  }
}
