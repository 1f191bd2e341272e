package io.wiregate.os.udp;

import static io.wiregate.os.udp.SocketConstants.IPPROTO_IP;
import static io.wiregate.os.udp.SocketConstants.IPPROTO_IPV6;
import static io.wiregate.os.udp.SocketConstants.IPV6_PKTINFO;
import static io.wiregate.os.udp.SocketConstants.IPV6_TCLASS;
import static io.wiregate.os.udp.SocketConstants.IP_PKTINFO;
import static io.wiregate.os.udp.SocketConstants.IP_TOS;
import static io.wiregate.os.udp.SocketConstants.SOL_UDP;
import static io.wiregate.os.udp.SocketConstants.UDP_SEGMENT;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.net.IpAddress;
import org.jspecify.annotations.Nullable;

/// Messages for one sendmmsg(2), each of one datagram or, with `UDP_SEGMENT`, of several to the
/// same place.
///
/// The kernel cuts a message of several into datagrams of the segment size, the last one perhaps
/// shorter. At most [#MAX_SEGMENTS] and at most [#MAX_PAYLOAD] bytes; more is refused with `EINVAL`
/// or `EMSGSIZE`.
///
/// Owner: one thread. It refers to payload memory, which must stay unchanged until it was sent.
public final class SendBatch implements AutoCloseable {
  /// `UDP_MAX_SEGMENTS` of every kernel that has the option (some have 128).
  public static final int MAX_SEGMENTS = 64;

  /// The largest UDP payload over IPv4 (65,535 less 20 and 8); IPv6 would allow 20 bytes more.
  public static final int MAX_PAYLOAD = 65507;

  private static final int CONTROL_SIZE = 96;
  private static final int SIZE_OF_IN_PKTINFO = 12;
  private static final int SIZE_OF_IN6_PKTINFO = 20;

  private final int capacity;
  private final MessageHeaders headers;
  private final NativeBuffer names;
  private final NativeBuffer controls;
  private final NativeBuffer[] payloads;
  private final int[] offsets;
  private final int[] lengths;
  private final int[] segmentSizes;
  private final int[] trafficClasses;
  private final UdpEndpoint[] destinations;
  private int count;

  public SendBatch(int capacity) {
    this.capacity = capacity;
    headers = new MessageHeaders(capacity);
    names = NativeBuffer.allocate(capacity * SocketAddress.STRIDE);
    controls = NativeBuffer.allocate(capacity * CONTROL_SIZE);
    payloads = new NativeBuffer[capacity];
    offsets = new int[capacity];
    lengths = new int[capacity];
    segmentSizes = new int[capacity];
    trafficClasses = new int[capacity];
    destinations = new UdpEndpoint[capacity];
    for (int i = 0; i < capacity; i++) {
      headers.setName(i, names.address(i * SocketAddress.STRIDE, SocketAddress.STRIDE));
    }
  }

  public int capacity() {
    return capacity;
  }

  /// Messages added since [#clear].
  public int count() {
    return count;
  }

  public boolean isFull() {
    return count == capacity;
  }

  public void clear() {
    count = 0;
  }

  /// Adds a message.
  ///
  /// @param segmentSize bytes of each datagram but the last; at least `length` means a single one
  /// @param trafficClass TOS byte or traffic class to send with
  public void add(
      UdpEndpoint to,
      NativeBuffer payload,
      int offset,
      int length,
      int segmentSize,
      int trafficClass) {
    int index = count;
    payloads[index] = payload;
    offsets[index] = offset;
    lengths[index] = length;
    segmentSizes[index] = segmentSize;
    trafficClasses[index] = trafficClass;
    destinations[index] = to;
    count = index + 1;
    int size =
        SocketAddress.put(names, index * SocketAddress.STRIDE, to.address(), to.port(), to.scope());
    headers.setNameLength(index, size);
    headers.setData(index, payload.address(offset, length), length);
    putControl(index, to.localAddress());
  }

  private void putControl(int index, @Nullable IpAddress source) {
    boolean v6 = destinations[index].isV6();
    int start = index * CONTROL_SIZE;
    int at = start;
    if (segmentSizes[index] < lengths[index]) {
      controls.putShort(at + ControlMessage.HEADER_SIZE, segmentSizes[index]);
      at = ControlMessage.put(controls, at, SOL_UDP, UDP_SEGMENT, 2);
    }
    if (source != null) {
      at = v6 ? putSourceV6(at, index, source) : putSourceV4(at, source);
    }
    if (trafficClasses[index] != 0) {
      controls.putInt(at + ControlMessage.HEADER_SIZE, trafficClasses[index]);
      at =
          ControlMessage.put(
              controls, at, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_TCLASS : IP_TOS, 4);
    }
    headers.setControl(index, at == start ? 0 : controls.address(start, at - start));
    headers.setControlLength(index, at - start);
  }

  private int putSourceV4(int at, IpAddress source) {
    int value = at + ControlMessage.HEADER_SIZE;
    controls.putInt(value, 0); // any interface: the source address is sticky, the route is not
    controls.putIntBigEndian(value + 4, (int) source.low());
    controls.putInt(value + 8, 0);
    return ControlMessage.put(controls, at, IPPROTO_IP, IP_PKTINFO, SIZE_OF_IN_PKTINFO);
  }

  private int putSourceV6(int at, int index, IpAddress source) {
    int value = at + ControlMessage.HEADER_SIZE;
    controls.putLongBigEndian(value, source.high());
    controls.putLongBigEndian(value + 8, source.low());
    controls.putInt(value + 16, destinations[index].scope()); // non-zero for link-local only
    return ControlMessage.put(controls, at, IPPROTO_IPV6, IPV6_PKTINFO, SIZE_OF_IN6_PKTINFO);
  }

  /// Where message `index` goes.
  public UdpEndpoint destination(int index) {
    return destinations[index];
  }

  /// Datagrams that message `index` stands for.
  public int segmentCount(int index) {
    return segmentSizes[index] >= lengths[index]
        ? 1
        : (lengths[index] + segmentSizes[index] - 1) / segmentSizes[index];
  }

  public int length(int index) {
    return lengths[index];
  }

  /// Lets the routing table choose the source address of message `index` from now on.
  public void forgetSource(int index) {
    putControl(index, null);
  }

  /// Adds message `index` of another batch again, cut into messages of one datagram each, as many
  /// as there is room for; for destinations that take no segmentation.
  ///
  /// @param firstSegment the first datagram to add
  /// @return datagrams added
  public int addUnsegmented(SendBatch from, int index, int firstSegment, boolean withSource) {
    int size = from.segmentSizes[index];
    int added = 0;
    UdpEndpoint to =
        withSource ? from.destinations[index] : from.destinations[index].withoutLocal();
    for (int at = firstSegment * size; at < from.lengths[index] && !isFull(); at += size) {
      int length = Math.min(size, from.lengths[index] - at);
      add(
          to,
          from.payloads[index],
          from.offsets[index] + at,
          length,
          length,
          from.trafficClasses[index]);
      added++;
    }
    return added;
  }

  long address(int first) {
    return headers.address(first, count - first);
  }

  @Override
  public void close() {
    headers.close();
    names.close();
    controls.close();
  }
}
