package io.wiregate.dataplane.path;

import io.wiregate.os.NativeBuffer;

/// Takes the packets of one interface whose senders are to be told that nobody is there. One worker
/// calls, and never waits.
public interface UnreachableSink {
  /// Takes a copy.
  ///
  /// @param length bytes, at most as many as an ICMP message may quote
  /// @return false where too many wait: the sender is then not told
  boolean offer(NativeBuffer packet, int offset, int length);
}
