package io.wiregate.os;

import io.wiregate.os.internal.Libc;
import java.io.IOException;

/// A system call that failed: which one, on what, and the error number that Linux gave.
public final class OsException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int errno;

  /// @param call the function's C name, with what it was called on where that helps, e.g. `open
  ///   /dev/net/tun`
  /// @param errno the positive error number
  public OsException(String call, int errno) {
    super(call + ": " + Libc.strerror(errno));
    this.errno = errno;
  }

  /// The positive error number, one of [Errno]'s constants or another from errno(3).
  public int errno() {
    return errno;
  }

  /// Returns a result unchanged unless it is a negated error number.
  ///
  /// @throws OsException if `result` is negative
  public static int check(int result, String call) throws OsException {
    if (result < 0) {
      throw new OsException(call, -result);
    }
    return result;
  }
}
