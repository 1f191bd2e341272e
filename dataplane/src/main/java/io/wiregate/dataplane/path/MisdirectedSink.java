package io.wiregate.dataplane.path;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.udp.UdpEndpoint;

/// Where a transport message goes that another worker's session is meant by: the kernel's steering
/// looks at the first datagram of a message only, and may not be permitted at all.
public interface MisdirectedSink {
  /// Takes a copy, without waiting.
  ///
  /// @param trafficClass of the message that the datagram came in
  /// @return false where too much waits already
  boolean hand(
      int worker,
      QueuePair pair,
      NativeBuffer data,
      int offset,
      int length,
      UdpEndpoint from,
      int trafficClass);
}
