package io.wiregate.os.crypto;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.internal.IpsecMb;
import io.wiregate.os.internal.NativeMemory;

/// ChaCha20-Poly1305 of Intel's IPsec-MB, which has it for AVX-512: two calls per packet, one for a
/// job to fill in and one to have it done.
///
/// The library keeps no key: a job points to it. What it derives from one it overwrites (its
/// `SAFE_DATA`, which is how it is built unless somebody turns that off).
final class IpsecMbAead extends PacketwiseAead {
  private static final int NONCE = 0;
  private static final int NONCE_SIZE = 12;
  private static final int TAG = 16;
  private static final int ZERO_KEY = 32;
  private static final int SEALING = 64;
  private static final int OPENING = SEALING + 256;

  /// The nonce, the tag of what is opened, a key of zeros, and what jobs of either direction have
  /// in common.
  private final NativeBuffer scratch = NativeBuffer.allocate(OPENING + IpsecMb.JOB_SIZE, 64);

  private final long nonce = scratch.address(NONCE, NONCE_SIZE);
  private final long tag = scratch.address(TAG, TAG_SIZE);
  private final long zeroKey = scratch.address(ZERO_KEY, AeadKey.SIZE);
  private final long sealing = scratch.address(SEALING, IpsecMb.JOB_SIZE);
  private final long opening = scratch.address(OPENING, IpsecMb.JOB_SIZE);
  private final long manager = IpsecMb.newManager();

  IpsecMbAead() {
    describe(sealing, IpsecMb.IMB_DIR_ENCRYPT, IpsecMb.IMB_ORDER_CIPHER_HASH);
    describe(opening, IpsecMb.IMB_DIR_DECRYPT, IpsecMb.IMB_ORDER_HASH_CIPHER);
    clearKeys();
  }

  private void describe(long job, int direction, int order) {
    NativeMemory.putLong(job + IpsecMb.KEY_LEN, AeadKey.SIZE);
    NativeMemory.putLong(job + IpsecMb.IV, nonce);
    NativeMemory.putLong(job + IpsecMb.IV_LEN, NONCE_SIZE);
    NativeMemory.putLong(job + IpsecMb.AUTH_TAG_LEN, TAG_SIZE);
    NativeMemory.putInt(job + IpsecMb.CIPHER_MODE, IpsecMb.IMB_CIPHER_CHACHA20_POLY1305);
    NativeMemory.putInt(job + IpsecMb.CIPHER_DIRECTION, direction);
    NativeMemory.putInt(job + IpsecMb.HASH_ALG, IpsecMb.IMB_AUTH_CHACHA20_POLY1305);
    NativeMemory.putInt(job + IpsecMb.CHAIN_ORDER, order);
  }

  /// `IPsec-MB 1.3.0`.
  static String name() {
    return "IPsec-MB " + IpsecMb.loadedVersion();
  }

  @Override
  void setSealingKey(AeadKey key) {
    setKey(sealing, key.address());
  }

  @Override
  void setOpeningKey(AeadKey key) {
    setKey(opening, key.address());
  }

  private static void setKey(long job, long key) {
    NativeMemory.putLong(job + IpsecMb.ENC_KEYS, key);
    NativeMemory.putLong(job + IpsecMb.DEC_KEYS, key);
  }

  @Override
  boolean sealPacket(
      long counter, long associated, int associatedLength, long input, int length, long output) {
    return run(
        sealing, counter, associated, associatedLength, input, length, output, output + length);
  }

  @Override
  boolean openPacket(
      long counter, long associated, int associatedLength, long input, int length, long output) {
    boolean authentic =
        run(opening, counter, associated, associatedLength, input, length, output, tag)
            && isTag(input + length);
    if (!authentic && length > 0) {
      // It was decrypted before the tag could be compared.
      NativeMemory.fill(output, length, (byte) 0);
    }
    return authentic;
  }

  /// Compares in constant time.
  private boolean isTag(long received) {
    long first = NativeMemory.getLong(received) ^ NativeMemory.getLong(tag);
    long second =
        NativeMemory.getLong(received + Long.BYTES) ^ NativeMemory.getLong(tag + Long.BYTES);
    return (first | second) == 0;
  }

  private boolean run(
      long described,
      long counter,
      long associated,
      int associatedLength,
      long input,
      int length,
      long output,
      long tagOutput) {
    scratch.putLongLittleEndian(NONCE + 4, counter);
    long job = IpsecMb.get_next_job(manager);
    NativeMemory.copy(described, job, IpsecMb.JOB_SIZE);
    NativeMemory.putLong(job + IpsecMb.SRC, input);
    NativeMemory.putLong(job + IpsecMb.DST, output);
    NativeMemory.putLong(job + IpsecMb.CIPHER_LEN, length);
    NativeMemory.putLong(job + IpsecMb.HASH_LEN, length);
    NativeMemory.putLong(job + IpsecMb.AUTH_TAG_OUTPUT, tagOutput);
    NativeMemory.putLong(job + IpsecMb.AAD, associated);
    NativeMemory.putLong(job + IpsecMb.AAD_LEN, associatedLength);
    return IpsecMb.submit_job_nocheck(manager) == job
        && NativeMemory.getInt(job + IpsecMb.STATUS) == IpsecMb.IMB_STATUS_COMPLETED;
  }

  /// There are no copies, only where the keys are.
  @Override
  void clearKeys() {
    setKey(sealing, zeroKey);
    setKey(opening, zeroKey);
  }

  @Override
  void free() {
    IpsecMb.free_mb_mgr(manager);
    scratch.close();
  }
}
