package io.wiregate.os.udp;

/// What the kernel is asked to do for UDP sockets.
///
/// @param segmentationOffload `UDP_SEGMENT`, Linux 4.18
/// @param receiveOffload `UDP_GRO`, Linux 5.0
/// @param steering of the sockets that share a port it chooses one by what the message says:
///   `SO_ATTACH_REUSEPORT_CBPF`, Linux 4.5
public record UdpOffloads(boolean segmentationOffload, boolean receiveOffload, boolean steering) {
  public static final UdpOffloads NONE = new UdpOffloads(false, false, false);
  public static final UdpOffloads ALL = new UdpOffloads(true, true, true);
}
