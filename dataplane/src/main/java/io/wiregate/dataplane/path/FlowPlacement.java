package io.wiregate.dataplane.path;

import io.wiregate.dataplane.offload.InnerPacket;
import io.wiregate.dataplane.route.AllowedIps;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.os.NativeBuffer;
import org.jspecify.annotations.Nullable;

/// Chooses the TUN queue that a flow is written to. The kernel hands over the other direction of a
/// flow through the queue that it was written to last (`tun_flow_update`), so this says which
/// worker seals what answers it.
///
/// - While a worker writes few flows, they stay with it in both directions. One of them could only
///   be moved, not spread, and every acknowledgement would wake a second thread at each end:
///   measured with one TCP stream on two processors, that is 15 to 20 % of the receiver's processor
///   time.
/// - The others are spread over all queues by their hash, which is the same in both directions:
///   sealing for one peer then has all processors.
///
/// A flow is placed when it is seen first, and stays there: to change queues would reorder it. What
/// it costs: a single flow that is heavy in both directions, as a tunnel within the tunnel, has one
/// processor for both.
///
/// Both directions of a flow between two peers of the interface are written, by the workers of
/// either: were each to keep it, it would change queues with every packet. Such a flow goes by its
/// hash.
///
/// Owner: one worker thread. Bounded: flows that find their place in the table taken go by their
/// hash.
final class FlowPlacement {
  /// Flows that stay with their worker, of those that it has written lately.
  static final int KEPT = 2;

  /// Writes that 'lately' means: two periods of so many.
  static final int PERIOD = 4096;

  private static final int FLOWS = 4096;

  private final PeerTable peers;
  private final int worker;

  // By flow: its hash with the lowest bit set, whether it is kept, the period in which it was
  // written last, and as of which routes it is kept.
  private final int[] tags = new int[FLOWS];
  private final boolean[] kept = new boolean[FLOWS];
  private final int[] periods = new int[FLOWS];
  private final int[] versions = new int[FLOWS];

  private int writes;
  private int period;
  private int keptNow;
  private int keptBefore;
  private @Nullable AllowedIps<Peer> routes;
  private int version;

  /// @param worker whose writes these are; its queue has this number too
  FlowPlacement(PeerTable peers, int worker) {
    this.peers = peers;
    this.worker = worker;
  }

  /// Counts a write and says which queue it is for.
  ///
  /// @param flowHash the same in both directions
  /// @param packet where in `data` the first packet of the write starts
  /// @param queues at least 1
  int queue(int flowHash, NativeBuffer data, int packet, int queues) {
    if (++writes == PERIOD) {
      writes = 0;
      period++;
      keptBefore = keptNow;
      keptNow = 0;
    }
    AllowedIps<Peer> known = peers.routes();
    if (routes != known) {
      routes = known;
      version++;
    }
    int tag = flowHash | 1;
    int at = flowHash >>> 1 & FLOWS - 1;
    if (tags[at] != tag) {
      if (tags[at] != 0) {
        return Integer.remainderUnsigned(flowHash, queues);
      }
      tags[at] = tag;
      kept[at] = Math.max(keptNow, keptBefore) < KEPT && !isWrittenElsewhere(known, data, packet);
      versions[at] = version;
      periods[at] = period - 1;
    } else if (kept[at] && versions[at] != version) {
      versions[at] = version;
      kept[at] = !isWrittenElsewhere(known, data, packet);
    }
    if (!kept[at]) {
      return Integer.remainderUnsigned(flowHash, queues);
    }
    if (periods[at] != period) {
      periods[at] = period;
      keptNow++;
    }
    return worker;
  }

  /// Whether the other direction comes from a peer whose worker is another one.
  private boolean isWrittenElsewhere(AllowedIps<Peer> routes, NativeBuffer data, int packet) {
    @Nullable Peer to =
        InnerPacket.version(data, packet) == 4
            ? routes.findV4(InnerPacket.destinationV4(data, packet))
            : routes.findV6(
                InnerPacket.destinationV6High(data, packet),
                InnerPacket.destinationV6Low(data, packet));
    return to != null && to.worker() != worker;
  }
}
