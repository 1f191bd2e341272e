package io.wiregate.dataplane.noise;

import java.util.Base64;

/// Keys as text.
final class KeyText {
  private KeyText() {}

  /// @throws IllegalArgumentException if it is not 32 bytes in base64; the message does not show
  ///   the text, which may be a secret
  static byte[] fromBase64(String base64, String what) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException refused) {
      throw malformed(what);
    }
    // 44 characters leave two bits unused; only the canonical form is a key, as wg(8) has it.
    if (bytes.length != 32 || !Base64.getEncoder().encodeToString(bytes).equals(base64)) {
      throw malformed(what);
    }
    return bytes;
  }

  private static IllegalArgumentException malformed(String what) {
    return new IllegalArgumentException(
        "a "
            + what
            + " is 44 characters of base64 (32 bytes), as wg genkey and wg pubkey print it");
  }
}
