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
/// - Flows are spread over all queues by their hash, which is the same in both directions: sealing
///   for one peer then has all processors.
/// - A flow that makes up most of what its worker writes stays with that worker. It could only be
///   moved, not spread, and every acknowledgement would wake a second thread at each end: measured
///   with one TCP stream on two processors, that is 15 to 20 % of the receiver's processor time.
///
/// Which flow that is, a vote tells (Boyer and Moore 1981): a write for the leader counts up, one
/// of another flow counts down, and at zero the next one leads. So a flow changes its queue, which
/// may reorder it once, only after it has led by [#MAJORITY] writes, or has lost that lead.
///
/// What it costs: a single flow that is heavy in both directions, as a tunnel within the tunnel,
/// has one processor for both.
///
/// Both directions of a flow between two peers of the interface are written, by the workers of
/// either: were each to keep it, it would change queues with every packet. Such a flow goes by its
/// hash.
///
/// Owner: one worker thread.
final class FlowPlacement {
  /// By so many writes a flow must lead before it is kept.
  static final int MAJORITY = 256;

  private final PeerTable peers;
  private final int worker;
  private int leader;
  private int votes;
  private boolean kept;

  /// Of which it was asked whether the leader may be kept: peers come and go meanwhile.
  private @Nullable AllowedIps<Peer> asked;

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
    if (flowHash == leader) {
      if (votes < MAJORITY) {
        votes++;
      }
      AllowedIps<Peer> routes = peers.routes();
      if (votes == MAJORITY && routes != asked) {
        asked = routes;
        kept = !isWrittenElsewhere(routes, data, packet);
      }
    } else if (votes > 0) {
      votes--;
      if (votes == 0) {
        kept = false;
      }
    } else {
      leader = flowHash;
      votes = 1;
      asked = null;
    }
    return kept && flowHash == leader ? worker : Integer.remainderUnsigned(flowHash, queues);
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
