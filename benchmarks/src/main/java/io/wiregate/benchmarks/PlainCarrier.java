package io.wiregate.benchmarks;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.tun.TunQueue;
import io.wiregate.os.udp.ReceiveBatch;
import io.wiregate.os.udp.SendBatch;
import io.wiregate.os.udp.UdpEndpoint;

/// The floor: a read goes out as it is, virtio header included, in datagrams of WireGuard's size,
/// and is put together again. Nothing is encrypted, checksummed or repaired: a datagram that is
/// missing costs its whole read.
final class PlainCarrier implements BareTunnel.Carrier {
  private static final int CHUNK = 1440;
  private static final int SEGMENTS = 44;

  // As long as what WireGuard adds.
  private static final int HEAD = 32;
  private static final int NUMBER = 0;
  private static final int INDEX = 4;
  private static final int COUNT = 8;
  private static final int LENGTH = 12;

  private final UdpEndpoint peer;
  private final NativeBuffer read = BareTunnel.readBuffer();
  private final NativeBuffer memory = NativeBuffer.allocate(17 * 70_000);
  private final NativeBuffer whole = BareTunnel.readBuffer();
  private int number;
  private int end;

  // What is put together.
  private int current;
  private int next = -1;
  private int have;

  PlainCarrier(UdpEndpoint peer) {
    this.peer = peer;
  }

  @Override
  public boolean read(TunQueue tun, SendBatch sends) {
    int length = tun.read(read, 0, BareTunnel.READ_SIZE);
    if (length <= 0) {
      return false;
    }
    int count = (length + CHUNK - 1) / CHUNK;
    number++;
    int start = end;
    for (int i = 0; i < count; i++) {
      int part = Math.min(CHUNK, length - i * CHUNK);
      memory.putInt(end + NUMBER, number);
      memory.putInt(end + INDEX, i);
      memory.putInt(end + COUNT, count);
      memory.putInt(end + LENGTH, length);
      memory.copyFrom(end + HEAD, read, i * CHUNK, part);
      end += HEAD + part;
    }
    int most = SEGMENTS * (CHUNK + HEAD);
    for (int at = start; at < end; at += most) {
      sends.add(peer, memory, at, Math.min(most, end - at), CHUNK + HEAD, 0);
    }
    return true;
  }

  @Override
  public void complete(SendBatch sends) {}

  @Override
  public void sent() {
    end = 0;
  }

  @Override
  public void write(ReceiveBatch received, int messages, TunQueue tun) {
    NativeBuffer data = received.data();
    for (int i = 0; i < messages; i++) {
      int size = received.segmentSize(i);
      int length = received.length(i);
      for (int at = 0; at < length; at += size) {
        take(data, received.offset(i) + at, Math.min(size, length - at) - HEAD, tun);
      }
    }
  }

  private void take(NativeBuffer data, int at, int part, TunQueue tun) {
    if (data.getInt(at + INDEX) == 0) {
      current = data.getInt(at + NUMBER);
      next = 0;
      have = 0;
    }
    if (part < 0 || data.getInt(at + NUMBER) != current || data.getInt(at + INDEX) != next) {
      next = -1;
      return;
    }
    whole.copyFrom(have, data, at + HEAD, part);
    have += part;
    if (++next == data.getInt(at + COUNT)) {
      tun.write(whole, 0, have);
    }
  }
}
