package io.wiregate.benchmarks;

import io.wiregate.dataplane.offload.Checksum;
import io.wiregate.dataplane.offload.InnerPacket;
import io.wiregate.dataplane.offload.SegmentCoalescer;
import io.wiregate.dataplane.offload.SegmentSplitter;
import io.wiregate.dataplane.wire.TransportMessage;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.crypto.Aead;
import io.wiregate.os.crypto.AeadBatch;
import io.wiregate.os.crypto.AeadEngines;
import io.wiregate.os.crypto.AeadKey;
import io.wiregate.os.tun.TunOffloads;
import io.wiregate.os.tun.TunQueue;
import io.wiregate.os.tun.VirtioNetHeader;
import io.wiregate.os.udp.ReceiveBatch;
import io.wiregate.os.udp.SendBatch;
import io.wiregate.os.udp.UdpEndpoint;

/// Splits, seals, opens and coalesces as the product does, under one fixed key.
///
/// Either in place, as the product does: each packet is copied to its place in the message, and all
/// of a message are sealed there. Or out of place: each packet is made in the memory that the read
/// filled, its headers written over the end of the payload before it, which is sealed already.
final class SealingCarrier implements BareTunnel.Carrier {
  private static final int MEMORY_SIZE = 17 * 65536;
  private static final int HEADER = TransportMessage.HEADER_SIZE;
  private static final int OVERHEAD = TransportMessage.OVERHEAD;
  private static final int MAX_TCP_HEADERS = 20 + 60;

  private final UdpEndpoint peer;
  private final boolean inPlace;
  private final NativeBuffer read = BareTunnel.readBuffer();
  private final NativeBuffer memory = NativeBuffer.allocate(MEMORY_SIZE);
  private final NativeBuffer headers = NativeBuffer.allocate(MAX_TCP_HEADERS);
  private final SegmentSplitter splitter = new SegmentSplitter();
  private final SegmentCoalescer coalescer = new SegmentCoalescer(SegmentCoalescer.MAX_PACKETS);
  private final AeadKey key = AeadKey.of(new byte[AeadKey.SIZE], 0);
  private final Aead aead = AeadEngines.select(null).engine().newAead();
  private final AeadBatch batch = new AeadBatch(SegmentCoalescer.MAX_PACKETS, memory);
  private long counter;

  // The message that grows.
  private int start;
  private int end;
  private int count;
  private int segmentSize;

  SealingCarrier(UdpEndpoint peer, boolean inPlace) {
    this.peer = peer;
    this.inPlace = inPlace;
    batch.begin(memory, memory);
  }

  @Override
  public boolean read(TunQueue tun, SendBatch sends) {
    int length = tun.read(read, 0, BareTunnel.READ_SIZE);
    if (length <= 0) {
      return false;
    }
    int packets = splitter.begin(read, 0, length);
    boolean straight = !inPlace && isTcpV4() && packets > 1;
    if (straight) {
      headers.copyFrom(0, read, splitter.packetOffset(), MAX_TCP_HEADERS);
    }
    for (int i = 0; i < packets; i++) {
      int packet = splitter.length(i);
      int padded = Math.min(TestPackets.MTU, packet + 15 & -16);
      int size = padded + OVERHEAD;
      if (count > 0 && (size > segmentSize || end - start + size > SendBatch.MAX_PAYLOAD)) {
        complete(sends);
      }
      if (count == 0) {
        segmentSize = size;
      }
      int inner = end + HEADER;
      if (straight && (padded == packet || i == packets - 1)) {
        sealStraight(i, packet, padded, inner);
      } else {
        splitter.copySegment(i, memory, inner);
        memory.wipe(inner + packet, padded - packet);
        batch.add(inner, padded, inner, 0);
        if (!inPlace) {
          sealNow();
        }
      }
      end += size;
      count++;
      if (size < segmentSize || count == SendBatch.MAX_SEGMENTS) {
        complete(sends);
      }
    }
    return true;
  }

