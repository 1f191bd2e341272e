package io.wiregate.os.crypto;

import io.wiregate.os.crypto.EngineReport.Candidate;
import io.wiregate.os.crypto.EngineReport.Finding;
import io.wiregate.os.internal.BoringSsl;
import io.wiregate.os.internal.IpsecMb;
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
  /// What operators call the engines in configurations: the fastest first, as a rule.
  private static final String BORINGSSL = "boringssl";

  private static final String IPSEC_MB = "ipsecmb";
  private static final String LIBCRYPTO = "libcrypto";
  private static final String JDK = "jdk";

  private static final String INSTALL_BORINGSSL = "apt install android-libboringssl";
  private static final String NOT_INSTALLED = " is not installed";

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
    for (Supplier<Candidate<AeadEngine>> each : candidates()) {
      AeadEngine engine = each.get().engine();
      if (engine != null) {
        engines.add(engine);
      }
    }
    return List.copyOf(engines);
  }

  /// Chooses an engine: the one asked for, else the fastest that is there and passes its self-test,
  /// as measured now. The JDK's is not measured, and taken where there is no other: it needs
  /// seconds until it is as fast as it gets, and that is half as fast as the others.
  ///
  /// @param preferred `boringssl`, `ipsecmb`, `libcrypto`, `jdk`, or null
  /// @throws IllegalArgumentException where the one asked for cannot be used; the message says why
  public static Selection select(@Nullable String preferred) {
    List<Finding> findings = new ArrayList<>();
    Candidate<AeadEngine> chosen =
        EngineReport.choose(
            preferred == null ? libraries() : candidates(),
            engines -> EngineSpeed.sealNanos(engines, EngineSpeed.QUICK_SEAL),
            preferred,
            findings);
    if (chosen == null) {
      chosen = tested(JDK, jdk());
      findings.add(new Finding(chosen.id(), chosen.name(), chosen.problem(), 0));
    }
    AeadEngine engine = chosen.engine();
    if (engine == null) {
      throw new IllegalStateException("no engine passed its self-test, not even the JDK's");
    }
    String advice = preferred == null ? advice(findings, IpsecMbRequirements.areMet()) : null;
    return new Selection(engine, new EngineReport(chosen.id(), findings, advice));
  }

  /// What to install for the library that is the fastest as a rule on such a processor; null where
  /// it is there, or there and no good.
  static @Nullable String advice(List<Finding> findings, boolean avx512) {
    String wanted = avx512 ? IPSEC_MB : BORINGSSL;
    boolean missing =
        findings.stream()
            .filter(finding -> finding.id().equals(wanted))
            .map(Finding::problem)
            .anyMatch(problem -> problem != null && problem.endsWith(NOT_INSTALLED));
    return missing ? avx512 ? IpsecMbRequirements.installCommand() : INSTALL_BORINGSSL : null;
  }

  private static List<Supplier<Candidate<AeadEngine>>> candidates() {
    List<Supplier<Candidate<AeadEngine>>> all = new ArrayList<>(libraries());
    all.add(() -> tested(JDK, jdk()));
    return all;
  }

  private static List<Supplier<Candidate<AeadEngine>>> libraries() {
    return List.of(
        () ->
            candidate(
                BORINGSSL,
                List.of(BoringSsl.FILE),
                "BoringSSL",
                () -> new Named("BoringSSL", BoringSslAead::new)),
        () ->
            IpsecMbRequirements.areMet()
                ? candidate(
                    IPSEC_MB,
                    List.of(IpsecMb.NEWER_FILE, IpsecMb.FILE),
                    "IPsec-MB",
                    () -> new Named(IpsecMbAead.name(), IpsecMbAead::new))
                : new Candidate<>(
                    IPSEC_MB, "IPsec-MB", null, "it is used with AVX-512, which is not there"),
        () -> candidate(LIBCRYPTO, List.of(LibCrypto.FILE), "OpenSSL", AeadEngines::libCrypto));
  }

  private static Candidate<AeadEngine> candidate(
      String id, List<String> files, String name, Supplier<AeadEngine> engine) {
    if (NativeLibrary.findAny(files) == null) {
      return new Candidate<>(id, name, null, files.getLast() + NOT_INSTALLED);
    }
    try {
      return tested(id, engine.get());
    } catch (LinkageError unusable) {
      return new Candidate<>(id, name, null, EngineReport.reason(unusable));
    }
  }

  private static AeadEngine libCrypto() {
    return new Named(shortVersion(LibCrypto.OpenSSL_version()), LibCryptoAead::new);
  }

  private static Candidate<AeadEngine> tested(String id, AeadEngine engine) {
    String failure = AeadSelfTest.failure(engine, reference(id));
    return new Candidate<>(id, engine.name(), failure == null ? engine : null, failure);
  }

  /// What an engine is compared with: OpenSSL, which is loaded anyhow, where it has the cipher; and
  /// it with the JDK's.
  private static AeadEngine reference(String id) {
    if (id.equals(LIBCRYPTO) || NativeLibrary.find(LibCrypto.FILE) == null) {
      return jdk();
    }
    try {
      AeadEngine libCrypto = libCrypto();
      libCrypto.newAead().close(); // fails where its configuration offers approved ciphers only
      return libCrypto;
    } catch (LinkageError | IllegalStateException unusable) {
      return jdk();
    }
  }

  /// `OpenSSL 3.0.19` of `OpenSSL 3.0.19 27 Jan 2026`.
  static String shortVersion(String version) {
    String[] words = version.split(" ", 3);
    return words.length < 2 ? version : words[0] + " " + words[1];
  }
}
