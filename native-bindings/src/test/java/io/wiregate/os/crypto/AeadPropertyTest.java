package io.wiregate.os.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.NativeBuffer;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;

/// Every engine against the JDK's, on arbitrary messages.
final class AeadPropertyTest {
  private static final int INPUT = 4096;
  private static final int OUTPUT = 16384;

  private static final NativeBuffer MEMORY = NativeBuffer.allocate(32768);
  private static final List<Aead> CIPHERS =
      AeadEngines.available().stream().map(AeadEngine::newAead).toList();
  private static final Aead REFERENCE = AeadEngines.jdk().newAead();

  @AfterContainer
  static void close() {
    CIPHERS.forEach(Aead::close);
    REFERENCE.close();
    MEMORY.close();
  }

  @Provide
  Arbitrary<byte[]> messages() {
    return Arbitraries.bytes().array(byte[].class).ofMinSize(0).ofMaxSize(2000);
  }

  @Property(tries = 200)
  void sealing_anything_isWhatTheJdkSealsAndOpens(
      @ForAll @Size(32) byte[] keyBytes,
      @ForAll("messages") byte[] plain,
      @ForAll @Size(max = 64) byte[] associated,
      @ForAll long counter,
      @ForAll boolean inPlace) {
    try (AeadKey key = AeadKey.of(keyBytes, 0)) {
      byte[] expected = seal(REFERENCE, key, counter, associated, plain, false);
      for (Aead aead : CIPHERS) {
        assertThat(seal(aead, key, counter, associated, plain, inPlace)).isEqualTo(expected);
        assertThat(opens(aead, key, counter, associated, expected, inPlace)).isTrue();
        assertThat(MEMORY.toArray(inPlace ? INPUT : OUTPUT, plain.length)).isEqualTo(plain);
      }
    }
  }

  /// Libraries work on blocks of up to 1024 bytes; what is beside a packet is another's.
  @Property(tries = 200)
  void sealingAndOpening_anything_touchNothingBeside(
      @ForAll @Size(32) byte[] keyBytes,
      @ForAll("messages") byte[] plain,
      @ForAll long counter,
      @ForAll boolean inPlace,
      @ForAll @IntRange(max = 63) int shift) {
    int input = INPUT + shift;
    int output = inPlace ? input : OUTPUT + shift;
    int length = plain.length;
    byte[] before = new byte[MEMORY.size()];
    new Random(counter).nextBytes(before);
    System.arraycopy(plain, 0, before, input, length);
    try (AeadKey key = AeadKey.of(keyBytes, 0)) {
      for (Aead aead : CIPHERS) {
        MEMORY.copyFrom(0, before, 0, before.length);
        aead.seal(key, counter, MEMORY, 0, 0, MEMORY, input, length, MEMORY, output);
        byte[] sealed = MEMORY.toArray(0, before.length);
        expectSameBut(sealed, before, output, length + Aead.TAG_SIZE);

        int back = inPlace ? output : input;
        assertThat(
                aead.open(
                    key,
                    counter,
                    MEMORY,
                    0,
                    0,
                    MEMORY,
                    output,
                    length + Aead.TAG_SIZE,
                    MEMORY,
                    back))
            .isTrue();
        expectSameBut(MEMORY.toArray(0, before.length), sealed, back, length);
      }
    }
  }

  private static void expectSameBut(byte[] after, byte[] before, int from, int length) {
    byte[] expected = before.clone();
    System.arraycopy(after, from, expected, from, length);
    assertThat(after).isEqualTo(expected);
  }

  @Property(tries = 200)
  void opening_anythingForged_isRefused(
      @ForAll @Size(32) byte[] keyBytes,
      @ForAll("messages") byte[] plain,
      @ForAll @Size(min = 1, max = 64) byte[] associated,
      @ForAll long counter,
      @ForAll @IntRange(max = 1_000_000) int place,
      @ForAll @IntRange(max = 7) int bit,
      @ForAll boolean inPlace) {
    byte change = (byte) (1 << bit);
    try (AeadKey key = AeadKey.of(keyBytes, 0)) {
      byte[] sealed = seal(REFERENCE, key, counter, associated, plain, false);
      byte[] forged = sealed.clone();
      forged[place % forged.length] ^= change;
      byte[] other = associated.clone();
      other[place % other.length] ^= change;
      for (Aead aead : CIPHERS) {
        assertThat(opens(aead, key, counter, associated, forged, inPlace)).isFalse();
        assertThat(opens(aead, key, counter, other, sealed, inPlace)).isFalse();
        assertThat(opens(aead, key, counter ^ 1L << place % 64, associated, sealed, inPlace))
            .isFalse();
      }
      keyBytes[place % 32] ^= change;
      try (AeadKey wrong = AeadKey.of(keyBytes, 0)) {
        for (Aead aead : CIPHERS) {
          assertThat(opens(aead, wrong, counter, associated, sealed, inPlace)).isFalse();
        }
      }
    }
  }

  private static byte[] seal(
      Aead aead, AeadKey key, long counter, byte[] associated, byte[] plain, boolean inPlace) {
    int output = inPlace ? INPUT : OUTPUT;
    MEMORY.copyFrom(0, associated, 0, associated.length);
    MEMORY.copyFrom(INPUT, plain, 0, plain.length);
    aead.seal(
        key, counter, MEMORY, 0, associated.length, MEMORY, INPUT, plain.length, MEMORY, output);
    return MEMORY.toArray(output, plain.length + Aead.TAG_SIZE);
  }

  private static boolean opens(
      Aead aead, AeadKey key, long counter, byte[] associated, byte[] sealed, boolean inPlace) {
    int output = inPlace ? INPUT : OUTPUT;
    MEMORY.copyFrom(0, associated, 0, associated.length);
    MEMORY.copyFrom(INPUT, sealed, 0, sealed.length);
    return aead.open(
        key, counter, MEMORY, 0, associated.length, MEMORY, INPUT, sealed.length, MEMORY, output);
  }
}
