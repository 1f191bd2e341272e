package io.wiregate.dataplane.session;

import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.route.AllowedIps;
import io.wiregate.os.net.IpPrefix;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/// A peer gets its address ranges while a worker looks them up: all of them or none, and a peer
/// that is whole.
@JCStressTest
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "before")
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "after")
@Outcome(expect = Expect.FORBIDDEN, desc = "half of the change, or half a peer")
@State
public class PeerTableStress {
  private static final int FIRST = 0x0a000001;
  private static final int SECOND = 0xc0a80001;
  private static final List<IpPrefix> PREFIXES =
      List.of(IpPrefix.parse("10.0.0.0/8"), IpPrefix.parse("192.168.0.0/16"));

  private final PeerTable table = new PeerTable(0);

  @Actor
  public void controlThread() {
    Peer peer = new Peer(new PublicKey(1, 2, 3, 4), table, 0, Stressed.NOBODY, new AtomicLong());
    table.add(peer);
    table.replaceAllowedIps(peer, PREFIXES);
  }

  @Actor
  public void worker(II_Result result) {
    AllowedIps<Peer> routes = table.routes();
    result.r1 = seen(routes.findV4(FIRST));
    result.r2 = seen(routes.findV4(SECOND));
  }

  private int seen(@Nullable Peer peer) {
    if (peer == null) {
      return 0;
    }
    return peer.table() == table && peer.publicKey().equals(new PublicKey(1, 2, 3, 4)) ? 1 : -1;
  }
}
