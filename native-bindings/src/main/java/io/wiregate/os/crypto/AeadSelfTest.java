package io.wiregate.os.crypto;

import io.wiregate.os.NativeBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// Whether an engine computes ChaCha20-Poly1305: the vector of RFC 8439, A.5 (its nonce starts with
/// four zero bytes, as WireGuard's do; that of 2.8.2 does not), then packets of the sizes where
/// implementations go wrong, checked with another engine's in both directions, and forgeries.
final class AeadSelfTest {
  private static final int[] LENGTHS = {0, 1, 15, 16, 17, 63, 64, 65, 255, 256, 257, 1420, 9000};

  private static final HexFormat HEX = HexFormat.of();

  private static final byte[] VECTOR_KEY =
      HEX.parseHex("1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0");
  private static final byte[] VECTOR_ASSOCIATED = HEX.parseHex("f33388860000000000004e91");
  private static final long VECTOR_COUNTER = 0x0807060504030201L;
  private static final byte[] VECTOR_PLAIN =
      ("Internet-Drafts are draft documents valid for a maximum of six months and may be updated,"
              + " replaced, or obsoleted by other documents at any time. It is inappropriate to use"
              + " Internet-Drafts as reference material or to cite them other than as /“work in"
              + " progress./”")
          .getBytes(StandardCharsets.UTF_8);
  private static final byte[] VECTOR_SEALED =
      HEX.parseHex(
          "64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb2"
              + "4c6cfc18755d43eea09ee94e382d26b0bdb7b73c321b0100d4f03b7f355894cf"
              + "332f830e710b97ce98c8a84abd0b948114ad176e008d33bd60f982b1ff37c855"
              + "9797a06ef4f0ef61c186324e2b3506383606907b6a7c02b0f9f6157b53c867e4"
              + "b9166c767b804d46a59b5216cde7a4e99040c5a40433225ee282a1b0a06c523e"
              + "af4534d7f83fa1155b0047718cbc546a0d072b04b3564eea1b422273f548271a"
              + "0bb2316053fa76991955ebd63159434ecebb4e466dae5a1073a6727627097a10"
              + "49e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d6c6f2c29"
              + "a6ad5cb4022b02709beead9d67890cbb22392336fea1851f38");

  private static final int INPUT = 1024;
  private static final int OUTPUT = 16384;

  private final AeadEngine engine;
  private final AeadEngine reference;
  private final NativeBuffer memory;
  private final Aead aead;

  private AeadSelfTest(AeadEngine engine, AeadEngine reference, NativeBuffer memory, Aead aead) {
    this.engine = engine;
    this.reference = reference;
    this.memory = memory;
    this.aead = aead;
  }

  /// One sentence on what is wrong, or null where all is well.
  static @Nullable String failure(AeadEngine engine, AeadEngine reference) {
    try (NativeBuffer memory = NativeBuffer.allocate(32768);
        Aead aead = engine.newAead()) {
      AeadSelfTest test = new AeadSelfTest(engine, reference, memory, aead);
      String failure = test.vector();
      return failure != null ? failure : test.packets();
    } catch (IllegalStateException refused) {
      return engine.name() + " failed its self-test: " + refused.getMessage();
    }
  }

  private @Nullable String vector() {
    try (AeadKey key = AeadKey.of(VECTOR_KEY, 0)) {
      byte[] sealed = seal(aead, key, VECTOR_COUNTER, VECTOR_ASSOCIATED, VECTOR_PLAIN);
      if (!Arrays.equals(sealed, VECTOR_SEALED)) {
        return wrong("sealing the vector of RFC 8439, A.5");
      }
      byte[] opened = open(aead, key, VECTOR_COUNTER, VECTOR_ASSOCIATED, sealed);
      return Arrays.equals(opened, VECTOR_PLAIN) ? null : wrong("opening RFC 8439's vector");
    }
  }

  private @Nullable String packets() {
    byte[] bytes = new byte[AeadKey.SIZE];
    Arrays.fill(bytes, (byte) 0x5a);
    try (Aead other = reference.newAead();
        AeadKey key = AeadKey.of(bytes, 0)) {
      for (int length : LENGTHS) {
        byte[] plain = new byte[length];
        for (int i = 0; i < length; i++) {
          plain[i] = (byte) (i * 31 + length);
        }
        String failure = packet(other, key, plain, -1L - length);
        if (failure != null) {
          return failure;
        }
      }
      return null;
    }
  }

  private @Nullable String packet(Aead other, AeadKey key, byte[] plain, long counter) {
    String size = plain.length + " bytes";
    byte[] none = {};
    byte[] data = {1, 2, 3};
    byte[] sealed = seal(aead, key, counter, none, plain);
    if (!Arrays.equals(sealed, seal(other, key, counter, none, plain))) {
      return wrong("sealing " + size);
    }
    if (!Arrays.equals(open(aead, key, counter, none, sealed), plain)) {
      return wrong("opening " + size);
    }
    if (!inPlace(key, counter, plain, sealed)) {
      return wrong("working in place on " + size);
    }
    byte[] tagForged = sealed.clone();
    tagForged[sealed.length - 1] ^= 1;
    byte[] textForged = sealed.clone();
    textForged[0] ^= (byte) 0x80;
    if (open(aead, key, counter, none, tagForged) != null
        || open(aead, key, counter, none, textForged) != null
        || open(aead, key, counter, data, sealed) != null
        || open(aead, key, counter - 1, none, sealed) != null) {
      return wrong("refusing a forgery of " + size);
    }
    return null;
  }

  /// As the walk does it.
  private boolean inPlace(AeadKey key, long counter, byte[] plain, byte[] sealed) {
    AeadBatch batch = new AeadBatch(1, memory);
    memory.copyFrom(INPUT, plain, 0, plain.length);
    batch.add(INPUT, plain.length, INPUT, counter);
    aead.seal(key, batch);
    if (!Arrays.equals(memory.toArray(INPUT, sealed.length), sealed)) {
      return false;
    }
    batch.begin(memory, memory);
    batch.add(INPUT, sealed.length, INPUT, counter);
    aead.open(key, batch);
    return batch.isAuthentic(0) && Arrays.equals(memory.toArray(INPUT, plain.length), plain);
  }

  private String wrong(String what) {
    return engine.name() + " failed its self-test: " + what;
  }

  private byte[] seal(Aead with, AeadKey key, long counter, byte[] associated, byte[] plain) {
    memory.copyFrom(0, associated, 0, associated.length);
    memory.copyFrom(INPUT, plain, 0, plain.length);
    with.seal(
        key, counter, memory, 0, associated.length, memory, INPUT, plain.length, memory, OUTPUT);
    return memory.toArray(OUTPUT, plain.length + Aead.TAG_SIZE);
  }

  private byte @Nullable [] open(
      Aead with, AeadKey key, long counter, byte[] associated, byte[] sealed) {
    memory.copyFrom(0, associated, 0, associated.length);
    memory.copyFrom(INPUT, sealed, 0, sealed.length);
    boolean authentic =
        with.open(
            key,
            counter,
            memory,
            0,
            associated.length,
            memory,
            INPUT,
            sealed.length,
            memory,
            OUTPUT);
    return authentic ? memory.toArray(OUTPUT, sealed.length - Aead.TAG_SIZE) : null;
  }
}
