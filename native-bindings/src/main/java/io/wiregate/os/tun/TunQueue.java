package io.wiregate.os.tun;

import io.wiregate.os.FileDescriptor;
import io.wiregate.os.IoVectors;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.internal.Libc;

/// One queue of a TUN interface: packets come and go with a [VirtioNetHeader] in front.
///
/// Owner: one thread reads; any thread may write. No call waits. Source: the kernel's
/// Documentation/networking/tuntap.rst.
public final class TunQueue {
  private final FileDescriptor fd;

  /// @param fd what reads and writes one packet per call: a queue that was opened elsewhere, or a
  ///   socket of packets that stands in for one where there is no TUN interface to be had
  public TunQueue(FileDescriptor fd) {
    this.fd = fd;
  }

  public FileDescriptor fd() {
    return fd;
  }

  /// Reads one packet with its header.
  ///
  /// @return bytes, or `-EAGAIN` where there is none, `-EBADFD` where the interface was deleted
  public int read(NativeBuffer buffer, int offset, int length) {
    return Libc.read(fd.number(), buffer.address(offset, length), length);
  }

  /// Writes one packet with its header.
  ///
  /// @return bytes, or `-EIO` where the interface is down, `-EBADFD` where it was deleted,
  ///   `-EINVAL` where the kernel refuses the packet
  public int write(NativeBuffer buffer, int offset, int length) {
    return Libc.write(fd.number(), buffer.address(offset, length), length);
  }

  /// Writes one packet, gathered from pieces of which the first is its header.
  ///
  /// @return as [#write(NativeBuffer, int, int)]
  public int write(IoVectors vectors, int first, int count) {
    return Libc.writev(fd.number(), vectors.address(first, count), count);
  }
}
