package io.wiregate.dataplane.offload;

import static io.wiregate.dataplane.offload.InnerPacket.TCP;
import static io.wiregate.dataplane.offload.InnerPacket.UDP;
import static io.wiregate.dataplane.offload.InnerPacket.V4_HEADER;
import static io.wiregate.dataplane.offload.InnerPacket.V6_HEADER;

import io.wiregate.os.IoVectors;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.tun.TunOffloads;
import io.wiregate.os.tun.VirtioNetHeader;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Gathers packets of one flow into one large write to a TUN interface, so that the node's network
/// stack does its work once for all of them: generic receive offload.
///
/// [#begin], then [#add] for each packet as it was decrypted, then [#finish]. What came out are
/// *writes*, each a virtio header and one packet, or a header and the first packet with its headers
/// changed to stand for all, and then the payloads of the others from where they lie. Nothing is
/// copied; the packets must stay where they are until the writes are done.
///
/// What is never done: packets of a flow change their order; anything is lost that splitting the
/// large packet again would not bring back, byte for byte (but for the IPv4 identification of
/// packets that cannot be fragmented, which means nothing: RFC 6864); a packet with a wrong
/// checksum goes on with a right one. The rules are those of the kernel's `tcp_gro_receive` and
/// `udp_gro_receive`.
///
/// Owner: one thread.
public final class SegmentCoalescer implements AutoCloseable {
  /// The most packets that a batch can hold: each may need two of the pieces that writev(2) takes.
  public static final int MAX_PACKETS = 512;

  /// The most packets in one write: a kernel before 6.9 refuses to split more UDP datagrams for a
  /// socket (`UDP_MAX_SEGMENTS`). Full TCP segments end at [#MAX_LENGTH] before.
  private static final int MAX_SEGMENTS = 64;

  /// IPv4 cannot say more.
  private static final int MAX_LENGTH = 65535;

  private static final int HEADER_STRIDE = 16;
  private static final int TABLE_SIZE = 1024; // at most half full
  private static final int MAX_PROBES = 16;

  static final int TCP_HEADER = 20;
  private static final int TCP_CHECKSUM = 16;
  private static final int TCP_FLAGS = 0xfff; // the three reserved ones and that of AccECN too
  private static final int TCP_PSH = 0x008;
  private static final int TCP_ACK = 0x010;
  private static final int UDP_HEADER = 8;
  private static final int UDP_CHECKSUM = 6;

  private final int capacity;
  private final NativeBuffer headers;
  private final IoVectors vectors;
  private @Nullable NativeBuffer data;
  private boolean mergesTcp;
  private boolean mergesUdp;

  // Of each packet.
  private final int[] offsets;
  private final int[] lengths;
  private final int[] nexts; // the next of the same write
  private int packetCount;

  // Of each write, in order of its first packet.
  private final int[] firsts; // its first packet
  private final int[] lasts; // its last packet
  private final int[] counts; // packets
  private final int[] totals; // bytes of the packet that it writes
  private final int[] hashes;
  private final int[] firstVectors;
  private final boolean[] open; // whether a packet may still be appended
  private final boolean[] verified; // whether the first packet's checksums were found right
  private final int[] protocols;
  private final int[] transports; // where in the first packet the transport header starts
  private final int[] headerLengths; // IP and transport header
  private final int[] segmentSizes; // payload of the first packet, and of all but the last
  private final int[] nextSequences;
  private final boolean[] pushes; // whether the last packet has PSH
  private int writeCount;

  /// The write that a flow's packets went to last, by hash, plus 1; writes before `firstInTable` no
  /// longer count.
  private final int[] table = new int[TABLE_SIZE];

  private int firstInTable;
  private int slot; // where the last look-up found the flow, or room for it; negative for neither

  /// @param capacity packets of a batch, at most [#MAX_PACKETS]
  public SegmentCoalescer(int capacity) {
    if (capacity < 1 || capacity > MAX_PACKETS) {
      throw new IllegalArgumentException(
          "a batch has 1 to " + MAX_PACKETS + " packets, not " + capacity);
    }
    this.capacity = capacity;
    headers = NativeBuffer.allocate(capacity * HEADER_STRIDE);
    vectors = new IoVectors(capacity * 2);
    offsets = new int[capacity];
    lengths = new int[capacity];
    nexts = new int[capacity];
    firsts = new int[capacity];
    lasts = new int[capacity];
    counts = new int[capacity];
    totals = new int[capacity];
    hashes = new int[capacity];
    firstVectors = new int[capacity];
    open = new boolean[capacity];
    verified = new boolean[capacity];
    protocols = new int[capacity];
    transports = new int[capacity];
    headerLengths = new int[capacity];
    segmentSizes = new int[capacity];
    nextSequences = new int[capacity];
    pushes = new boolean[capacity];
  }

