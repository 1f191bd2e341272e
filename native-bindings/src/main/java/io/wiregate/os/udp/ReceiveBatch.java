package io.wiregate.os.udp;

import static io.wiregate.os.udp.SocketConstants.IPPROTO_IP;
import static io.wiregate.os.udp.SocketConstants.IPPROTO_IPV6;
import static io.wiregate.os.udp.SocketConstants.IPV6_PKTINFO;
import static io.wiregate.os.udp.SocketConstants.IPV6_TCLASS;
import static io.wiregate.os.udp.SocketConstants.IP_PKTINFO;
import static io.wiregate.os.udp.SocketConstants.IP_TOS;
import static io.wiregate.os.udp.SocketConstants.MSG_TRUNC;
import static io.wiregate.os.udp.SocketConstants.SOL_UDP;
import static io.wiregate.os.udp.SocketConstants.UDP_GRO;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.net.IpAddress;

/// The messages that one recvmmsg(2) brings, and the memory they arrive in.
///
/// With `UDP_GRO` a message may hold several datagrams of one sender, all of [#segmentSize] bytes
/// but the last, one after the other. What a message says of itself (sender, local address, traffic
/// class) holds for all of them.
///
/// Owner: one thread. Its content lasts until the next [UdpSocket#receive] into it.
public final class ReceiveBatch implements AutoCloseable {
  /// The largest payload that the kernel puts together (`GRO_LEGACY_MAX_SIZE`).
  public static final int MESSAGE_SIZE = 65536;

  private static final int CONTROL_SIZE = 128;

  private final int capacity;
  private final int messageSize;
  private final MessageHeaders headers;
  private final NativeBuffer names;
  private final NativeBuffer controls;
  private final NativeBuffer data;

  // What the control messages of each message said.
  private final int[] segmentSizes;
  private final int[] trafficClasses;
  private final int[] localInterfaces;
  private final long[] localHighs;
  private final long[] localLows;

  /// @param capacity messages, each of which takes 64 KiB of address space; only what is used
  ///   becomes resident
  public ReceiveBatch(int capacity) {
    this(capacity, MESSAGE_SIZE);
  }

  /// @param messageSize bytes of each message; what is longer is truncated. Only for a socket that
  ///   takes single datagrams may it be less than [#MESSAGE_SIZE]
  public ReceiveBatch(int capacity, int messageSize) {
    this.capacity = capacity;
    this.messageSize = messageSize;
    headers = new MessageHeaders(capacity);
    names = NativeBuffer.allocate(capacity * SocketAddress.STRIDE);
    controls = NativeBuffer.allocate(capacity * CONTROL_SIZE);
    data = NativeBuffer.allocate(Math.multiplyExact(capacity, messageSize));
    segmentSizes = new int[capacity];
    trafficClasses = new int[capacity];
    localInterfaces = new int[capacity];
    localHighs = new long[capacity];
    localLows = new long[capacity];
    for (int i = 0; i < capacity; i++) {
      headers.setName(i, names.address(i * SocketAddress.STRIDE, SocketAddress.STRIDE));
      headers.setData(i, data.address(i * messageSize, messageSize), messageSize);
      headers.setControl(i, controls.address(i * CONTROL_SIZE, CONTROL_SIZE));
      prepare(i);
    }
  }

  /// The kernel overwrites these lengths with what it filled.
  private void prepare(int index) {
    headers.setNameLength(index, SocketAddress.STRIDE);
    headers.setControlLength(index, CONTROL_SIZE);
  }

  long headersAddress() {
    return headers.address(0, capacity);
  }

  int capacity() {
    return capacity;
  }

  /// Reads the control messages of what has just arrived and makes the headers ready for next time.
  void onReceived(int count) {
    for (int i = 0; i < count; i++) {
      parseControl(i, headers.controlLength(i));
      prepare(i);
    }
  }

