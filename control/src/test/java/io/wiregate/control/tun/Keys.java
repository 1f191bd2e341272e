package io.wiregate.control.tun;

import java.util.List;

/// A key pair in the form of `wg`.
record Keys(String privateKey, String publicKey) {
  static Keys generate() {
    return of("$(wg genkey)");
  }

  /// @param privateKey in Base64
  static Keys ofPrivate(String privateKey) {
    return of(privateKey);
  }

  private static Keys of(String word) {
    Ran ran = Ran.of(List.of("bash", "-c", "k=" + word + "; echo $k; echo $k | wg pubkey"));
    List<String> lines = ran.output().lines().toList();
    if (!ran.succeeded() || lines.size() != 2) {
      throw new AssertionError("wg made no key: " + ran);
    }
    return new Keys(lines.get(0), lines.get(1));
  }
}
