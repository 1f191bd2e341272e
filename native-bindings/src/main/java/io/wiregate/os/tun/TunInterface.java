package io.wiregate.os.tun;

import io.wiregate.os.Errno;
import io.wiregate.os.FileDescriptor;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.internal.Libc;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A TUN network interface with one or more queues. It exists as long as this object is open.
///
/// Source: the kernel's Documentation/networking/tuntap.rst, linux/if_tun.h.
public final class TunInterface implements AutoCloseable {
  /// Longest interface name, in bytes (`IFNAMSIZ` less the terminating NUL).
  public static final int MAX_NAME_LENGTH = 15;

  private static final String CLONE_DEVICE = "/dev/net/tun";

  private static final int O_RDWR = 2;
  private static final int O_NONBLOCK = 0x800;
  private static final int O_CLOEXEC = 0x80000;

  private static final int SIZE_OF_IFREQ = 40;
  private static final int IFR_FLAGS = 16;

  private static final long TUNSETIFF = 0x400454caL;
  private static final long TUNSETOFFLOAD = 0x400454d0L;
  private static final long TUNGETIFF = 0x800454d2L;
  private static final long TUNGETDEVNETNS = 0x54e3L;

  private static final int IFF_TUN = 0x0001;
  private static final int IFF_NO_PI = 0x1000;
  private static final int IFF_VNET_HDR = 0x4000;
  private static final int IFF_MULTI_QUEUE = 0x0100;
  private static final int IFF_TUN_EXCL = 0x8000;

  private static final int TUN_F_CSUM = 0x01;
  private static final int TUN_F_TSO4 = 0x02;
  private static final int TUN_F_TSO6 = 0x04;
  private static final int TUN_F_USO4 = 0x20;
  private static final int TUN_F_USO6 = 0x40;

  private final String name;
  private final List<TunQueue> queues;
  private TunOffloads offloads = TunOffloads.NONE;

  private TunInterface(String name, List<TunQueue> queues) {
    this.name = name;
    this.queues = List.copyOf(queues);
  }

  /// Creates an interface, down and without addresses.
  ///
  /// @param name what it shall be called; `%d` at the end asks the kernel for a number
  /// @param queueCount at least 1
  /// @param wanted the offloads to use where the kernel has them; [#offloads] says what came of it
  /// @throws OsException `ENOENT` where `/dev/net/tun` is missing, `EPERM` without `CAP_NET_ADMIN`,
  ///   `EBUSY` where an interface of that name exists, `EINVAL` for a name Linux does not allow
  public static TunInterface create(String name, int queueCount, TunOffloads wanted)
      throws OsException {
    List<TunQueue> queues = new ArrayList<>();
    try {
      // Without IFF_TUN_EXCL the kernel would make us one more queue of another program's
      // interface.
      String actual = attach(name, IFF_TUN_EXCL, queues);
      while (queues.size() < queueCount) {
        attach(actual, 0, queues);
      }
      TunInterface tun = new TunInterface(actual, queues);
      tun.offloads = tun.negotiate(wanted);
      return tun;
    } catch (OsException e) {
      queues.forEach(queue -> queue.fd().close());
      throw e;
    }
  }

  /// Opens one more queue and returns the interface's name.
  private static String attach(String name, int extraFlags, List<TunQueue> queues)
      throws OsException {
    FileDescriptor fd = new FileDescriptor(open());
    try (NativeBuffer request = NativeBuffer.allocate(SIZE_OF_IFREQ)) {
      byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
      // What is no ASCII would become a '?', and the kernel reads up to the first NUL.
      boolean printable = name.chars().allMatch(c -> c > ' ' && c < 0x7f);
      if (bytes.length == 0 || bytes.length > MAX_NAME_LENGTH || !printable) {
        throw new OsException("interface name '" + name + "'", Errno.EINVAL);
      }
      request.copyFrom(0, bytes, 0, bytes.length);
      request.putShort(
          IFR_FLAGS, IFF_TUN | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE | extraFlags);
      int result = Libc.ioctl(fd.number(), TUNSETIFF, request.address(0, SIZE_OF_IFREQ));
      OsException.check(result, "TUNSETIFF " + name);
      queues.add(new TunQueue(fd));
      return readName(request);
    } catch (OsException e) {
      fd.close();
      throw e;
    }
  }

  private static int open() throws OsException {
    try (NativeBuffer path = NativeBuffer.ofString(CLONE_DEVICE)) {
      return OsException.check(
          Libc.open(path.address(0, path.size()), O_RDWR | O_NONBLOCK | O_CLOEXEC, 0),
          "open " + CLONE_DEVICE);
    }
  }

  private static String readName(NativeBuffer request) {
    int length = 0;
    while (length < MAX_NAME_LENGTH && request.getByte(length) != 0) {
      length++;
    }
    return new String(request.toArray(0, length), StandardCharsets.US_ASCII);
  }

  /// Turns on as much of what is wanted as the kernel has and takes. A setting of the interface,
  /// not of a queue.
  private TunOffloads negotiate(TunOffloads wanted) {
    int tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
    TunQueue queue = queues.getFirst();
    if (wanted.udp()
        && setOffloads(tcp | TUN_F_USO4 | TUN_F_USO6)
        && LargePacketProbe.isTaken(queue, wanted)) {
      return wanted;
    }
    TunOffloads onlyTcp = new TunOffloads(true, false);
    if (wanted.tcp() && setOffloads(tcp) && LargePacketProbe.isTaken(queue, onlyTcp)) {
      return onlyTcp;
    }
    setOffloads(0);
    return TunOffloads.NONE;
  }

  private boolean setOffloads(int flags) {
    return Libc.ioctl(queues.getFirst().fd().number(), TUNSETOFFLOAD, flags) >= 0;
  }

  /// The name that the interface was created with.
  public String name() {
    return name;
  }

  /// The name that it has now: an administrator may have renamed it.
  ///
  /// @throws OsException `EBADFD` where it was deleted
  public String currentName() throws OsException {
    try (NativeBuffer request = NativeBuffer.allocate(SIZE_OF_IFREQ)) {
      int fd = queues.getFirst().fd().number();
      OsException.check(
          Libc.ioctl(fd, TUNGETIFF, request.address(0, SIZE_OF_IFREQ)), "TUNGETIFF " + name);
      return readName(request);
    }
  }

  public List<TunQueue> queues() {
    return queues;
  }

  /// What is in use.
  public TunOffloads offloads() {
    return offloads;
  }

  /// The network namespace that the interface is in now; it may have been moved. The caller closes
  /// it.
  ///
  /// @throws OsException `EBADFD` where the interface was deleted, `ENOTTY` before Linux 5.5
  public FileDescriptor networkNamespace() throws OsException {
    int fd = queues.getFirst().fd().number();
    return new FileDescriptor(
        OsException.check(Libc.ioctl(fd, TUNGETDEVNETNS, 0), "TUNGETDEVNETNS " + name));
  }

  /// Removes the interface. No thread may be using its queues.
  @Override
  public void close() {
    queues.forEach(queue -> queue.fd().close());
  }
}
