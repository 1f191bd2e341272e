package io.wiregate.os.crypto;

import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// Whether an implementation computes X25519: the vectors of RFC 7748, 5.2 and 6.1, and public keys
/// of low order.
final class X25519SelfTest {
  private static final HexFormat HEX = HexFormat.of();

  /// Private key, public key, shared secret.
  private static final String[][] AGREEMENTS = {
    {
      "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
      "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
      "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"
    },
    {
      // The highest bit of this public key is set and counts for nothing.
      "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
      "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
      "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"
    },
    {
      "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
      "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
      "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
    },
    {
      "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
      "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
      "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
    }
  };

  /// Private key, public key.
  private static final String[][] KEY_PAIRS = {
    {
      "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
      "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
    },
    {
      "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
      "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
    }
  };

  /// The points whose order divides the cofactor, which make the shared secret all zero.
  static final String[] LOW_ORDER = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
  };

  private X25519SelfTest() {}

  /// One sentence on what is wrong, or null where all is well.
  static @Nullable String failure(X25519 x25519) {
    byte[] result = new byte[X25519.KEY_SIZE];
    for (String[] vector : AGREEMENTS) {
      byte[] expected = HEX.parseHex(vector[2]);
      if (!x25519.agree(HEX.parseHex(vector[0]), HEX.parseHex(vector[1]), result)
          || !Arrays.equals(result, expected)) {
        return x25519.name() + " failed its self-test: a shared secret of RFC 7748 is wrong";
      }
    }
    for (String[] pair : KEY_PAIRS) {
      x25519.publicKey(HEX.parseHex(pair[0]), result);
      if (!Arrays.equals(result, HEX.parseHex(pair[1]))) {
        return x25519.name() + " failed its self-test: a public key of RFC 7748 is wrong";
      }
    }
    byte[] privateKey = HEX.parseHex(KEY_PAIRS[0][0]);
    for (String point : LOW_ORDER) {
      if (x25519.agree(privateKey, HEX.parseHex(point), result)) {
        return x25519.name() + " failed its self-test: it agreed with a point of low order";
      }
    }
    return null;
  }
}
