package io.wiregate.dataplane.path;

import io.wiregate.dataplane.outcome.OutcomeCounters;
import io.wiregate.dataplane.route.RouteCache;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.tun.TunOffloads;
import io.wiregate.os.tun.TunQueue;
import io.wiregate.os.udp.UdpSocket;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One worker's share of one interface: a queue of its TUN interface, a socket of each family, and
/// the peers that both stand for.
///
/// Owner: the worker, which swaps the sockets; the MTU may be set by any thread.
public final class QueuePair {
  private final PeerTable peers;
  private final RouteCache<Peer> routes = new RouteCache<>();
  private final TunQueue tun;
  private final List<TunQueue> siblings;
  private final TunOffloads tunOffloads;
  private final OutcomeCounters counters = new OutcomeCounters();
  private final UnreachableSink unreachable;
  private final IcmpBudget icmpBudget = new IcmpBudget();
  private final FlowPlacement placement;
  private volatile int mtu;
  private @Nullable UdpSocket socketV4;
  private @Nullable UdpSocket socketV6;

  /// @param tun the queue that the worker reads
  /// @param siblings all queues of the interface in the order of their workers, any of which may
  ///   write them
  /// @param tunOffloads which large packets the interface takes
  /// @param unreachable takes what nobody takes
  public QueuePair(
      PeerTable peers,
      TunQueue tun,
      List<TunQueue> siblings,
      TunOffloads tunOffloads,
      UnreachableSink unreachable,
      int mtu) {
    this.peers = peers;
    this.tun = tun;
    this.siblings = List.copyOf(siblings);
    this.tunOffloads = tunOffloads;
    this.placement =
        new FlowPlacement(peers, Objects.checkIndex(siblings.indexOf(tun), siblings.size()));
    this.unreachable = unreachable;
    this.mtu = mtu;
  }

  public PeerTable peers() {
    return peers;
  }

  /// The peer whose allowed address that is, now; only for the worker.
  @Nullable Peer peerOfV4(int address) {
    return routes.findV4(peers.routes(), address);
  }

  /// The peer whose allowed address that is, now; only for the worker.
  @Nullable Peer peerOfV6(long high, long low) {
    return routes.findV6(peers.routes(), high, low);
  }

  /// What became of the packets that this worker carried for this interface.
  public OutcomeCounters counters() {
    return counters;
  }

  public TunQueue tun() {
    return tun;
  }

  /// Where packets go whose senders are to be told that nobody is there.
  UnreachableSink unreachable() {
    return unreachable;
  }

  /// What may still be answered with ICMP errors.
  IcmpBudget icmpBudget() {
    return icmpBudget;
  }

  /// The queue to write some of a flow to; see [FlowPlacement].
  ///
  /// @param flowHash the same in both directions
  /// @param packet where in `data` the first packet of the write starts
  /// @param now the boot clock
  TunQueue queueFor(int flowHash, NativeBuffer data, int packet, long now) {
    return siblings.size() == 1
        ? tun
        : siblings.get(placement.queue(flowHash, data, packet, siblings.size(), now));
  }

  TunOffloads tunOffloads() {
    return tunOffloads;
  }

  /// Bytes of the largest inner packet; 0 where it is not known.
  public int mtu() {
    return mtu;
  }

  public void setMtu(int mtu) {
    this.mtu = mtu;
  }

  /// The socket of a family, null while the interface is down or the kernel lacks the family.
  public @Nullable UdpSocket socket(boolean v6) {
    return v6 ? socketV6 : socketV4;
  }

  public void setSockets(@Nullable UdpSocket v4, @Nullable UdpSocket v6) {
    this.socketV4 = v4;
    this.socketV6 = v6;
  }
}
