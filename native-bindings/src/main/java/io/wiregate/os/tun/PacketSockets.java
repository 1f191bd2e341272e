package io.wiregate.os.tun;

import io.wiregate.os.FileDescriptor;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.internal.Libc;

/// Two connected sockets that keep the borders of packets: what is written to one is read from the
/// other. Stands in for a TUN interface and the network stack behind it, where packets are to stay
/// away from the network or there is no root: the system calls and the copies are as many, the
/// kernel's work beyond them is not.
///
/// Owner: each end has one thread. Source: unix(7).
public final class PacketSockets implements AutoCloseable {
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_NONBLOCK = 0x800;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_SNDBUF = 7;
  private static final int SO_SNDBUFFORCE = 32;
  private static final int BUFFER = 1 << 20;
  private static final int FAMILY_SIZE = 2;
  private static final int NAME_SIZE = 112;

  private final FileDescriptor near;
  private final FileDescriptor far;

  public PacketSockets() throws OsException {
    near = open();
    try {
      far = open();
    } catch (OsException e) {
      near.close();
      throw e;
    }
    try (NativeBuffer name = NativeBuffer.allocate(NAME_SIZE + 8)) {
      connect(near, far, name);
      connect(far, near, name);
    } catch (OsException e) {
      close();
      throw e;
    }
  }

  /// A socket with a name that the kernel chooses.
  private static FileDescriptor open() throws OsException {
    int number =
        OsException.check(
            Libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket AF_UNIX");
    FileDescriptor fd = new FileDescriptor(number);
    try (NativeBuffer value = NativeBuffer.allocate(8)) {
      value.putInt(0, BUFFER);
      if (Libc.setsockopt(number, SOL_SOCKET, SO_SNDBUFFORCE, value.address(0, 4), 4) < 0) {
        Libc.setsockopt(number, SOL_SOCKET, SO_SNDBUF, value.address(0, 4), 4);
      }
      value.putInt(0, AF_UNIX);
      OsException.check(Libc.bind(number, value.address(0, FAMILY_SIZE), FAMILY_SIZE), "bind");
    } catch (OsException e) {
      fd.close();
      throw e;
    }
    return fd;
  }

  private static void connect(FileDescriptor from, FileDescriptor to, NativeBuffer name)
      throws OsException {
    name.putInt(NAME_SIZE, NAME_SIZE);
    OsException.check(
        Libc.getsockname(to.number(), name.address(0, NAME_SIZE), name.address(NAME_SIZE, 4)),
        "getsockname");
    int length = name.getInt(NAME_SIZE);
    OsException.check(Libc.connect(from.number(), name.address(0, length), length), "connect");
  }

  /// The program's end.
  public TunQueue near() {
    return new TunQueue(near);
  }

  /// The network stack's end.
  public TunQueue far() {
    return new TunQueue(far);
  }

  @Override
  public void close() {
    near.close();
    far.close();
  }
}
