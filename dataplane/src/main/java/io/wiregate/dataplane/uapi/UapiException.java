package io.wiregate.dataplane.uapi;

import io.wiregate.os.Errno;
import org.jspecify.annotations.Nullable;

/// A line that cannot be carried out; the other side is told a number only.
final class UapiException extends Exception {
  private static final long serialVersionUID = 1L;

  /// `ENOANO`, which wireguard-go answers to what it cannot explain.
  static final int UNKNOWN = 55;

  private final int errno;

  private UapiException(int errno, @Nullable String message) {
    super(message, null, false, false);
    this.errno = errno;
  }

  int errno() {
    return errno;
  }

  /// A key or value that there is not. The message must not show a secret.
  static UapiException invalid(@Nullable String message) {
    return new UapiException(Errno.EINVAL, message);
  }

  /// Not a line of the protocol.
  static UapiException protocol(@Nullable String message) {
    return new UapiException(Errno.EPROTO, message);
  }

  static UapiException portInUse(@Nullable String message) {
    return new UapiException(Errno.EADDRINUSE, message);
  }
}
