package io.wiregate.os.crypto;

import io.wiregate.os.internal.BoringSsl;
import io.wiregate.os.internal.LibCrypto;
import io.wiregate.os.internal.Sodium;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/// X25519 of a C library: copies the keys into native memory of this call, which it wipes.
abstract sealed class NativeX25519 implements X25519 {
  private final String name;

  private NativeX25519(String name) {
    this.name = name;
  }

  @Override
  public final String name() {
    return name;
  }

  /// Writes 32 bytes; whether it worked.
  abstract boolean publicKey(long privateKey, long publicKey);

  /// Writes 32 bytes; may say false where they are all zero.
  abstract boolean agree(long privateKey, long publicKey, long shared);

  @Override
  public final void publicKey(byte[] privateKey, byte[] publicKey) {
    checkSize(privateKey, publicKey);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(2 * KEY_SIZE);
      put(privateKey, memory, 0);
      long address = memory.address();
      boolean worked = publicKey(address, address + KEY_SIZE);
      take(memory, KEY_SIZE, publicKey);
      memory.fill((byte) 0);
      if (!worked) {
        throw new IllegalStateException(name + " could not compute a public key");
      }
    }
  }

  @Override
  public final boolean agree(byte[] privateKey, byte[] publicKey, byte[] shared) {
    checkSize(privateKey, publicKey);
    Objects.checkFromIndexSize(0, KEY_SIZE, shared.length);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(3 * KEY_SIZE);
      put(privateKey, memory, 0);
      put(publicKey, memory, KEY_SIZE);
      long address = memory.address();
      boolean worked = agree(address, address + KEY_SIZE, address + 2 * KEY_SIZE);
      take(memory, 2 * KEY_SIZE, shared);
      memory.fill((byte) 0);
      // Whatever the library says of such results.
      int any = 0;
      for (int i = 0; i < KEY_SIZE; i++) {
        any |= shared[i];
      }
      return worked && any != 0;
    }
  }

  private static void checkSize(byte[] privateKey, byte[] publicKey) {
    if (privateKey.length != KEY_SIZE || publicKey.length != KEY_SIZE) {
      throw new IllegalArgumentException("keys of X25519 have 32 bytes");
    }
  }

  private static void put(byte[] bytes, MemorySegment memory, long at) {
    MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, at, KEY_SIZE);
  }

  private static void take(MemorySegment memory, long at, byte[] bytes) {
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, at, bytes, 0, KEY_SIZE);
  }

  /// The fastest measured.
  static final class OfSodium extends NativeX25519 {
    static {
      if (Sodium.sodium_init() < 0) {
        throw new UnsatisfiedLinkError("libsodium could not be initialised");
      }
    }

    OfSodium() {
      super("libsodium");
    }

    @Override
    boolean publicKey(long privateKey, long publicKey) {
      return Sodium.crypto_scalarmult_curve25519_base(publicKey, privateKey) == 0;
    }

    @Override
    boolean agree(long privateKey, long publicKey, long shared) {
      return Sodium.crypto_scalarmult_curve25519(shared, privateKey, publicKey) == 0;
    }
  }

  static final class OfBoringSsl extends NativeX25519 {
    OfBoringSsl() {
      super("BoringSSL");
    }

    @Override
    boolean publicKey(long privateKey, long publicKey) {
      BoringSsl.X25519_public_from_private(publicKey, privateKey);
      return true;
    }

    @Override
    boolean agree(long privateKey, long publicKey, long shared) {
      return BoringSsl.X25519(shared, privateKey, publicKey) == 1;
    }
  }

  static final class OfLibCrypto extends NativeX25519 {
    /// `X25519` as C reads it, for the life of the process.
    private static final long TYPE =
        Arena.global().allocateFrom("X25519", StandardCharsets.US_ASCII).address();

    OfLibCrypto() {
      super(AeadEngines.shortVersion(LibCrypto.OpenSSL_version()));
    }

    @Override
    boolean publicKey(long privateKey, long publicKey) {
      long key = LibCrypto.EVP_PKEY_new_raw_private_key_ex(0, TYPE, 0, privateKey, KEY_SIZE);
      try (Arena arena = Arena.ofConfined()) {
        long length = arena.allocateFrom(ValueLayout.JAVA_LONG, KEY_SIZE).address();
        return key != 0 && LibCrypto.EVP_PKEY_get_raw_public_key(key, publicKey, length) == 1;
      } finally {
        LibCrypto.EVP_PKEY_free(key);
      }
    }

    @Override
    boolean agree(long privateKey, long publicKey, long shared) {
      long key = LibCrypto.EVP_PKEY_new_raw_private_key_ex(0, TYPE, 0, privateKey, KEY_SIZE);
      long peer = LibCrypto.EVP_PKEY_new_raw_public_key_ex(0, TYPE, 0, publicKey, KEY_SIZE);
      long context = key == 0 ? 0 : LibCrypto.EVP_PKEY_CTX_new_from_pkey(0, key, 0);
      try (Arena arena = Arena.ofConfined()) {
        long length = arena.allocateFrom(ValueLayout.JAVA_LONG, KEY_SIZE).address();
        boolean worked =
            context != 0
                && peer != 0
                && LibCrypto.EVP_PKEY_derive_init(context) == 1
                && LibCrypto.EVP_PKEY_derive_set_peer_ex(context, peer, 0) == 1
                && LibCrypto.EVP_PKEY_derive(context, shared, length) == 1;
        if (!worked) {
          LibCrypto.ERR_clear_error();
        }
        return worked;
      } finally {
        LibCrypto.EVP_PKEY_CTX_free(context);
        LibCrypto.EVP_PKEY_free(peer);
        LibCrypto.EVP_PKEY_free(key);
      }
    }
  }
}
