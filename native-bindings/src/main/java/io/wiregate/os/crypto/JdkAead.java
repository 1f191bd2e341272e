package io.wiregate.os.crypto;

import io.wiregate.os.internal.NativeMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// ChaCha20-Poly1305 of the JDK: slow, allocates, and copies keys to the Java heap, but is always
/// there, and gives the native engines something to be compared with. Not final for the tests of
/// the self-test, which break it.
class JdkAead extends PacketwiseAead {
  private static final int NONCE_SIZE = 12;

  private final Direction sealing = new Direction(Cipher.ENCRYPT_MODE);
  private final Direction opening = new Direction(Cipher.DECRYPT_MODE);

  @Override
  void setSealingKey(AeadKey key) {
    sealing.setKey(key);
  }

  @Override
  void setOpeningKey(AeadKey key) {
    opening.setKey(key);
  }

  @Override
  boolean sealPacket(
      long counter, long associated, int associatedLength, long input, int length, long output) {
    return sealing.run(counter, associated, associatedLength, input, length, output);
  }

  @Override
  boolean openPacket(
      long counter, long associated, int associatedLength, long input, int length, long output) {
    return opening.run(counter, associated, associatedLength, input, length + TAG_SIZE, output);
  }

  @Override
  void clearKeys() {
    sealing.clear();
    opening.clear();
  }

  @Override
  void free() {}

  private static Cipher newCipher() {
    try {
      return Cipher.getInstance("ChaCha20-Poly1305");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no ChaCha20-Poly1305", e);
    }
  }

  private static final class Direction {
    private final int mode;
    private final byte[] key = new byte[AeadKey.SIZE];
    private Cipher cipher = newCipher();
    private @Nullable SecretKeySpec keySpec;
    private long lastCounter;
    private boolean started;
    private byte[] in = new byte[0];
    private byte[] out = new byte[TAG_SIZE];

    Direction(int mode) {
      this.mode = mode;
    }

    void setKey(AeadKey from) {
      from.copyTo(key, 0);
      keySpec = new SecretKeySpec(key, "ChaCha20");
      // A new key, perhaps the same bytes as before.
      restart();
    }

    /// The JDK's cipher refuses to start twice with one nonce. That guards against sealing two
    /// messages under it, which is the caller's duty here; but a packet that is sent to us twice
    /// has to be opened twice. A new cipher remembers no nonce.
    private void restart() {
      cipher = newCipher();
      started = false;
    }

    boolean run(
        long counter, long associated, int associatedLength, long input, int length, long output) {
      if (started && counter == lastCounter) {
        restart();
      }
      lastCounter = counter;
      started = true;
      byte[] nonce = new byte[NONCE_SIZE];
      ByteBuffer.wrap(nonce).order(ByteOrder.LITTLE_ENDIAN).putLong(4, counter);
      try {
        cipher.init(mode, keySpec, new IvParameterSpec(nonce));
        if (associatedLength > 0) {
          byte[] data = new byte[associatedLength];
          NativeMemory.copyOut(associated, data, 0, associatedLength);
          cipher.updateAAD(data);
        }
        ensureRoom(length);
        NativeMemory.copyOut(input, in, 0, length);
        int written = cipher.doFinal(in, 0, length, out, 0);
        NativeMemory.copyIn(out, 0, output, written);
        return true;
      } catch (AEADBadTagException forged) {
        return false;
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("the JDK's ChaCha20-Poly1305 failed", e);
      }
    }

    private void ensureRoom(int length) {
      if (in.length < length) {
        in = new byte[length];
        out = new byte[length + TAG_SIZE];
      }
    }

    /// As far as the JDK lets us: the specification of a key cannot be wiped.
    void clear() {
      Arrays.fill(key, (byte) 0);
      Arrays.fill(in, (byte) 0);
      Arrays.fill(out, (byte) 0);
      keySpec = null;
      restart();
    }
  }
}
