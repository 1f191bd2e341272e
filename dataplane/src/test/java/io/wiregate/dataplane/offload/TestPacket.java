package io.wiregate.dataplane.offload;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.tun.VirtioNetHeader;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/// A TCP or UDP packet to be built, checksums and all, by code that has nothing in common with what
/// is tested. Immutable: each method gives a changed copy.
final class TestPacket {
  static final int FIN = 0x01;
  static final int SYN = 0x02;
  static final int PSH = 0x08;
  static final int ACK = 0x10;
  static final int ECE = 0x40;
  static final int CWR = 0x80;
  static final int DONT_FRAGMENT = 0x4000;
  static final int MORE_FRAGMENTS = 0x2000;

  private final boolean isV6;
  private final int protocol;
  private int source = 1;
  private int destination = 2;
  private int sourcePort = 1;
  private int destinationPort = 1;
  private int trafficClass;
  private int hopLimit = 64;
  private int fragmentation = DONT_FRAGMENT;
  private int identification;
  private int sequence = 1;
  private int acknowledgement = 1;
  private int flags = ACK;
  private int window = 3000;
  private byte[] options = {};
  private byte[] payload = {};

  private TestPacket(boolean isV6, int protocol) {
    this.isV6 = isV6;
    this.protocol = protocol;
  }

  static TestPacket tcp4() {
    return new TestPacket(false, 6);
  }

  static TestPacket tcp6() {
    return new TestPacket(true, 6);
  }

  static TestPacket udp4() {
    return new TestPacket(false, 17);
  }

  static TestPacket udp6() {
    return new TestPacket(true, 17);
  }

  private TestPacket copy() {
    TestPacket copy = new TestPacket(isV6, protocol);
    copy.source = source;
    copy.destination = destination;
    copy.sourcePort = sourcePort;
    copy.destinationPort = destinationPort;
    copy.trafficClass = trafficClass;
    copy.hopLimit = hopLimit;
    copy.fragmentation = fragmentation;
    copy.identification = identification;
    copy.sequence = sequence;
    copy.acknowledgement = acknowledgement;
    copy.flags = flags;
    copy.window = window;
    copy.options = options;
    copy.payload = payload;
    return copy;
  }

  TestPacket to(int host) {
    TestPacket changed = copy();
    changed.destination = host;
    return changed;
  }

  TestPacket ports(int from, int to) {
    TestPacket changed = copy();
    changed.sourcePort = from;
    changed.destinationPort = to;
    return changed;
  }

  TestPacket reversed() {
    TestPacket changed = copy();
    changed.source = destination;
    changed.destination = source;
    changed.sourcePort = destinationPort;
    changed.destinationPort = sourcePort;
    return changed;
  }

  TestPacket trafficClass(int value) {
    TestPacket changed = copy();
    changed.trafficClass = value;
    return changed;
  }

  TestPacket hopLimit(int value) {
    TestPacket changed = copy();
    changed.hopLimit = value;
    return changed;
  }

  TestPacket fragmentation(int value, int id) {
    TestPacket changed = copy();
    changed.fragmentation = value;
    changed.identification = id;
    return changed;
  }

  TestPacket sequence(int value) {
    TestPacket changed = copy();
    changed.sequence = value;
    return changed;
  }

  TestPacket acknowledgement(int value, int newWindow) {
    TestPacket changed = copy();
    changed.acknowledgement = value;
    changed.window = newWindow;
    return changed;
  }

  TestPacket flags(int value) {
    TestPacket changed = copy();
    changed.flags = value;
    return changed;
  }

  TestPacket options(byte... value) {
    TestPacket changed = copy();
    changed.options = value;
    return changed;
  }

  TestPacket payload(byte[] value) {
    TestPacket changed = copy();
    changed.payload = value;
    return changed;
  }

  /// A payload of that many bytes.
  TestPacket payload(int length) {
    byte[] bytes = new byte[length];
    new Random(length + sequence).nextBytes(bytes);
    return payload(bytes);
  }

  int payloadLength() {
    return payload.length;
  }

  int sequence() {
    return sequence;
  }

  int transport() {
    return isV6 ? 40 : 20;
  }

