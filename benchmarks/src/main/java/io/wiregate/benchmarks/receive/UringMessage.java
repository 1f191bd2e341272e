package io.wiregate.benchmarks.receive;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.udp.UdpEndpoint;

/// What a multishot `recvmsg` puts into a buffer: `struct io_uring_recvmsg_out`, the sender,
/// control messages, and the payload. The counterpart of the product's `ReceiveBatch`; it reads the
/// same control messages. Source: io_uring_prep_recvmsg_multishot(3), cmsg(3).
final class UringMessage {
  private static final int NAME = 16;
  private static final int NAME_SIZE = 32;
  private static final int CONTROL = NAME + NAME_SIZE;
  private static final int CONTROL_SIZE = 128;
  private static final int PAYLOAD = CONTROL + CONTROL_SIZE;

  /// Bytes of a buffer: room for what the kernel puts together at most, and an odd number of cache
  /// lines, so that buffers do not all compete for the same few places of the cache.
  static final int SIZE = 65536 + 320;

  private static final int SIZE_OF_MSGHDR = 56;
  private static final int SIZE_OF_CMSGHDR = 16;
  private static final int MSG_TRUNC = 0x20;
  private static final int AF_INET6 = 10;
  private static final int SOL_UDP = 17;
  private static final int UDP_GRO = 104;
  private static final int IPPROTO_IP = 0;
  private static final int IP_TOS = 1;
  private static final int IP_PKTINFO = 8;
  private static final int IPPROTO_IPV6 = 41;
  private static final int IPV6_PKTINFO = 50;
  private static final int IPV6_TCLASS = 67;

  private final NativeBuffer data;
  private int start;
  private int length;
  private boolean truncated;
  private boolean v6;
  private int segmentSize;
  private int trafficClass;
  private int localInterface;
  private long localHigh;
  private long localLow;

  /// @param data the memory that all buffers are in
  UringMessage(NativeBuffer data) {
    this.data = data;
  }

  /// The `struct msghdr` that says how much room sender and control messages get.
  static NativeBuffer header() {
    NativeBuffer header = NativeBuffer.allocate(SIZE_OF_MSGHDR);
    header.putInt(8, NAME_SIZE);
    header.putLong(40, CONTROL_SIZE);
    return header;
  }

  /// Reads the buffer at `offset`.
  ///
  /// @param filled bytes of it that the kernel filled, what it left free in between included
  void read(int offset, int filled) {
    start = offset;
    length = filled - PAYLOAD;
    truncated = (data.getInt(offset + 12) & MSG_TRUNC) != 0;
    v6 = data.getUnsignedShort(offset + NAME) == AF_INET6;
    segmentSize = 0;
    trafficClass = 0;
    localInterface = 0;
    localHigh = 0;
    localLow = 0;
    int at = offset + CONTROL;
    int end = at + Math.clamp(data.getInt(offset + 4), 0, CONTROL_SIZE);
    while (at + SIZE_OF_CMSGHDR <= end) {
      long size = data.getLong(at);
      if (size < SIZE_OF_CMSGHDR || size > end - at) {
        return; // cut short by the kernel
      }
      readControl(at, (int) size - SIZE_OF_CMSGHDR);
      at += ((int) size + 7) & ~7;
    }
  }

  private void readControl(int header, int size) {
    int level = data.getInt(header + 8);
    int type = data.getInt(header + 12);
    int value = header + SIZE_OF_CMSGHDR;
    if (level == SOL_UDP && type == UDP_GRO && size >= 4) {
      segmentSize = data.getInt(value);
    } else if (level == IPPROTO_IP && type == IP_PKTINFO && size >= 12 && !v6) {
      localInterface = data.getInt(value);
      localLow = data.getIntBigEndian(value + 4) & 0xffff_ffffL; // ipi_spec_dst
    } else if (level == IPPROTO_IPV6 && type == IPV6_PKTINFO && size >= 20 && v6) {
      localHigh = data.getLongBigEndian(value);
      localLow = data.getLongBigEndian(value + 8);
      localInterface = data.getInt(value + 16);
    } else if (level == IPPROTO_IP && type == IP_TOS && size >= 1) {
      trafficClass = data.getUnsignedByte(value);
    } else if (level == IPPROTO_IPV6 && type == IPV6_TCLASS && size >= 4) {
      trafficClass = data.getInt(value) & 0xff;
    }
  }

  NativeBuffer data() {
    return data;
  }

  /// Where in [#data] the payload starts.
  int payload() {
    return start + PAYLOAD;
  }

  /// Bytes of payload that were taken.
  int length() {
    return length;
  }

  /// Bytes of each datagram; the last one may be shorter. At least 1.
  int segmentSize() {
    return segmentSize > 0 ? segmentSize : Math.max(1, length);
  }

  boolean isTruncated() {
    return truncated;
  }

  int trafficClass() {
    return trafficClass;
  }

  /// Whether the message came from that remote side to that local side.
  boolean isFrom(UdpEndpoint endpoint) {
    int name = start + NAME;
    IpAddress remote = endpoint.address();
    IpAddress local = endpoint.localAddress();
    return data.getUnsignedShortBigEndian(name + 2) == endpoint.port()
        && (v6 ? data.getLongBigEndian(name + 16) : data.getIntBigEndian(name + 4) & 0xffff_ffffL)
            == remote.low()
        && (v6 ? data.getLongBigEndian(name + 8) : 0) == remote.high()
        && v6 == remote.isV6()
        && (v6 ? data.getInt(name + 24) : 0) == endpoint.scope()
        && local != null
        && localLow == local.low()
        && localHigh == local.high()
        && localInterface == endpoint.localInterface();
  }
}
