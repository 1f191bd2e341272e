package io.wiregate.os.crypto;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.crypto.EngineReport.Candidate;
import io.wiregate.os.crypto.EngineReport.Finding;
import io.wiregate.os.internal.BoringSsl;
import io.wiregate.os.internal.LibCrypto;
import io.wiregate.os.internal.NativeLibrary;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The libraries that do ChaCha20-Poly1305, and which of them to use. Any thread; cold.
///
/// Every engine passes [AeadSelfTest] before it is offered.
public final class AeadEngines {
  /// What operators call the engines in configurations: the fastest first, as measured at length.
  private static final String BORINGSSL = "boringssl";

  private static final String LIBCRYPTO = "libcrypto";
  private static final String JDK = "jdk";

  /// In each round, of some 10 µs.
  private static final int MEASURED_CALLS = 16;

  private static final String INSTALL_BORINGSSL = "apt install android-libboringssl";

  /// An engine, and what was found of all.
  public record Selection(AeadEngine engine, EngineReport report) {}

  private record Named(String name, Supplier<Aead> ciphers) implements AeadEngine {
    @Override
    public Aead newAead() {
      return ciphers.get();
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private AeadEngines() {}

  /// The JDK's: slow, but there wherever Java is.
  public static AeadEngine jdk() {
    return new Named("JDK " + Runtime.version().feature(), JdkAead::new);
  }

  /// Those that are present and compute correctly, in the usual order of speed; the JDK's is the
  /// last.
  public static List<AeadEngine> available() {
    List<AeadEngine> engines = new ArrayList<>();
    for (Candidate<AeadEngine> candidate : candidates()) {
      if (candidate.engine() != null) {
        engines.add(candidate.engine());
      }
    }
    return List.copyOf(engines);
  }

  /// Chooses an engine: the one asked for, else the fastest by a measurement of some milliseconds.
  /// Where two are too close to tell, the usual order decides: BoringSSL, libcrypto, JDK. The JDK's
  /// is not measured at all, since it would need seconds to get warm and still be the slowest.
  ///
  /// @param preferred `boringssl`, `libcrypto`, `jdk`, or null
  /// @throws IllegalArgumentException where the one asked for cannot be used; the message says why
  public static Selection select(@Nullable String preferred) {
    List<Candidate<AeadEngine>> candidates = candidates();
    List<Finding> findings = new ArrayList<>();
    Candidate<AeadEngine> best =
        EngineReport.choose(candidates, preferred, AeadEngines::nanosPerMessage, findings);
    AeadEngine engine = best == null ? null : best.engine();
    if (best == null || engine == null) {
      throw new IllegalStateException("no engine passed its self-test, not even the JDK's");
    }
    String advice = candidates.getFirst().engine() == null ? INSTALL_BORINGSSL : null;
    return new Selection(engine, new EngineReport(best.id(), findings, advice));
  }

  private static List<Candidate<AeadEngine>> candidates() {
    AeadEngine jdk = jdk();
    return List.of(
        candidate(
            BORINGSSL,
            BoringSsl.FILE,
            "BoringSSL",
            () -> new Named("BoringSSL", BoringSslAead::new),
            jdk),
        candidate(
            LIBCRYPTO,
            LibCrypto.FILE,
            "OpenSSL",
            () -> new Named(shortVersion(LibCrypto.OpenSSL_version()), LibCryptoAead::new),
            jdk),
        tested(JDK, jdk, jdk));
  }

  private static Candidate<AeadEngine> candidate(
      String id, String file, String name, Supplier<AeadEngine> engine, AeadEngine reference) {
    if (NativeLibrary.find(file) == null) {
      return new Candidate<>(id, name, null, file + " is not installed");
    }
    try {
      return tested(id, engine.get(), reference);
    } catch (LinkageError unusable) {
      return new Candidate<>(id, name, null, EngineReport.reason(unusable));
    }
  }

  private static Candidate<AeadEngine> tested(String id, AeadEngine engine, AeadEngine reference) {
    String failure = AeadSelfTest.failure(engine, reference);
    return new Candidate<>(id, engine.name(), failure == null ? engine : null, failure);
  }

  /// `OpenSSL 3.0.19` of `OpenSSL 3.0.19 27 Jan 2026`.
  static String shortVersion(String version) {
    String[] words = version.split(" ", 3);
    return words.length < 2 ? version : words[0] + " " + words[1];
  }

  /// Large messages, because this is measured while the calls are not compiled yet and cost more
  /// than a packet's encryption. How many calls an engine needs per packet is in the usual order.
  private static long nanosPerMessage(AeadEngine engine) {
    if (engine.name().startsWith("JDK")) {
      return 0;
    }
    int length = 16384;
    try (NativeBuffer buffer = NativeBuffer.allocate(length + Aead.TAG_SIZE);
        Aead aead = engine.newAead();
        AeadKey key = AeadKey.of(new byte[AeadKey.SIZE], 0)) {
      AeadBatch batch = new AeadBatch(1, buffer);
      batch.add(0, length, 0, 0);
      long best = Long.MAX_VALUE;
      for (int i = 0; i < MEASURED_CALLS; i++) {
        long start = System.nanoTime();
        aead.seal(key, batch);
        best = Math.min(best, System.nanoTime() - start);
      }
      return best;
    }
  }
}
