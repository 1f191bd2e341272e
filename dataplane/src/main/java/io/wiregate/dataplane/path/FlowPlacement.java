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
/// - While a worker writes few TCP connections, they stay with it in both directions. One of them
///   could only be moved, not spread, and every acknowledgement would wake a second thread at each
///   end: measured with one TCP stream on two processors, that is 15 to 20 % of the receiver's
///   processor time.
/// - Everything else is spread over all queues by its hash, which is the same in both directions:
///   sealing for one peer then has all processors. What is not TCP is so too, lest a look-up in the
///   DNS takes the place of the download that follows it.
///
/// A connection is placed when it is seen first, and stays there until it pauses for as long as the
/// kernel remembers it: to change queues before would reorder it. What it costs: a single
/// connection that is heavy in both directions has one processor for both.
///
/// Both directions of a flow between two peers of the interface are written, by the workers of
/// either: were each to keep it, it would change queues with every packet. Such a flow goes by its
/// hash.
///
/// Owner: one worker thread. Bounded: connections that find their place in the table taken by one
/// that goes on go by their hash.
final class FlowPlacement {
  /// Connections that stay with their worker, of those that it has written lately.
  static final int KEPT = 2;

  /// Nanoseconds of a period are 2 to the power of this, 0.27 s. 'Lately' is this one and the one
  /// before.
  static final int PERIOD_SHIFT = 28;

  /// Periods without a write, more than 3 s, after which a place in the table is another's. The
  /// kernel has forgotten the queue then (`TUN_FLOW_EXPIRE`), and nothing is on its way.
  static final int PAUSE = 13;

  static final int PLACES = 4096;

  private final PeerTable peers;
  private final int worker;

  // By connection: its hash with the lowest bit set, whether it is kept, the period in which it was
  // written last, and as of which routes it is kept.
  private final int[] tags = new int[PLACES];
  private final boolean[] kept = new boolean[PLACES];
  private final int[] periods = new int[PLACES];
  private final int[] versions = new int[PLACES];

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

  /// Says which queue a write is for.
  ///
  /// @param flowHash the same in both directions
  /// @param packet where in `data` the first packet of the write starts
  /// @param queues at least 1
  /// @param now the boot clock
  int queue(int flowHash, NativeBuffer data, int packet, int queues, long now) {
    return InnerPacket.protocol(data, packet) == InnerPacket.TCP
            && isKept(flowHash, data, packet, now)
        ? worker
        : Integer.remainderUnsigned(flowHash, queues);
  }

  private boolean isKept(int flowHash, NativeBuffer data, int packet, long now) {
    passTo((int) (now >>> PERIOD_SHIFT));
    AllowedIps<Peer> known = peers.routes();
    if (routes != known) {
      routes = known;
      version++;
    }
    int tag = flowHash | 1;
    int at = flowHash >>> 1 & PLACES - 1;
    boolean goesOn = tags[at] != 0 && period - periods[at] < PAUSE;
    if (tags[at] != tag && goesOn) {
      return false;
    }
    if (!goesOn) {
      tags[at] = tag;
      kept[at] = Math.max(keptNow, keptBefore) < KEPT && !isWrittenElsewhere(known, data, packet);
      versions[at] = version;
      periods[at] = period - 1;
    } else if (kept[at] && versions[at] != version) {
      versions[at] = version;
      kept[at] = !isWrittenElsewhere(known, data, packet);
    }
    if (periods[at] != period) {
      periods[at] = period;
      keptNow += kept[at] ? 1 : 0;
    }
    return kept[at];
  }

  private void passTo(int current) {
    if (current != period) {
      keptBefore = current == period + 1 ? keptNow : 0;
      keptNow = 0;
      period = current;
    }
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
