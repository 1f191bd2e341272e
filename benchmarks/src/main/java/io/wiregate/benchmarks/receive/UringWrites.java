package io.wiregate.benchmarks.receive;

import io.wiregate.os.OsException;
import io.wiregate.os.internal.NativeMemory;
import io.wiregate.os.tun.TunQueue;

/// Writes to a TUN interface that one system call submits together. Owner: one thread.
final class UringWrites implements AutoCloseable {
  private final TunQueue tun;
  private final Uring ring = new Uring(1024, 2048);
  private int pending;

  UringWrites(TunQueue tun) throws OsException {
    this.tun = tun;
  }

  /// Adds a write from memory that stays as it is until [#complete].
  void add(long address, int length, Ledger ledger) throws OsException {
    if (ring.room() == 0) {
      complete(ledger);
    }
    prepare(ring, tun, address, length, length);
    pending++;
  }

  static void prepare(Uring ring, TunQueue tun, long address, int length, long userData) {
    long sqe = ring.submission();
    NativeMemory.putByte(sqe + Uring.SQE_OPCODE, (byte) Uring.OP_WRITE);
    NativeMemory.putInt(sqe + Uring.SQE_FD, tun.fd().number());
    NativeMemory.putLong(sqe + Uring.SQE_ADDRESS, address);
    NativeMemory.putInt(sqe + Uring.SQE_LENGTH, length);
    NativeMemory.putLong(sqe + Uring.SQE_USER_DATA, userData);
  }

  /// Submits what was added and waits until all of it is written.
  void complete(Ledger ledger) throws OsException {
    while (pending > 0) {
      ring.enter(pending);
      int ready = ring.ready();
      for (int i = 0; i < ready; i++) {
        ledger.message(ring.result(i) == ring.userData(i));
      }
      ring.seen(ready);
      pending -= ready;
    }
  }

  @Override
  public void close() {
    ring.close();
  }
}
