package io.wiregate.dataplane.path;

import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.udp.UdpEndpoint;

/// Where a transport message goes that another thread has received than the worker that it is meant
/// for: the kernel's steering looks at the first datagram of a message only, and may not be
/// permitted at all.
public interface MisdirectedSink {
  /// Takes a copy, without waiting.
  ///
  /// @param worker any number
  /// @param peers the table of the interface that it arrived at
  /// @param trafficClass of the message that the datagram came in
  /// @return false where too much waits already, or there is no such worker
  boolean hand(
      int worker,
      PeerTable peers,
      NativeBuffer data,
      int offset,
      int length,
      UdpEndpoint from,
      int trafficClass);
}