  /// Starts a batch and forgets the one before.
  ///
  /// @param buffer where all its packets lie
  /// @param offloads what the TUN interface takes; with [TunOffloads#NONE] nothing is merged
  public void begin(NativeBuffer buffer, TunOffloads offloads) {
    data = buffer;
    mergesTcp = offloads.tcp();
    mergesUdp = offloads.udp();
    packetCount = 0;
    writeCount = 0;
    firstInTable = 0;
    Arrays.fill(table, 0);
  }

  /// Whether the batch has no room for another packet.
  public boolean isFull() {
    return packetCount == capacity;
  }

  /// Packets added.
  public int packetCount() {
    return packetCount;
  }

  /// Adds a packet; only if not [#isFull].
  ///
  /// @param length bytes, as [InnerPacket#trimmedLength] found them
  public void add(int offset, int length) {
    NativeBuffer buffer = data;
    if (buffer == null) {
      throw new IllegalStateException("a batch begins with begin");
    }
    int packet = packetCount++;
    offsets[packet] = offset;
    lengths[packet] = length;
    int version = length < V4_HEADER ? 0 : InnerPacket.version(buffer, offset);
    if (version == 4) {
      addV4(buffer, packet, offset, length);
    } else if (version == 6 && length >= V6_HEADER) {
      addV6(buffer, packet, offset, length);
    } else {
      addBarrier(packet, 0);
    }
  }

  private void addV4(NativeBuffer buffer, int packet, int offset, int length) {
    int start = buffer.getIntBigEndian(offset);
    int flags = buffer.getUnsignedShortBigEndian(offset + 6);
    boolean plain = (start >>> 24) == 0x45 && (start & 0xffff) == length && (flags & 0xbfff) == 0;
    int protocol = InnerPacket.protocol(buffer, offset);
    int ports = offset + V4_HEADER;
    if (!plain) {
      // With options or in fragments: perhaps of any flow.
      addBarrier(packet, FlowHash.v4(buffer, offset, -1));
    } else if (protocol == TCP && length >= V4_HEADER + TCP_HEADER) {
      addTcp(buffer, packet, V4_HEADER, FlowHash.v4(buffer, offset, ports));
    } else if (protocol == UDP && length >= V4_HEADER + UDP_HEADER) {
      addUdp(buffer, packet, V4_HEADER, FlowHash.v4(buffer, offset, ports));
    } else if (protocol == TCP || protocol == UDP) {
      addBarrier(packet, FlowHash.v4(buffer, offset, -1)); // its header is cut off
    } else {
      addAlone(packet, FlowHash.v4(buffer, offset, -1));
    }
  }

  private void addV6(NativeBuffer buffer, int packet, int offset, int length) {
    int protocol = InnerPacket.protocol(buffer, offset);
    boolean plain = InnerPacket.totalLength(buffer, offset) == length;
    int ports = offset + V6_HEADER;
    if (!plain || Ipv6Extension.isExtension(protocol)) {
      addBarrier(packet, FlowHash.v6(buffer, offset, -1));
    } else if (protocol == TCP && length >= V6_HEADER + TCP_HEADER) {
      addTcp(buffer, packet, V6_HEADER, FlowHash.v6(buffer, offset, ports));
    } else if (protocol == UDP && length >= V6_HEADER + UDP_HEADER) {
      addUdp(buffer, packet, V6_HEADER, FlowHash.v6(buffer, offset, ports));
    } else if (protocol == TCP || protocol == UDP) {
      addBarrier(packet, FlowHash.v6(buffer, offset, -1)); // its header is cut off
    } else {
      addAlone(packet, FlowHash.v6(buffer, offset, -1));
    }
  }

