package io.wiregate.dataplane.path;

import io.wiregate.dataplane.offload.InnerPacket;
import io.wiregate.dataplane.offload.SegmentSplitter;
import io.wiregate.dataplane.offload.UnreachableMessage;
import io.wiregate.os.NativeBuffer;

/// Has those inside told at once that nobody is there, where no peer has the destination or nobody
/// knows where that peer is, as the kernel's `wg_xmit` does: else each connection attempt waits for
/// a timeout. Owner: one worker thread.
final class UnreachableAnswers {
  private static final int LARGEST_PACKET = 65575; // IPv6: 40 + 65,535

  private final NativeBuffer packet = NativeBuffer.allocate(LARGEST_PACKET);

  UnreachableAnswers() {}

  /// Hands what was read to the interface's sink, if it may be answered and there have not been too
  /// many answers lately.
  ///
  /// @param splitter which has looked at it
  /// @param length bytes that were read
  void answer(QueuePair pair, SegmentSplitter splitter, NativeBuffer read, int length, long now) {
    int at = splitter.packetOffset();
    if (!UnreachableMessage.mayAnswer(read, at, length - at) || !pair.icmpBudget().take(now)) {
      return;
    }
    // The first of a large one, complete with its checksums: its sender looks for what it sent.
    int copied = splitter.copySegment(0, packet, 0);
    int quoted = Math.min(copied, UnreachableMessage.quoteLimit(InnerPacket.isV6(packet, 0)));
    pair.unreachable().offer(packet, 0, quoted);
  }

  void close() {
    packet.close();
  }
}
