package io.wiregate.dataplane;

import io.wiregate.dataplane.noise.BouncyCastleX25519;
import io.wiregate.os.crypto.AeadEngine;
import io.wiregate.os.crypto.AeadEngines;
import io.wiregate.os.crypto.EngineReport;
import io.wiregate.os.crypto.X25519;
import io.wiregate.os.crypto.X25519Engines;
import org.jspecify.annotations.Nullable;

/// The cryptographic libraries that a data plane computes with, and what was found when they were
/// chosen.
///
/// @param aeadReport for people: what was found, and how to get a faster one
/// @param x25519Report likewise
public record Engines(
    AeadEngine aead, EngineReport aeadReport, X25519 x25519, EngineReport x25519Report) {

  /// Chooses the fastest that pass their self-tests; Bouncy Castle agrees on keys where no C
  /// library does.
  ///
  /// @param preferredAead what a configuration asks for, null for the fastest
  /// @throws IllegalArgumentException where that cannot be used; the message says why
  public static Engines select(@Nullable String preferredAead) {
    AeadEngines.Selection aead = AeadEngines.select(preferredAead);
    X25519Engines.Selection x25519 = X25519Engines.select(null);
    X25519 engine = x25519.engine();
    return new Engines(
        aead.engine(),
        aead.report(),
        engine == null ? new BouncyCastleX25519() : engine,
        x25519.report());
  }
}
