package io.wiregate.dataplane.noise;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.conformance.Proves;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class BouncyCastleX25519Test {
  private static final HexFormat HEX = HexFormat.of();
  private final BouncyCastleX25519 x25519 = new BouncyCastleX25519();

  /// RFC 7748, 5.2 and 6.1. The second public key has its unused bit set.
  @ParameterizedTest
  @CsvSource({
    "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4,"
        + " e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c,"
        + " c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d,"
        + " e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493,"
        + " 95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
    "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a,"
        + " de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f,"
        + " 4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
  })
  void agree_keysOfTheRfc_givesItsSecret(String privateKey, String publicKey, String secret) {
    byte[] shared = new byte[32];
    assertThat(x25519.agree(HEX.parseHex(privateKey), HEX.parseHex(publicKey), shared)).isTrue();
    assertThat(HEX.formatHex(shared)).isEqualTo(secret);
  }

  @ParameterizedTest
  @CsvSource({
    "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a,"
        + " 8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
    "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb,"
        + " de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
  })
  void publicKey_keyOfTheRfc_givesItsPublicKey(String privateKey, String expected) {
    byte[] publicKey = new byte[32];
    x25519.publicKey(HEX.parseHex(privateKey), publicKey);
    assertThat(HEX.formatHex(publicKey)).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("io.wiregate.dataplane.noise.LowOrder#publicKeys")
  @Proves("handshake.zero-dh")
  void agree_publicKeyOfLowOrder_isRefused(byte[] lowOrder) {
    byte[] privateKey = new byte[32];
    privateKey[3] = 5;
    assertThat(x25519.agree(privateKey, lowOrder, new byte[32])).isFalse();
  }
}
