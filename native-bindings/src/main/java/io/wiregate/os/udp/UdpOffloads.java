package io.wiregate.os.udp;

/// Which messages of several datagrams a socket sends and takes.
///
/// @param segmentationOffload `UDP_SEGMENT`, Linux 4.18
/// @param receiveOffload `UDP_GRO`, Linux 5.0
public record UdpOffloads(boolean segmentationOffload, boolean receiveOffload) {
  public static final UdpOffloads NONE = new UdpOffloads(false, false);
  public static final UdpOffloads ALL = new UdpOffloads(true, true);
}
