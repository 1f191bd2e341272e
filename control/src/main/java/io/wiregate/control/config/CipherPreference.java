package io.wiregate.control.config;

import org.jspecify.annotations.Nullable;

/// Which library encrypts packets.
public enum CipherPreference {
  /// The fastest that is present.
  AUTO(null),
  BORINGSSL("boringssl"),
  IPSECMB("ipsecmb"),
  OPENSSL("libcrypto"),
  JDK("jdk");

  private final @Nullable String engine;

  CipherPreference(@Nullable String engine) {
    this.engine = engine;
  }

  /// The engine's name in the data plane, null for whichever is fastest.
  public @Nullable String engine() {
    return engine;
  }
}