  int headerLength() {
    return transport() + (protocol == 6 ? 20 + options.length : 8);
  }

  int checksumOffset() {
    return protocol == 6 ? 16 : 6;
  }

  int gsoType() {
    return protocol == 17
        ? VirtioNetHeader.GSO_UDP_L4
        : isV6 ? VirtioNetHeader.GSO_TCPV6 : VirtioNetHeader.GSO_TCPV4;
  }

  /// The packet with right checksums.
  byte[] bytes() {
    byte[] bytes = unsummed();
    int length = bytes.length - transport();
    int sum = add(pseudo(length), ChecksumTest.naive(bytes, transport(), length));
    int checksum = ~sum & 0xffff;
    boolean zero = checksum == 0 && protocol == 17;
    ByteBuffer.wrap(bytes)
        .putShort(transport() + checksumOffset(), (short) (zero ? 0xffff : checksum));
    return bytes;
  }

  /// The packet with the sum of the pseudo-header in place of the transport checksum.
  byte[] partialBytes() {
    byte[] bytes = unsummed();
    ByteBuffer.wrap(bytes)
        .putShort(transport() + checksumOffset(), (short) pseudo(bytes.length - transport()));
    return bytes;
  }

  private byte[] unsummed() {
    ByteBuffer to = ByteBuffer.allocate(headerLength() + payload.length);
    if (isV6) {
      to.putInt(6 << 28 | trafficClass << 20 | 0x12345);
      to.putShort((short) (to.capacity() - 40));
      to.put((byte) protocol).put((byte) hopLimit);
    } else {
      to.put((byte) 0x45).put((byte) trafficClass).putShort((short) to.capacity());
      to.putShort((short) identification).putShort((short) fragmentation);
      to.put((byte) hopLimit).put((byte) protocol).putShort((short) 0);
    }
    putAddresses(to);
    if (!isV6) {
      to.putShort(10, (short) ~ChecksumTest.naive(to.array(), 0, 20));
    }
    to.putShort((short) sourcePort).putShort((short) destinationPort);
    if (protocol == 6) {
      to.putInt(sequence).putInt(acknowledgement);
      to.putShort((short) ((5 + options.length / 4) << 12 | flags)).putShort((short) window);
      to.putInt(0).put(options);
    } else {
      to.putShort((short) (8 + payload.length)).putShort((short) 0);
    }
    to.put(payload);
    return to.array();
  }

  private void putAddresses(ByteBuffer to) {
    if (isV6) {
      to.putLong(0x20010db8_00000000L).putLong(source);
      to.putLong(0x20010db8_00000000L).putLong(destination);
    } else {
      to.putInt(0xc0000200 | source).putInt(0xc0000200 | destination);
    }
  }

  private int pseudo(int length) {
    ByteBuffer header = ByteBuffer.allocate(40);
    putAddresses(header);
    header.putInt(length).putInt(protocol);
    return ChecksumTest.naive(header.array(), 0, 40);
  }

  private static int add(int sum, int other) {
    return ((sum + other) >>> 16) + ((sum + other) & 0xffff);
  }

  /// Writes a virtio header and this packet as a large one.
  ///
  /// @return bytes
  int putLarge(NativeBuffer buffer, int at, int segmentSize) {
    byte[] bytes = partialBytes();
    VirtioNetHeader.putSegmented(
        buffer, at, gsoType(), headerLength(), segmentSize, transport(), checksumOffset());
    buffer.copyFrom(at + VirtioNetHeader.SIZE, bytes, 0, bytes.length);
    return VirtioNetHeader.SIZE + bytes.length;
  }

  /// What this packet has to become when it is split.
  TestPacket segment(int index, int segmentSize) {
    int from = index * segmentSize;
    int to = Math.min(payload.length, from + segmentSize);
    byte[] part = Arrays.copyOfRange(payload, from, to);
    int kept = flags;
    if (index > 0) {
      kept &= ~CWR;
    }
    if (to < payload.length) {
      kept &= ~(FIN | PSH);
    }
    return payload(part)
        .sequence(sequence + from)
        .flags(kept)
        .fragmentation(fragmentation, identification + index);
  }
}
