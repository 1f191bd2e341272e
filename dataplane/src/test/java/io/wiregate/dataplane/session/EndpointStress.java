package io.wiregate.dataplane.session;

import io.wiregate.os.net.IpAddress;
import io.wiregate.os.udp.UdpEndpoint;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/// A peer roams while another thread gives up its local address: whoever reads sees one endpoint or
/// the other, never parts of both, and the roaming is not undone.
@JCStressTest
@Outcome(
    id = {"1, 2", "2, 2"},
    expect = Expect.ACCEPTABLE)
@Outcome(expect = Expect.FORBIDDEN, desc = "half an endpoint, or an old one came back")
@State
public class EndpointStress {
  private final Peer peer = Stressed.peer();

  public EndpointStress() {
    peer.where().set(endpoint(1));
  }

  private static UdpEndpoint endpoint(int number) {
    return new UdpEndpoint(IpAddress.v4(number), number, 0, IpAddress.v4(100 + number), number);
  }

  /// The number that all of it agrees on.
  private static int number(@Nullable UdpEndpoint endpoint) {
    if (endpoint == null) {
      return -1;
    }
    int number = endpoint.port();
    IpAddress local = endpoint.localAddress();
    boolean whole =
        endpoint.address().equals(IpAddress.v4(number))
            && (local == null || local.equals(IpAddress.v4(100 + number)));
    return whole ? number : -2;
  }

  @Actor
  public void peersWorker() {
    peer.where().set(endpoint(2));
  }

  @Actor
  public void another(II_Result result) {
    peer.where().forgetLocalAddress();
    result.r1 = number(peer.endpoint());
  }

  @Arbiter
  public void arbiter(II_Result result) {
    result.r2 = number(peer.endpoint());
  }
}
