package io.wiregate.os.crypto;

import io.wiregate.os.crypto.EngineReport.Candidate;
import io.wiregate.os.crypto.EngineReport.Finding;
import io.wiregate.os.internal.BoringSsl;
import io.wiregate.os.internal.LibCrypto;
import io.wiregate.os.internal.NativeLibrary;
import io.wiregate.os.internal.Sodium;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The C libraries that do X25519, and which of them to use. Any thread; cold.
///
/// Every one passes [X25519SelfTest] before it is offered.
public final class X25519Engines {
  private static final String INSTALL_SODIUM = "apt install libsodium23";

  /// An implementation, null where no library is present, and what was found of all.
  public record Selection(@Nullable X25519 engine, EngineReport report) {}

  private X25519Engines() {}

  /// Those that are present and compute correctly, in the usual order of speed; perhaps none.
  public static List<X25519> available() {
    List<X25519> engines = new ArrayList<>();
    for (Supplier<Candidate<X25519>> each : candidates()) {
      X25519 engine = each.get().engine();
      if (engine != null) {
        engines.add(engine);
      }
    }
    return List.copyOf(engines);
  }

  /// Chooses one: the one asked for, else the fastest that is there and passes its self-test, as
  /// measured now.
  ///
  /// @param preferred `libsodium`, `libcrypto`, `boringssl`, or null
  /// @throws IllegalArgumentException where the one asked for cannot be used; the message says why
  public static Selection select(@Nullable String preferred) {
    List<Finding> findings = new ArrayList<>();
    Candidate<X25519> chosen =
        EngineReport.choose(
            candidates(),
            engines -> EngineSpeed.agreeNanos(engines, EngineSpeed.QUICK_AGREE),
            preferred,
            findings);
    String advice = findings.getFirst().isUsable() ? null : INSTALL_SODIUM;
    return chosen == null
        ? new Selection(null, new EngineReport(null, findings, advice))
        : new Selection(chosen.engine(), new EngineReport(chosen.id(), findings, advice));
  }

  private static List<Supplier<Candidate<X25519>>> candidates() {
    return List.of(
        () -> candidate("libsodium", Sodium.FILE, "libsodium", NativeX25519.OfSodium::new),
        () -> candidate("libcrypto", LibCrypto.FILE, "OpenSSL", NativeX25519.OfLibCrypto::new),
        () -> candidate("boringssl", BoringSsl.FILE, "BoringSSL", NativeX25519.OfBoringSsl::new));
  }

  private static Candidate<X25519> candidate(
      String id, String file, String name, Supplier<X25519> engine) {
    if (NativeLibrary.find(file) == null) {
      return new Candidate<>(id, name, null, file + " is not installed");
    }
    try {
      X25519 x25519 = engine.get();
      String failure = X25519SelfTest.failure(x25519);
      return new Candidate<>(id, x25519.name(), failure == null ? x25519 : null, failure);
    } catch (LinkageError | IllegalStateException unusable) {
      return new Candidate<>(id, name, null, EngineReport.reason(unusable));
    }
  }
}
