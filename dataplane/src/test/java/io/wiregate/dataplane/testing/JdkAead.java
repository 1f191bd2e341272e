package io.wiregate.dataplane.testing;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.crypto.Aead;
import io.wiregate.os.crypto.AeadBatch;
import io.wiregate.os.crypto.AeadKey;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// The JDK's ChaCha20-Poly1305, for tests that need no native library. Slow, and allocates.
public final class JdkAead implements Aead {
  public JdkAead() {}

  @Override
  public void seal(AeadKey key, AeadBatch batch) {
    for (int i = 0; i < batch.count(); i++) {
      byte[] text = batch.input().toArray(batch.inputOffset(i), batch.length(i));
      byte[] sealed = run(Cipher.ENCRYPT_MODE, key, batch.counter(i), new byte[0], text);
      batch.output().copyFrom(batch.outputOffset(i), sealed, 0, sealed.length);
    }
  }

  @Override
  public void open(AeadKey key, AeadBatch batch) {
    for (int i = 0; i < batch.count(); i++) {
      boolean genuine =
          open(
              key,
              batch.counter(i),
              batch.input(),
              0,
              0,
              batch.input(),
              batch.inputOffset(i),
              batch.length(i),
              batch.output(),
              batch.outputOffset(i));
      batch.setAuthentic(i, genuine);
    }
  }

  @Override
  public void seal(
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
    byte[] sealed =
        run(
            Cipher.ENCRYPT_MODE,
            key,
            counter,
            associated.toArray(associatedOffset, associatedLength),
            input.toArray(inputOffset, length));
    output.copyFrom(outputOffset, sealed, 0, sealed.length);
  }

  @Override
  public boolean open(
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
    byte[] text;
    try {
      text =
          run(
              Cipher.DECRYPT_MODE,
              key,
              counter,
              associated.toArray(associatedOffset, associatedLength),
              input.toArray(inputOffset, length));
    } catch (ForgedException forged) {
      return false;
    }
    output.copyFrom(outputOffset, text, 0, text.length);
    return true;
  }

  private static byte[] run(int mode, AeadKey key, long counter, byte[] associated, byte[] input) {
    byte[] keyBytes = new byte[AeadKey.SIZE];
    key.copyTo(keyBytes, 0);
    byte[] nonce =
        ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN).putInt(0).putLong(counter).array();
    try {
      // A cipher object that has sealed refuses to seal under the same nonce again.
      Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
      cipher.init(mode, new SecretKeySpec(keyBytes, "ChaCha20"), new IvParameterSpec(nonce));
      cipher.updateAAD(associated);
      return cipher.doFinal(input);
    } catch (AEADBadTagException forged) {
      throw new ForgedException(forged);
    } catch (GeneralSecurityException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static final class ForgedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ForgedException(Throwable cause) {
      super(cause);
    }
  }

  @Override
  public void forget() {}

  @Override
  public void close() {}
}
