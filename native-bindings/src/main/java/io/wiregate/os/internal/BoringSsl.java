package io.wiregate.os.internal;

import static io.wiregate.os.internal.NativeLibrary.intFunction;
import static io.wiregate.os.internal.NativeLibrary.longFunction;
import static io.wiregate.os.internal.NativeLibrary.voidFunction;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/// BoringSSL's libcrypto: `openssl/aead.h` and `openssl/curve25519.h`.
///
/// Touch this class only where [NativeLibrary#find] finds [#FILE]: loading it fails otherwise.
public final class BoringSsl {
  /// As Debian's android-libboringssl installs it; its file name alone is OpenSSL's too.
  public static final String FILE = "android/libcrypto.so.0";

  private static final NativeLibrary LIBRARY = NativeLibrary.require(FILE);

  private static final MethodHandle EVP_aead_chacha20_poly1305$mh =
      LIBRARY.function("EVP_aead_chacha20_poly1305", longFunction());
  private static final MethodHandle EVP_AEAD_CTX_new$mh =
      LIBRARY.function(
          "EVP_AEAD_CTX_new", longFunction(long.class, long.class, long.class, long.class));
  private static final MethodHandle EVP_AEAD_CTX_free$mh =
      LIBRARY.function("EVP_AEAD_CTX_free", voidFunction(long.class));
  private static final MethodHandle EVP_AEAD_CTX_cleanup$mh =
      LIBRARY.function("EVP_AEAD_CTX_cleanup", voidFunction(long.class));
  private static final MethodHandle EVP_AEAD_CTX_init$mh =
      LIBRARY.function(
          "EVP_AEAD_CTX_init",
          intFunction(long.class, long.class, long.class, long.class, long.class, long.class));
  // Critical: they take less than a microsecond, a usual call's change of thread state would show.
  private static final MethodHandle EVP_AEAD_CTX_seal$mh =
      LIBRARY.function("EVP_AEAD_CTX_seal", sealOrOpen(), Linker.Option.critical(false));
  private static final MethodHandle EVP_AEAD_CTX_open$mh =
      LIBRARY.function("EVP_AEAD_CTX_open", sealOrOpen(), Linker.Option.critical(false));
  private static final MethodHandle X25519$mh =
      LIBRARY.function("X25519", intFunction(long.class, long.class, long.class));
  private static final MethodHandle X25519_public_from_private$mh =
      LIBRARY.function("X25519_public_from_private", voidFunction(long.class, long.class));

  private BoringSsl() {}

  private static FunctionDescriptor sealOrOpen() {
    return intFunction(
        long.class,
        long.class,
        long.class,
        long.class,
        long.class,
        long.class,
        long.class,
        long.class,
        long.class,
        long.class);
  }

  /// The algorithm.
  public static long EVP_aead_chacha20_poly1305() {
    try {
      return (long) EVP_aead_chacha20_poly1305$mh.invokeExact();
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// A new context on the library's heap, 0 where that failed.
  public static long EVP_AEAD_CTX_new(long aead, long key, long keyLength, long tagLength) {
    try {
      return (long) EVP_AEAD_CTX_new$mh.invokeExact(aead, key, keyLength, tagLength);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// Frees a context of [#EVP_AEAD_CTX_new]; the library wipes what it frees.
  public static void EVP_AEAD_CTX_free(long context) {
    try {
      EVP_AEAD_CTX_free$mh.invokeExact(context);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// Ends the use of a key. Does not overwrite it: the next init does.
  public static void EVP_AEAD_CTX_cleanup(long context) {
    try {
      EVP_AEAD_CTX_cleanup$mh.invokeExact(context);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// Sets a key: 1, or 0 where that failed. `engine` is 0.
  public static int EVP_AEAD_CTX_init(
      long context, long aead, long key, long keyLength, long tagLength, long engine) {
    try {
      return (int)
          EVP_AEAD_CTX_init$mh.invokeExact(context, aead, key, keyLength, tagLength, engine);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// Seals in one call: 1, or 0 where that failed. Input and output are the same or apart.
  public static int EVP_AEAD_CTX_seal(
      long context,
      long out,
      long outLength,
      long maxOutLength,
      long nonce,
      long nonceLength,
      long in,
      long inLength,
      long ad,
      long adLength) {
    try {
      return (int)
          EVP_AEAD_CTX_seal$mh.invokeExact(
              context,
              out,
              outLength,
              maxOutLength,
              nonce,
              nonceLength,
              in,
              inLength,
              ad,
              adLength);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// Opens in one call: 1, or 0 for a forgery, whose output is zeroed. Compares in constant time.
  public static int EVP_AEAD_CTX_open(
      long context,
      long out,
      long outLength,
      long maxOutLength,
      long nonce,
      long nonceLength,
      long in,
      long inLength,
      long ad,
      long adLength) {
    try {
      return (int)
          EVP_AEAD_CTX_open$mh.invokeExact(
              context,
              out,
              outLength,
              maxOutLength,
              nonce,
              nonceLength,
              in,
              inLength,
              ad,
              adLength);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// The shared secret: 1, or 0 where it is all zero.
  public static int X25519(long shared, long privateKey, long peerPublic) {
    try {
      return (int) X25519$mh.invokeExact(shared, privateKey, peerPublic);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// The public key of a private one.
  public static void X25519_public_from_private(long publicKey, long privateKey) {
    try {
      X25519_public_from_private$mh.invokeExact(publicKey, privateKey);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }
}
