package io.wiregate.os.testing.fuzz;

import io.wiregate.os.FileDescriptor;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.internal.Libc;
import io.wiregate.os.tun.TunQueue;

/// Stands in for a queue of a TUN interface: a UDP socket on loopback that is connected to itself,
/// so that what is written is there to be read. (Of packets between Unix sockets, ten may wait.)
/// Only where all classes are on the class path, as in a [FuzzProcess].
public final class LoopQueue {
  private static final int AF_INET = 2;
  private static final int LOOPBACK = 0x7f000001;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_NONBLOCK = 0x800;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int SO_RCVBUF = 8;
  private static final int NAME_SIZE = 16;

  private LoopQueue() {}

  public static TunQueue open() {
    int fd = check(Libc.socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
    try (NativeBuffer name = NativeBuffer.allocate(NAME_SIZE + 8)) {
      name.putInt(0, 1 << 20);
      if (Libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, name.address(0, 4), 4) < 0) {
        Libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, name.address(0, 4), 4);
      }
      name.putInt(0, AF_INET); // and port 0: the kernel chooses one
      name.putIntBigEndian(4, LOOPBACK);
      check(Libc.bind(fd, name.address(0, NAME_SIZE), NAME_SIZE));
      name.putInt(NAME_SIZE, NAME_SIZE);
      check(Libc.getsockname(fd, name.address(0, NAME_SIZE), name.address(NAME_SIZE, 4)));
      check(Libc.connect(fd, name.address(0, NAME_SIZE), NAME_SIZE));
    }
    return new TunQueue(new FileDescriptor(fd));
  }

  private static int check(int result) {
    if (result < 0) {
      throw new AssertionError("error " + -result);
    }
    return result;
  }
}
