package io.wiregate.os.internal;

import static io.wiregate.os.internal.NativeLibrary.intFunction;
import static io.wiregate.os.internal.NativeLibrary.longFunction;
import static io.wiregate.os.internal.NativeLibrary.voidFunction;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// OpenSSL 3's libcrypto: EVP ciphers and keys. Functions return 1, or 0 or less where they failed,
/// unless said otherwise.
///
/// Touch this class only where [NativeLibrary#find] finds [#FILE]: loading it fails otherwise.
public final class LibCrypto {
  public static final String FILE = "libcrypto.so.3";

  public static final int EVP_CTRL_AEAD_GET_TAG = 0x10;
  public static final int EVP_CTRL_AEAD_SET_TAG = 0x11;

  private static final NativeLibrary LIBRARY = NativeLibrary.require(FILE);

  // Critical: what is called once per packet and takes less than a microsecond.
  private static final Linker.Option CRITICAL = Linker.Option.critical(false);

  private static final MethodHandle OpenSSL_version$mh =
      LIBRARY.function("OpenSSL_version", FunctionDescriptor.of(ADDRESS, JAVA_INT));
  private static final MethodHandle ERR_clear_error$mh =
      LIBRARY.function("ERR_clear_error", voidFunction());
  private static final MethodHandle EVP_CIPHER_fetch$mh =
      LIBRARY.function("EVP_CIPHER_fetch", longFunction(long.class, long.class, long.class));
  private static final MethodHandle EVP_CIPHER_CTX_new$mh =
      LIBRARY.function("EVP_CIPHER_CTX_new", longFunction());
  private static final MethodHandle EVP_CIPHER_CTX_free$mh =
      LIBRARY.function("EVP_CIPHER_CTX_free", voidFunction(long.class));
  private static final MethodHandle EVP_CIPHER_CTX_ctrl$mh =
      LIBRARY.function(
          "EVP_CIPHER_CTX_ctrl",
          intFunction(long.class, int.class, int.class, long.class),
          CRITICAL);
  private static final MethodHandle EVP_CipherInit_ex2$mh =
      LIBRARY.function(
          "EVP_CipherInit_ex2",
          intFunction(long.class, long.class, long.class, long.class, int.class, long.class),
          CRITICAL);
  private static final MethodHandle EVP_CipherUpdate$mh =
      LIBRARY.function(
          "EVP_CipherUpdate",
          intFunction(long.class, long.class, long.class, long.class, int.class),
          CRITICAL);
  private static final MethodHandle EVP_CipherFinal_ex$mh =
      LIBRARY.function(
          "EVP_CipherFinal_ex", intFunction(long.class, long.class, long.class), CRITICAL);
  private static final MethodHandle EVP_PKEY_new_raw_private_key_ex$mh =
      LIBRARY.function(
          "EVP_PKEY_new_raw_private_key_ex",
          longFunction(long.class, long.class, long.class, long.class, long.class));
  private static final MethodHandle EVP_PKEY_new_raw_public_key_ex$mh =
      LIBRARY.function(
          "EVP_PKEY_new_raw_public_key_ex",
          longFunction(long.class, long.class, long.class, long.class, long.class));
  private static final MethodHandle EVP_PKEY_get_raw_public_key$mh =
      LIBRARY.function(
          "EVP_PKEY_get_raw_public_key", intFunction(long.class, long.class, long.class));
  private static final MethodHandle EVP_PKEY_free$mh =
      LIBRARY.function("EVP_PKEY_free", voidFunction(long.class));
  private static final MethodHandle EVP_PKEY_CTX_new_from_pkey$mh =
      LIBRARY.function(
          "EVP_PKEY_CTX_new_from_pkey", longFunction(long.class, long.class, long.class));
  private static final MethodHandle EVP_PKEY_CTX_free$mh =
      LIBRARY.function("EVP_PKEY_CTX_free", voidFunction(long.class));
  private static final MethodHandle EVP_PKEY_derive_init$mh =
      LIBRARY.function("EVP_PKEY_derive_init", intFunction(long.class));
  private static final MethodHandle EVP_PKEY_derive_set_peer_ex$mh =
      LIBRARY.function(
          "EVP_PKEY_derive_set_peer_ex", intFunction(long.class, long.class, int.class));
  private static final MethodHandle EVP_PKEY_derive$mh =
      LIBRARY.function("EVP_PKEY_derive", intFunction(long.class, long.class, long.class));