  private void parseControl(int index, int length) {
    segmentSizes[index] = 0;
    trafficClasses[index] = 0;
    localInterfaces[index] = 0;
    localHighs[index] = 0;
    localLows[index] = 0;
    int at = index * CONTROL_SIZE;
    int end = at + Math.min(length, CONTROL_SIZE);
    while (at + ControlMessage.HEADER_SIZE <= end) {
      int size = ControlMessage.length(controls, at);
      if (size < ControlMessage.HEADER_SIZE || size > end - at) {
        return; // cut short by the kernel
      }
      read(index, at, size - ControlMessage.HEADER_SIZE);
      at += ControlMessage.aligned(size);
    }
  }

  private void read(int index, int header, int length) {
    int level = ControlMessage.level(controls, header);
    int type = ControlMessage.type(controls, header);
    int value = header + ControlMessage.HEADER_SIZE;
    boolean v6 = SocketAddress.isV6(names, index * SocketAddress.STRIDE);
    if (level == SOL_UDP && type == UDP_GRO && length >= 4) {
      segmentSizes[index] = controls.getInt(value);
    } else if (level == IPPROTO_IP && type == IP_PKTINFO && length >= 12 && !v6) {
      localInterfaces[index] = controls.getInt(value);
      localLows[index] = controls.getIntBigEndian(value + 4) & 0xffff_ffffL; // ipi_spec_dst
    } else if (level == IPPROTO_IPV6 && type == IPV6_PKTINFO && length >= 20 && v6) {
      localHighs[index] = controls.getLongBigEndian(value);
      localLows[index] = controls.getLongBigEndian(value + 8);
      localInterfaces[index] = controls.getInt(value + 16);
    } else if (level == IPPROTO_IP && type == IP_TOS && length >= 1) {
      trafficClasses[index] = controls.getUnsignedByte(value);
    } else if (level == IPPROTO_IPV6 && type == IPV6_TCLASS && length >= 4) {
      trafficClasses[index] = controls.getInt(value) & 0xff;
    }
  }

  /// The memory that all messages are in.
  public NativeBuffer data() {
    return data;
  }

  /// Where in [#data] message `index` starts.
  public int offset(int index) {
    return index * messageSize;
  }

  /// Bytes of message `index` that were taken.
  public int length(int index) {
    return Math.min(headers.messageLength(index), messageSize);
  }

  /// Bytes of each datagram in message `index`; the last one may be shorter. At least 1.
  public int segmentSize(int index) {
    int size = segmentSizes[index];
    return size > 0 ? size : Math.max(1, length(index));
  }

  /// Whether the end of message `index` did not fit and was lost.
  public boolean isTruncated(int index) {
    return (headers.flags(index) & MSG_TRUNC) != 0;
  }

  /// The TOS byte of IPv4 or the traffic class of IPv6: DSCP in the upper six bits, ECN in the
  /// lower two.
  public int trafficClass(int index) {
    return trafficClasses[index];
  }

  /// Whether message `index` came from that remote side to that local side.
  public boolean isFrom(int index, UdpEndpoint endpoint) {
    int at = index * SocketAddress.STRIDE;
    IpAddress remote = endpoint.address();
    IpAddress local = endpoint.localAddress();
    return SocketAddress.port(names, at) == endpoint.port()
        && SocketAddress.addressLow(names, at) == remote.low()
        && SocketAddress.addressHigh(names, at) == remote.high()
        && SocketAddress.isV6(names, at) == remote.isV6()
        && SocketAddress.scope(names, at) == endpoint.scope()
        && local != null
        && localLows[index] == local.low()
        && localHighs[index] == local.high()
        && localInterfaces[index] == endpoint.localInterface();
  }

  /// Fills in where message `index` came from and which local address it was sent to.
  public void copySource(int index, UdpSource target) {
    int at = index * SocketAddress.STRIDE;
    target.set(
        SocketAddress.isV6(names, at),
        SocketAddress.addressHigh(names, at),
        SocketAddress.addressLow(names, at),
        SocketAddress.port(names, at),
        SocketAddress.scope(names, at),
        localHighs[index],
        localLows[index],
        localInterfaces[index]);
  }

  /// A new description of where message `index` came from and which local address it was sent to.
  public UdpEndpoint endpoint(int index) {
    UdpSource source = new UdpSource();
    copySource(index, source);
    return source.toEndpoint();
  }

  @Override
  public void close() {
    headers.close();
    names.close();
    controls.close();
    data.close();
  }
}
