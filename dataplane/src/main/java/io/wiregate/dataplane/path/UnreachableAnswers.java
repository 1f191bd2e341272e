package io.wiregate.dataplane.path;

import io.wiregate.dataplane.offload.InnerPacket;
import io.wiregate.dataplane.offload.SegmentSplitter;
import io.wiregate.dataplane.offload.UnreachableMessage;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.tun.VirtioNetHeader;

/// Tells those inside at once that nobody is there, where no peer has the destination or nobody
/// knows where that peer is, as the kernel's `wg_xmit` does: else each connection attempt waits for
/// a timeout. Owner: one worker thread.
final class UnreachableAnswers {
  private static final int LARGEST_PACKET = 65575; // IPv6: 40 + 65,535

  private final NativeBuffer message =
      NativeBuffer.allocate(
          VirtioNetHeader.SIZE + UnreachableMessage.quoteOffset(true) + LARGEST_PACKET);

  UnreachableAnswers() {}

  /// Answers what was read, if that may be and there have not been too many answers lately. What
  /// the kernel does not take is lost, as any packet may be.
  ///
  /// @param splitter which has looked at it
  /// @param length bytes that were read
  void answer(QueuePair pair, SegmentSplitter splitter, NativeBuffer read, int length, long now) {
    int packet = splitter.packetOffset();
    if (!UnreachableMessage.mayAnswer(read, packet, length - packet)
        || !pair.icmpBudget().take(now)) {
      return;
    }
    boolean isV6 = InnerPacket.isV6(read, packet);
    int start = VirtioNetHeader.SIZE;
    // The first of a large one, complete with its checksums: its sender looks for what it sent.
    int quoted = splitter.copySegment(0, message, start + UnreachableMessage.quoteOffset(isV6));
    int size = UnreachableMessage.complete(message, start, isV6, quoted);
    VirtioNetHeader.putPlain(message, 0);
    pair.tun().write(message, 0, start + size);
  }

  void close() {
    message.close();
  }
}
