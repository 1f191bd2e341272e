package io.wiregate.os.tun;

/// Which large packets a TUN interface hands over and takes, each standing for several of one flow.
///
/// @param tcp TCP segmentation for IPv4 and IPv6, and checksums left to the reader
/// @param udp UDP segmentation (Linux 6.2); needs `tcp`
public record TunOffloads(boolean tcp, boolean udp) {
  /// Every packet is complete and fits the MTU.
  public static final TunOffloads NONE = new TunOffloads(false, false);

  /// All that this program can handle.
  public static final TunOffloads ALL = new TunOffloads(true, true);

  public TunOffloads {
    if (udp && !tcp) {
      throw new IllegalArgumentException("UDP segmentation needs checksum offload, thus TCP's");
    }
  }
}