  private boolean isTcpV4() {
    return (VirtioNetHeader.gsoType(read, 0) & ~VirtioNetHeader.GSO_ECN)
        == VirtioNetHeader.GSO_TCPV4;
  }

  private void sealStraight(int index, int length, int padded, int target) {
    int segment = VirtioNetHeader.segmentSize(read, 0);
    int at = splitter.packetOffset() + index * segment;
    int transport = 20; // of a measuring aid: no options
    int tcp = at + transport;
    int total = transport + (headers.getUnsignedByte(transport + 12) >>> 4) * 4;
    if (index > 0) {
      read.copyFrom(at, headers, 0, total);
    }
    read.putShortBigEndian(at + 2, length);
    read.putShortBigEndian(at + 4, headers.getUnsignedShortBigEndian(4) + index);
    read.putShortBigEndian(at + 10, 0);
    read.putShortBigEndian(at + 10, Checksum.complement(Checksum.sum(read, at, transport)));
    read.putIntBigEndian(tcp + 4, headers.getIntBigEndian(transport + 4) + index * segment);
    if (index < splitter.segmentCount() - 1) {
      read.putByte(tcp + 13, headers.getUnsignedByte(transport + 13) & ~0x09);
    }
    read.putShortBigEndian(tcp + 16, 0);
    int sum = Checksum.sum(read, tcp, length - transport);
    int pseudo = Checksum.pseudoHeaderV4(read, at, InnerPacket.TCP, length - transport);
    read.putShortBigEndian(tcp + 16, Checksum.complement(Checksum.add(sum, pseudo)));
    if (padded > length) {
      read.wipe(at + length, padded - length);
    }
    batch.begin(read, memory);
    batch.add(at, padded, target, 0);
    sealNow();
    batch.begin(memory, memory);
  }

  private void sealNow() {
    batch.numberFrom(counter);
    for (int i = 0; i < batch.count(); i++) {
      TransportMessage.putHeader(memory, batch.outputOffset(i) - HEADER, 1, counter++);
    }
    aead.seal(key, batch);
    batch.begin(memory, memory);
  }

  @Override
  public void complete(SendBatch sends) {
    if (count > 0) {
      if (inPlace) {
        sealNow();
      }
      sends.add(peer, memory, start, end - start, segmentSize, 0);
      start = end;
      count = 0;
    }
  }

  @Override
  public void sent() {
    start = 0;
    end = 0;
  }

  @Override
  public void write(ReceiveBatch received, int messages, TunQueue tun) {
    NativeBuffer data = received.data();
    batch.begin(data, data);
    coalescer.begin(data, TunOffloads.ALL);
    for (int i = 0; i < messages; i++) {
      int size = received.segmentSize(i);
      int length = received.length(i);
      for (int at = 0; at < length; at += size) {
        int datagram = received.offset(i) + at;
        int bytes = Math.min(size, length - at);
        if (TransportMessage.is(data, datagram, bytes)) {
          int sealed = datagram + HEADER;
          batch.add(sealed, bytes - HEADER, sealed, TransportMessage.counter(data, datagram));
        }
      }
      aead.open(key, batch);
      gather(data, tun);
      batch.begin(data, data);
    }
    flush(tun);
    batch.begin(memory, memory);
  }

  private void gather(NativeBuffer data, TunQueue tun) {
    for (int i = 0; i < batch.count(); i++) {
      int at = batch.outputOffset(i);
      int length = InnerPacket.trimmedLength(data, at, batch.length(i) - Aead.TAG_SIZE);
      if (batch.isAuthentic(i) && length > 0) {
        if (coalescer.isFull()) {
          flush(tun);
          coalescer.begin(data, TunOffloads.ALL);
        }
        coalescer.add(at, length);
      }
    }
  }

  private void flush(TunQueue tun) {
    int writes = coalescer.finish();
    for (int i = 0; i < writes; i++) {
      tun.write(coalescer.vectors(), coalescer.firstVector(i), coalescer.vectorCount(i));
    }
  }
}
