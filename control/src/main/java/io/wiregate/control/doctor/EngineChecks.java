package io.wiregate.control.doctor;

import io.wiregate.dataplane.Engines;
import io.wiregate.os.crypto.AeadEngine;
import io.wiregate.os.crypto.AeadEngines;
import io.wiregate.os.crypto.EngineReport;
import io.wiregate.os.crypto.EngineSpeed;
import io.wiregate.os.crypto.X25519;
import io.wiregate.os.crypto.X25519Engines;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/// Which cryptographic libraries would run, how fast each that is there is on this processor, and
/// how to get a faster one.
final class EngineChecks {
  /// Long enough that the JDK's cipher is compiled.
  private static final EngineSpeed.Patience AEAD_PATIENCE =
      new EngineSpeed.Patience(300_000_000L, 3_000_000_000L);

  private static final int X25519_ROUNDS = 2_000;
  private static final double MICRO = 1000;

  private EngineChecks() {}

  /// @param preferred the cipher that is configured, null for the fastest
  static List<Check> all(@Nullable String preferred) {
    Engines engines;
    try {
      engines = Engines.select(preferred);
    } catch (IllegalArgumentException refused) {
      return List.of(
          Check.failure(
              "packet cipher", String.valueOf(refused.getMessage()), "change the setting cipher"));
    }
    StringJoiner ciphers = new StringJoiner(", ");
    List<AeadEngine> available = AeadEngines.available();
    double[] sealed = EngineSpeed.sealNanos(available, AEAD_PATIENCE);
    for (int i = 0; i < sealed.length; i++) {
      ciphers.add(timed(available.get(i).name(), sealed[i]));
    }
    StringJoiner agreements = new StringJoiner(", ");
    List<X25519> agreeing = agreements(engines);
    double[] agreed = EngineSpeed.agreeNanos(agreeing, X25519_ROUNDS);
    for (int i = 0; i < agreed.length; i++) {
      agreements.add(timed(agreeing.get(i).name(), agreed[i]));
    }
    return List.of(
        check(
            "packet cipher",
            engines.aead().name()
                + " runs; a packet of "
                + EngineSpeed.PACKET_SIZE
                + " bytes takes "
                + ciphers,
            engines.aeadReport()),
        check(
            "key agreement",
            engines.x25519().name() + " runs; one takes " + agreements,
            engines.x25519Report()));
  }

  /// Bouncy Castle's is there where no library is.
  private static List<X25519> agreements(Engines engines) {
    List<X25519> all = new ArrayList<>(X25519Engines.available());
    if (all.isEmpty()) {
      all.add(engines.x25519());
    }
    return all;
  }

  private static String timed(String name, double nanos) {
    return String.format(Locale.ROOT, "%s %.2f µs", name, nanos / MICRO);
  }

  private static Check check(String subject, String found, EngineReport report) {
    String advice = report.advice();
    return advice == null
        ? Check.ok(subject, found)
        : Check.warning(subject, found, "'" + advice + "' brings one that is faster as a rule");
  }
}
