package io.wiregate.os.tun;

import io.wiregate.os.Errno;
import io.wiregate.os.NativeBuffer;

/// Whether the kernel takes large packets whose last segment is shorter than the others. Linux
/// 6.6.44, 6.10.2 and some of their neighbours refuse them with `EINVAL` (commit e269d79d9d35,
/// mended by 89add40066f9), and whatever was merged into one would be lost.
///
/// To be asked while the interface is down: the kernel looks at the virtio header before it looks
/// at that, says `EIO` to what it would have taken, and no packet goes anywhere.
final class LargePacketProbe {
  private static final int PAYLOAD = 150;
  private static final int SEGMENT = 100;
  private static final int V4_HEADER = 20;
  private static final int V6_HEADER = 40;
  private static final int TCP = 6;
  private static final int TCP_HEADER = 20;
  private static final int TCP_CHECKSUM = 16;
  private static final int UDP = 17;
  private static final int UDP_HEADER = 8;
  private static final int UDP_CHECKSUM = 6;

  private LargePacketProbe() {}

  /// Tries each kind that is to be used.
  static boolean isTaken(TunQueue queue, TunOffloads offloads) {
    return isTaken(queue, false, TCP)
        && isTaken(queue, true, TCP)
        && (!offloads.udp() || (isTaken(queue, false, UDP) && isTaken(queue, true, UDP)));
  }

  private static boolean isTaken(TunQueue queue, boolean v6, int protocol) {
    int ip = v6 ? V6_HEADER : V4_HEADER;
    int header = ip + (protocol == TCP ? TCP_HEADER : UDP_HEADER);
    int length = header + PAYLOAD;
    int at = VirtioNetHeader.SIZE;
    try (NativeBuffer packet = NativeBuffer.allocate(at + length)) {
      VirtioNetHeader.putSegmented(
          packet,
          0,
          protocol == UDP
              ? VirtioNetHeader.GSO_UDP_L4
              : v6 ? VirtioNetHeader.GSO_TCPV6 : VirtioNetHeader.GSO_TCPV4,
          header,
          SEGMENT,
          ip,
          protocol == TCP ? TCP_CHECKSUM : UDP_CHECKSUM);
      if (v6) {
        packet.putByte(at, 0x60);
        packet.putShortBigEndian(at + 4, length - V6_HEADER);
        packet.putByte(at + 6, protocol);
      } else {
        packet.putByte(at, 0x45);
        packet.putShortBigEndian(at + 2, length);
        packet.putByte(at + 9, protocol);
      }
      if (protocol == TCP) {
        packet.putByte(at + ip + 12, TCP_HEADER << 2);
      } else {
        packet.putShortBigEndian(at + ip + 4, length - ip);
      }
      return queue.write(packet, 0, packet.size()) != -Errno.EINVAL;
    }
  }
}
