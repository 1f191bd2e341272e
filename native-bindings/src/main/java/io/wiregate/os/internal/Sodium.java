package io.wiregate.os.internal;

import static io.wiregate.os.internal.NativeLibrary.intFunction;

import java.lang.invoke.MethodHandle;

/// libsodium's X25519. Functions return 0, or -1 where they failed.
///
/// Touch this class only where [NativeLibrary#find] finds [#FILE]: loading it fails otherwise.
public final class Sodium {
  public static final String FILE = "libsodium.so.23";

  private static final NativeLibrary LIBRARY = NativeLibrary.require(FILE);

  private static final MethodHandle sodium_init$mh = LIBRARY.function("sodium_init", intFunction());
  private static final MethodHandle crypto_scalarmult_curve25519$mh =
      LIBRARY.function(
          "crypto_scalarmult_curve25519", intFunction(long.class, long.class, long.class));
  private static final MethodHandle crypto_scalarmult_curve25519_base$mh =
      LIBRARY.function("crypto_scalarmult_curve25519_base", intFunction(long.class, long.class));

  private Sodium() {}

  /// Must come first: only then does the library use the fastest code for this processor. Returns
  /// 0, or 1 where it was done already.
  public static int sodium_init() {
    try {
      return (int) sodium_init$mh.invokeExact();
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// The shared secret; fails where it is all zero.
  public static int crypto_scalarmult_curve25519(long shared, long privateKey, long peerPublic) {
    try {
      return (int) crypto_scalarmult_curve25519$mh.invokeExact(shared, privateKey, peerPublic);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// The public key of a private one.
  public static int crypto_scalarmult_curve25519_base(long publicKey, long privateKey) {
    try {
      return (int) crypto_scalarmult_curve25519_base$mh.invokeExact(publicKey, privateKey);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }
}