  private void addTcp(NativeBuffer buffer, int packet, int transport, int hash) {
    if (!mergesTcp) {
      addAlone(packet, hash);
      return;
    }
    int tcp = offsets[packet] + transport;
    int word = buffer.getUnsignedShortBigEndian(tcp + 12);
    int header = transport + (word >>> 12) * 4;
    int payload = lengths[packet] - header;
    int flags = word & TCP_FLAGS;
    boolean mergeable =
        header >= transport + TCP_HEADER && payload > 0 && (flags & ~TCP_PSH) == TCP_ACK;
    boolean push = (flags & TCP_PSH) != 0;
    int sequence = buffer.getIntBigEndian(tcp + 4);
    int write = find(buffer, packet, transport, TCP, hash);
    if (mergeable
        && write >= 0
        && open[write]
        && sequence == nextSequences[write]
        && header == headerLengths[write]
        && MergeRules.isSameTcp(buffer, offsets[firsts[write]] + transport, tcp, header - transport)
        && append(buffer, write, packet, payload)) {
      nextSequences[write] = sequence + payload;
      if (push) {
        pushes[write] = true;
        open[write] = false;
      }
      return;
    }
    int started = start(packet, transport, TCP, hash);
    headerLengths[started] = header;
    segmentSizes[started] = payload;
    nextSequences[started] = sequence + payload;
    pushes[started] = push;
    open[started] = mergeable && !push;
  }

  private void addUdp(NativeBuffer buffer, int packet, int transport, int hash) {
    if (!mergesUdp) {
      addAlone(packet, hash);
      return;
    }
    int udp = offsets[packet] + transport;
    int header = transport + UDP_HEADER;
    int payload = lengths[packet] - header;
    boolean mergeable =
        payload > 0
            && buffer.getUnsignedShortBigEndian(udp + 4) == UDP_HEADER + payload
            && buffer.getUnsignedShortBigEndian(udp + UDP_CHECKSUM) != 0;
    int write = find(buffer, packet, transport, UDP, hash);
    if (mergeable && write >= 0 && open[write] && append(buffer, write, packet, payload)) {
      return;
    }
    int started = start(packet, transport, UDP, hash);
    headerLengths[started] = header;
    segmentSizes[started] = payload;
    open[started] = mergeable;
  }

  /// A packet of a protocol that has nothing to do with TCP and UDP.
  private void addAlone(int packet, int hash) {
    int write = newWrite(packet, hash);
    open[write] = false;
  }

  /// A packet that may be of any flow: whatever comes after it stays after it.
  private void addBarrier(int packet, int hash) {
    addAlone(packet, hash);
    firstInTable = writeCount;
  }

  private int newWrite(int packet, int hash) {
    int write = writeCount++;
    firsts[write] = packet;
    lasts[write] = packet;
    counts[write] = 1;
    totals[write] = lengths[packet];
    hashes[write] = hash;
    nexts[packet] = -1;
    return write;
  }

  /// Starts a write that takes the place of the flow's one before, which thereby is complete.
  private int start(int packet, int transport, int protocol, int hash) {
    int write = newWrite(packet, hash);
    verified[write] = false;
    protocols[write] = protocol;
    transports[write] = transport;
    if (slot >= 0) {
      table[slot] = write + 1;
    }
    return write;
  }

  /// Appends a packet of the same flow, if it fits behind what is there.
  private boolean append(NativeBuffer buffer, int write, int packet, int payload) {
    int first = offsets[firsts[write]];
    int transport = transports[write];
    if (payload > segmentSizes[write]
        || counts[write] == MAX_SEGMENTS
        || totals[write] + payload > MAX_LENGTH
        || !(transport == V4_HEADER
            ? MergeRules.isNextV4(buffer, first, offsets[packet], counts[write])
            : MergeRules.isNextV6(buffer, first, offsets[packet]))) {
      return false;
    }
    int protocol = protocols[write];
    // The first one is looked at only now: most flows have one packet in a batch.
    if (!verified[write]) {
      if (!MergeRules.isIntact(buffer, first, lengths[firsts[write]], transport, protocol)) {
        return false;
      }
      verified[write] = true;
    }
    if (!MergeRules.isIntact(buffer, offsets[packet], lengths[packet], transport, protocol)) {
      return false;
    }
    nexts[lasts[write]] = packet;
    nexts[packet] = -1;
    lasts[write] = packet;
    counts[write]++;
    totals[write] += payload;
    if (payload < segmentSizes[write]) {
      open[write] = false; // only the last one may be shorter
    }
    return true;
  }

