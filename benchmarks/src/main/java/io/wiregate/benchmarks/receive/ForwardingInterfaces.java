package io.wiregate.benchmarks.receive;

import io.wiregate.os.OsException;
import io.wiregate.os.link.LinkAddress;
import io.wiregate.os.link.Netlink;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.tun.TunInterface;
import io.wiregate.os.tun.TunOffloads;
import io.wiregate.os.tun.TunQueue;

/// The two sides of a gateway: a TUN interface that packets as [Datagram] writes them come from,
/// and one that the kernel forwards them to, where nobody reads them: its queue is full at once,
/// and drops.
final class ForwardingInterfaces implements AutoCloseable {
  private final TunInterface inside;
  private final TunInterface outside;

  ForwardingInterfaces() throws OsException {
    inside = open("inside", "10.77.0.1");
    try {
      outside = open("outside", "10.77.1.1");
    } catch (OsException e) {
      inside.close();
      throw e;
    }
  }

  private static TunInterface open(String name, String address) throws OsException {
    TunInterface tun = TunInterface.create(name, 1, new TunOffloads(true, true));
    try (Netlink netlink = Netlink.open()) {
      int link = netlink.link(name).index();
      netlink.setUp(link);
      netlink.addAddress(new LinkAddress(link, IpAddress.parse(address), 24), false);
      return tun;
    } catch (OsException e) {
      tun.close();
      throw e;
    }
  }

  /// What packets are written to.
  TunQueue inside() {
    return inside.queues().getFirst();
  }

  @Override
  public void close() {
    inside.close();
    outside.close();
  }
}
