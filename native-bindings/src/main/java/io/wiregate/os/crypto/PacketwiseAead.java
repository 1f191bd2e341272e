package io.wiregate.os.crypto;

import io.wiregate.os.NativeBuffer;

/// What all ciphers have in common that take one packet per call: bounds, batches, and a key set up
/// per direction, so that a worker that opens under one key and seals under another sets up neither
/// twice.
abstract class PacketwiseAead implements Aead {
  /// No key has this number.
  private static final long NONE = 0;

  private long sealingKey = NONE;
  private long openingKey = NONE;
  private boolean closed;

  /// Sets up a key for sealing.
  abstract void setSealingKey(AeadKey key);

  /// Sets up a key for opening.
  abstract void setOpeningKey(AeadKey key);

  /// Overwrites both keys.
  abstract void clearKeys();

  /// Gives all memory back.
  abstract void free();

  /// Seals one packet; all addresses have been checked.
  ///
  /// @return whether it worked
  abstract boolean sealPacket(
      long counter, long associated, int associatedLength, long input, int length, long output);

  /// Opens one packet; all addresses have been checked.
  ///
  /// @param length bytes without the tag, which follows
  /// @return whether it is genuine; if not, the output holds no plaintext
  abstract boolean openPacket(
      long counter, long associated, int associatedLength, long input, int length, long output);

  @Override
  public final void seal(AeadKey key, AeadBatch batch) {
    useForSealing(key);
    NativeBuffer input = batch.input();
    NativeBuffer output = batch.output();
    for (int i = 0; i < batch.count(); i++) {
      int length = batch.length(i);
      long from = input.address(batch.inputOffset(i), length);
      long to = output.address(batch.outputOffset(i), length + TAG_SIZE);
      if (!sealPacket(batch.counter(i), 0, 0, from, length, to)) {
        throw sealingFailed();
      }
    }
  }

  @Override
  public final void open(AeadKey key, AeadBatch batch) {
    useForOpening(key);
    NativeBuffer input = batch.input();
    NativeBuffer output = batch.output();
    for (int i = 0; i < batch.count(); i++) {
      int length = batch.length(i) - TAG_SIZE;
      if (length < 0) {
        batch.setAuthentic(i, false);
        continue;
      }
      long from = input.address(batch.inputOffset(i), length + TAG_SIZE);
      long to = output.address(batch.outputOffset(i), length);
      batch.setAuthentic(i, openPacket(batch.counter(i), 0, 0, from, length, to));
    }
  }

  @Override
  public final void seal(
      AeadKey key,
      long counter,
      NativeBuffer associated,
      int associatedOffset,
      int associatedLength,
      NativeBuffer input,
      int inputOffset,
      int length,
      NativeBuffer output,
      int outputOffset) {
    useForSealing(key);
    long data = associated.address(associatedOffset, associatedLength);
    long from = input.address(inputOffset, length);
    long to = output.address(outputOffset, length + TAG_SIZE);
    if (!sealPacket(counter, data, associatedLength, from, length, to)) {
      throw sealingFailed();
    }
  }

  @Override
  public final boolean open(
      AeadKey key,
      long counter,
      NativeBuffer associated,
      int associatedOffset,
      int associatedLength,
      NativeBuffer input,
      int inputOffset,
      int length,
      NativeBuffer output,
      int outputOffset) {
    if (length < TAG_SIZE) {
      return false;
    }
    useForOpening(key);
    int plain = length - TAG_SIZE;
    long data = associated.address(associatedOffset, associatedLength);
    long from = input.address(inputOffset, length);
    long to = output.address(outputOffset, plain);
    return openPacket(counter, data, associatedLength, from, plain, to);
  }

  private void useForSealing(AeadKey key) {
    if (key.id() != sealingKey) {
      checkOpen();
      setSealingKey(key);
      sealingKey = key.id();
    }
  }

  private void useForOpening(AeadKey key) {
    if (key.id() != openingKey) {
      checkOpen();
      setOpeningKey(key);
      openingKey = key.id();
    }
  }

  /// Asked only where a key is set up, since closing forgets the keys.
  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("this cipher was closed");
    }
  }

  /// Never happens with arguments that are in bounds, but going on would send the plaintext.
  private static IllegalStateException sealingFailed() {
    return new IllegalStateException("the cryptographic library refused to seal a packet");
  }

  @Override
  public final void forget() {
    if (sealingKey != NONE || openingKey != NONE) {
      sealingKey = NONE;
      openingKey = NONE;
      clearKeys();
    }
  }

  @Override
  public final void close() {
    if (!closed) {
      forget();
      closed = true;
      free();
    }
  }
}
