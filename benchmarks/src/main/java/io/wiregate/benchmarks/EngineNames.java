package io.wiregate.benchmarks;

import io.wiregate.dataplane.Engines;

/// Says which cryptographic libraries this machine's benchmarks use.
final class EngineNames {
  private EngineNames() {}

  public static void main(String[] arguments) {
    Engines engines = Engines.select(null);
    System.out.println(engines.aead().name() + ", X25519 " + engines.x25519().name());
  }
}