  private LibCrypto() {}

  /// What the library calls itself, e.g. `OpenSSL 3.0.19 27 Jan 2026`.
  @SuppressWarnings("restricted")
  public static String OpenSSL_version() {
    try {
      MemorySegment text = (MemorySegment) OpenSSL_version$mh.invokeExact(0);
      return text.reinterpret(1024).getString(0);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// Empties the calling thread's queue of errors.
  public static void ERR_clear_error() {
    try {
      ERR_clear_error$mh.invokeExact();
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// An algorithm by its NUL-terminated name, 0 where there is none. Slow: once per process.
  public static long EVP_CIPHER_fetch(long libraryContext, long algorithm, long properties) {
    try {
      return (long) EVP_CIPHER_fetch$mh.invokeExact(libraryContext, algorithm, properties);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// A context, 0 where memory is short.
  public static long EVP_CIPHER_CTX_new() {
    try {
      return (long) EVP_CIPHER_CTX_new$mh.invokeExact();
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// Wipes and frees a context.
  public static void EVP_CIPHER_CTX_free(long context) {
    try {
      EVP_CIPHER_CTX_free$mh.invokeExact(context);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// Gets or sets the tag.
  public static int EVP_CIPHER_CTX_ctrl(long context, int type, int argument, long pointer) {
    try {
      return (int) EVP_CIPHER_CTX_ctrl$mh.invokeExact(context, type, argument, pointer);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// Starts a message; what is 0 (cipher, key, nonce) or -1 (`encrypt`) stays as it was.
  public static int EVP_CipherInit_ex2(
      long context, long cipher, long key, long nonce, int encrypt, long parameters) {
    try {
      return (int)
          EVP_CipherInit_ex2$mh.invokeExact(context, cipher, key, nonce, encrypt, parameters);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// Goes on with a message; with `out` 0 the input is associated data.
  public static int EVP_CipherUpdate(long context, long out, long outLength, long in, int length) {
    try {
      return (int) EVP_CipherUpdate$mh.invokeExact(context, out, outLength, in, length);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// Ends a message; 0 where its tag, compared in constant time, is wrong.
  public static int EVP_CipherFinal_ex(long context, long out, long outLength) {
    try {
      return (int) EVP_CipherFinal_ex$mh.invokeExact(context, out, outLength);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// A private key from its bytes, 0 where that failed.
  public static long EVP_PKEY_new_raw_private_key_ex(
      long libraryContext, long type, long properties, long key, long length) {
    try {
      return (long)
          EVP_PKEY_new_raw_private_key_ex$mh.invokeExact(
              libraryContext, type, properties, key, length);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// A public key from its bytes, 0 where that failed.
  public static long EVP_PKEY_new_raw_public_key_ex(
      long libraryContext, long type, long properties, long key, long length) {
    try {
      return (long)
          EVP_PKEY_new_raw_public_key_ex$mh.invokeExact(
              libraryContext, type, properties, key, length);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// The public key's bytes.
  public static int EVP_PKEY_get_raw_public_key(long key, long out, long length) {
    try {
      return (int) EVP_PKEY_get_raw_public_key$mh.invokeExact(key, out, length);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// Wipes and frees a key; 0 is allowed.
  public static void EVP_PKEY_free(long key) {
    try {
      EVP_PKEY_free$mh.invokeExact(key);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// A context for what is done with a key, 0 where that failed.
  public static long EVP_PKEY_CTX_new_from_pkey(long libraryContext, long key, long properties) {
    try {
      return (long) EVP_PKEY_CTX_new_from_pkey$mh.invokeExact(libraryContext, key, properties);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// Frees a context; 0 is allowed.
  public static void EVP_PKEY_CTX_free(long context) {
    try {
      EVP_PKEY_CTX_free$mh.invokeExact(context);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// Prepares a context to agree on a secret.
  public static int EVP_PKEY_derive_init(long context) {
    try {
      return (int) EVP_PKEY_derive_init$mh.invokeExact(context);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// Names the other side's public key.
  public static int EVP_PKEY_derive_set_peer_ex(long context, long peer, int validate) {
    try {
      return (int) EVP_PKEY_derive_set_peer_ex$mh.invokeExact(context, peer, validate);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// The shared secret; fails where it is all zero.
  public static int EVP_PKEY_derive(long context, long out, long length) {
    try {
      return (int) EVP_PKEY_derive$mh.invokeExact(context, out, length);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }
}