  /// The write that the flow's last packet went to, -1 if there is none. Sets [#slot].
  private int find(NativeBuffer buffer, int packet, int transport, int protocol, int hash) {
    int at = hash & TABLE_SIZE - 1;
    // Strangers choose ports, and could make all flows meet at one place.
    for (int probe = 0; probe < MAX_PROBES; probe++) {
      int write = table[at] - 1;
      if (write < firstInTable) {
        slot = at; // free
        return -1;
      }
      if (hashes[write] == hash
          && protocols[write] == protocol
          && transports[write] == transport
          && MergeRules.isSameFlow(buffer, offsets[firsts[write]], offsets[packet], transport)) {
        slot = at;
        return write;
      }
      at = at + 1 & TABLE_SIZE - 1;
    }
    // No room: the packet goes alone, and none of its flow is in the table to be merged with.
    slot = -1;
    return -1;
  }

  /// Ends the batch: writes the headers and lays out the pieces.
  ///
  /// @return writes
  public int finish() {
    NativeBuffer buffer = data;
    if (buffer == null) {
      return 0;
    }
    int vector = 0;
    for (int write = 0; write < writeCount; write++) {
      firstVectors[write] = vector;
      int header = write * HEADER_STRIDE;
      int packet = firsts[write];
      // Each write gets its header here and nowhere else, so none goes out with an old one.
      if (counts[write] == 1) {
        VirtioNetHeader.putPlain(headers, header);
      } else {
        putMerged(buffer, write, header, offsets[packet]);
      }
      vectors.set(vector++, headers, header, VirtioNetHeader.SIZE);
      vectors.set(vector++, buffer, offsets[packet], lengths[packet]);
      int skip = headerLengths[write];
      for (packet = nexts[packet]; packet >= 0; packet = nexts[packet]) {
        vectors.set(vector++, buffer, offsets[packet] + skip, lengths[packet] - skip);
      }
    }
    return writeCount;
  }

  private void putMerged(NativeBuffer buffer, int write, int header, int first) {
    int transport = transports[write];
    int total = totals[write];
    int protocol = protocols[write];
    boolean v6 = transport == V6_HEADER;
    int pseudo;
    if (v6) {
      buffer.putShortBigEndian(first + 4, total - V6_HEADER);
      pseudo = Checksum.pseudoHeaderV6(buffer, first, protocol, total - transport);
    } else {
      buffer.putShortBigEndian(first + 2, total);
      buffer.putShortBigEndian(first + 10, 0);
      int sum = Checksum.sum(buffer, first, V4_HEADER);
      buffer.putShortBigEndian(first + 10, Checksum.complement(sum));
      pseudo = Checksum.pseudoHeaderV4(buffer, first, protocol, total - transport);
    }
    int at = first + transport;
    int type;
    int checksum;
    if (protocol == TCP) {
      type = v6 ? VirtioNetHeader.GSO_TCPV6 : VirtioNetHeader.GSO_TCPV4;
      checksum = TCP_CHECKSUM;
      if (pushes[write]) {
        buffer.putByte(at + 13, buffer.getByte(at + 13) | TCP_PSH);
      }
    } else {
      type = VirtioNetHeader.GSO_UDP_L4;
      checksum = UDP_CHECKSUM;
      buffer.putShortBigEndian(at + 4, total - transport);
    }
    buffer.putShortBigEndian(at + checksum, pseudo);
    VirtioNetHeader.putSegmented(
        headers, header, type, headerLengths[write], segmentSizes[write], transport, checksum);
  }

  /// Writes of the batch, in the order in which they are to be made.
  public int writeCount() {
    return writeCount;
  }

  /// The pieces of all writes.
  public IoVectors vectors() {
    return vectors;
  }

  /// The first piece of a write.
  public int firstVector(int write) {
    return firstVectors[write];
  }

  /// Pieces of a write.
  public int vectorCount(int write) {
    return counts[write] + 1;
  }

  /// Where the first packet of a write starts.
  public int firstOffset(int write) {
    return offsets[firsts[write]];
  }

  /// Packets that a write stands for.
  public int packetCount(int write) {
    return counts[write];
  }

  /// Bytes of a write without its virtio header.
  public int length(int write) {
    return totals[write];
  }

  /// A hash of the flow, the same for both of its directions.
  public int flowHash(int write) {
    return hashes[write];
  }

  /// Frees the memory of its own; only after the thread that uses it has ended.
  @Override
  public void close() {
    headers.close();
    vectors.close();
  }
}
